
export const nameCodes = {};

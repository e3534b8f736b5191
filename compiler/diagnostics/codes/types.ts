
export const typeCodes = {};

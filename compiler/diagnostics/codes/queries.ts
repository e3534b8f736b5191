
export const queryCodes = {};

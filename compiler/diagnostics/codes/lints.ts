
export const lintCodes = {};


export const declarationCodes = {};

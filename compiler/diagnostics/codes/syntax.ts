
export const syntaxCodes = {};

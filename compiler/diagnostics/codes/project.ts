
export const projectCodes = {};

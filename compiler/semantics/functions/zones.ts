/** Time zones by name. Asked of the runtime's own copy of the IANA database, each name once. */
const known = new Map<string, boolean>([['UTC', true]]);

export function isZone(name: string): boolean {
  const before = known.get(name);
  if (before !== undefined) return before;
  let valid = name.includes('/');
  if (valid) {
    try {
      new Intl.DateTimeFormat('en', { timeZone: name });
    } catch {
      valid = false;
    }
  }
  known.set(name, valid);
  return valid;
}

/** PostgreSQL's texts in the forms of `--json`: int64 and decimal as strings, dates and timestamps as ISO 8601 in UTC. */

type Convert = (text: string) => unknown;

/** Array types and the types of their items, by object id: what the language's types become, and what counts give. */
const ITEMS: Readonly<Record<number, number>> = {
  1000: 16,
  1001: 17,
  1005: 21,
  1007: 23,
  1016: 20,
  1021: 700,
  1022: 701,
  1231: 1700,
  1009: 25,
  1015: 1043,
  1182: 1082,
  1115: 1114,
  1185: 1184,
  2951: 2950,
  199: 114,
  3807: 3802,
};

/** A function for one column, chosen once by the object id of its type. Null stays null. */
export function converter(oid: number): (text: string | null) => unknown {
  const convert = converterOf(oid);
  return (text) => (text === null ? null : convert(text));
}

function converterOf(oid: number): Convert {
  const item = ITEMS[oid];
  if (item !== undefined) return (text) => items(text, converter(item));
  switch (oid) {
    case 16:
      return (text) => text === 't';
    case 21:
    case 23:
    case 26:
    case 700:
    case 701:
      return (text) => (/[a-zA-Z]{3}/.test(text) ? text : Number(text));
    case 17:
      return (text) => Buffer.from(text.slice(2), 'hex').toString('base64');
    case 1114:
    case 1184:
      return isoTimestamp;
    default:
      return (text) => text;
  }
}

/** `2026-01-31 10:00:00.5+00` → `2026-01-31T10:00:00.500000Z`. */
function isoTimestamp(text: string): string {
  const [, date, time, fraction] = /^(\d+-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))?(?:\+00)?$/.exec(text) ?? [];
  if (date === undefined) return text;
  return `${date}T${time}${fraction === undefined ? '' : `.${fraction.padEnd(6, '0')}`}Z`;
}

/** `{1,NULL,"a \"b\""}`; an array in an array stays text. */
function items(text: string, convert: (text: string | null) => unknown): unknown[] {
  const found: unknown[] = [];
  for (const [, quoted, plain] of text.slice(1, -1).matchAll(/"((?:[^"\\]|\\.)*)"|([^,"]+)/gs)) {
    if (quoted !== undefined) found.push(convert(quoted.replaceAll(/\\(.)/gs, '$1')));
    else found.push(plain === 'NULL' ? null : convert(plain ?? ''));
  }
  return found;
}

/** ClickHouse's JSON in the forms of `--json`: int64 and decimal as strings, dates and timestamps as ISO 8601 in UTC. */

/** A function for one column, chosen once by its type. Null stays null. */
export function converter(type: string): (value: unknown) => unknown {
  const convert = converterOf(bareType(type));
  return (value) => (value === null ? null : convert(value));
}

/** A type without what says that it, or an item of it, may be null, or how it is stored. */
export function bareType(type: string): string {
  const item = /^Array\((.*)\)$/s.exec(type)?.[1];
  if (item !== undefined) return `Array(${bareType(item)})`;
  const inner = /^(?:Nullable|LowCardinality)\((.*)\)$/s.exec(type)?.[1];
  return inner === undefined ? type : bareType(inner);
}

function converterOf(type: string): (value: unknown) => unknown {
  const item = /^Array\((.*)\)$/s.exec(type)?.[1];
  if (item !== undefined) {
    const convert = converter(item);
    return (value) => (value as readonly unknown[]).map(convert);
  }
  if (type.startsWith('DateTime')) return (value) => isoTimestamp(String(value));
  if (type.startsWith('Float')) return (value) => (typeof value === 'number' ? value : denormal(String(value)));
  return (value) => value;
}

/** As JavaScript writes them, and the other engines. */
function denormal(text: string): string {
  return text.replace(/-?nan/, 'NaN').replace('inf', 'Infinity');
}

/** `2026-01-31 10:00:00.500000` → `2026-01-31T10:00:00.500000Z`. */
function isoTimestamp(text: string): string {
  const [, date, time, fraction = ''] = /^(\d+-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))?$/.exec(text) ?? [];
  if (date === undefined) return text;
  return `${date}T${time}${/^0*$/.test(fraction) ? '' : `.${fraction.padEnd(6, '0')}`}Z`;
}

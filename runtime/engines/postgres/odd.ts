/** Values of PostgreSQL that a type of DuckDB does not hold, as the text by which the server shows them. */

const DAY_US = 86_400_000_000n;

/** @param days since 1970 */
export function dateText(days: number): string {
  const { year, month, day } = civil(days);
  const shown = year > 0 ? year : 1 - year;
  const date = `${String(shown).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
  return year > 0 ? date : `${date} BC`;
}

/** @param micros since 1970 */
export function timestampText(micros: bigint, utc: boolean): string {
  const within = ((micros % DAY_US) + DAY_US) % DAY_US;
  const [date = '', era] = dateText(Number((micros - within) / DAY_US)).split(' ');
  const two = (value: bigint): string => String(value).padStart(2, '0');
  const second = within / 1_000_000n;
  const fraction = String(within % 1_000_000n)
    .padStart(6, '0')
    .replace(/0+$/, '');
  const time = `${two(second / 3600n)}:${two((second / 60n) % 60n)}:${two(second % 60n)}${fraction === '' ? '' : `.${fraction}`}`;
  return `${date} ${time}${utc ? '+00' : ''}${era === undefined ? '' : ` ${era}`}`;
}

/** The calendar of ISO 8601, of which each 400 years are alike; the year 0 is the one before the year 1. */
function civil(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const cycle = 146_097;
  const cycles = Math.floor(days / cycle);
  // 1970 stands 30 years before a year that begins a cycle.
  const date = new Date((days - cycles * cycle) * 86_400_000);
  return { year: date.getUTCFullYear() + cycles * 400, month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** Of a `numeric` as it is sent: how many groups of four digits, the weight of the first, the sign, the digits shown after the point. */
export function numericText(view: DataView, at: number): string {
  const sign = view.getUint16(at + 4);
  if (sign === 0xc000) return 'NaN';
  if (sign === 0xd000) return 'Infinity';
  if (sign === 0xf000) return '-Infinity';
  const count = view.getUint16(at);
  const weight = view.getInt16(at + 2);
  const scale = view.getUint16(at + 6);
  const group = (power: number): string => {
    const index = weight - power;
    return (index >= 0 && index < count ? String(view.getUint16(at + 8 + 2 * index)) : '').padStart(4, '0');
  };
  let whole = '';
  for (let power = weight; power >= 0; power -= 1) whole += group(power);
  let fraction = '';
  for (let power = -1; fraction.length < scale; power -= 1) fraction += group(power);
  const shown = whole.replace(/^0+(?=\d)/, '') || '0';
  return `${sign === 0x4000 ? '-' : ''}${shown}${scale === 0 ? '' : `.${fraction.slice(0, scale)}`}`;
}

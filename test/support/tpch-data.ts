/**
 * The eight tables of TPC-H, made of a seed: the shapes, keys and proportions of the specification in our own words and
 * numbers. Every row follows from the seed, its table and its key alone, so that tables are made one by one, streamed, and
 * the same at each run. What the 22 queries ask for by name is drawn more often than the specification says, so that each
 * of them has rows at a thousandth of its scale 1.
 */
import type { LiteralValue } from '../../compiler/relational/rel.ts';

export type TpchTable = 'region' | 'nation' | 'part' | 'supplier' | 'partsupp' | 'customer' | 'orders' | 'lineitem';
type Row = readonly LiteralValue[];

export interface TpchOptions {
  /** 1 is 6,000,000 line items. */
  readonly scale: number;
  readonly seed: number;
}

/** The rows of each table, columns in the order of `test/fixtures/check/tpch.pipe`. */
export function tpchRows(options: TpchOptions): Readonly<Record<TpchTable, () => Iterable<Row>>> {
  const many = (perScale: number, least: number): number => Math.max(least, Math.round(perScale * options.scale));
  const sizes: Sizes = {
    parts: many(200_000, 100),
    suppliers: many(10_000, 20),
    customers: many(150_000, 100),
    orders: many(1_500_000, 500),
  };
  const { seed } = options;
  return {
    region: () => REGIONS.map((name, i) => [String(i), name, comment(new Dice(seed, 'region', i))]),
    nation: () =>
      NATIONS.map(([name, region], i) => [String(i), name, String(region), comment(new Dice(seed, 'nation', i))]),
    part: () => keys(sizes.parts, (key) => part(key, new Dice(seed, 'part', key))),
    supplier: () => keys(sizes.suppliers, (key) => supplier(key, new Dice(seed, 'supplier', key))),
    partsupp: () => partsupps(sizes, seed),
    customer: () => keys(sizes.customers, (key) => customer(key, new Dice(seed, 'customer', key))),
    orders: () => keys(sizes.orders, (key) => order(key, sizes, seed).row),
    lineitem: () => lineitems(sizes, seed),
  };
}

interface Sizes {
  readonly parts: number;
  readonly suppliers: number;
  readonly customers: number;
  readonly orders: number;
}

function* keys(count: number, row: (key: number) => Row): Iterable<Row> {
  for (let key = 1; key <= count; key++) yield row(key);
}

/** Random numbers that follow from where they are wanted (splitmix32). */
class Dice {
  #state: number;

  constructor(seed: number, table: string, key: number) {
    this.#state = seed;
    for (const letter of table) this.#state = Math.imul(this.#state ^ (letter.codePointAt(0) ?? 0), 0x01000193);
    this.#state = (this.#state + Math.imul(key, 0x9e3779b1)) | 0;
  }

  #next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }

  /** A whole number of [from, to]. */
  between(from: number, to: number): number {
    return from + (this.#next() % (to - from + 1));
  }

  one<T>(of: readonly T[]): T {
    return of[this.between(0, of.length - 1)] as T;
  }

  /** True once in `n` times. */
  oneIn(n: number): boolean {
    return this.between(1, n) === 1;
  }
}

const REGIONS = ['AFRICA', 'AMERICA', 'ASIA', 'EUROPE', 'MIDDLE EAST'];
/** Name and region of each nation: facts of the specification. */
const NATIONS: readonly (readonly [string, number])[] = [
  ['ALGERIA', 0],
  ['ARGENTINA', 1],
  ['BRAZIL', 1],
  ['CANADA', 1],
  ['EGYPT', 4],
  ['ETHIOPIA', 0],
  ['FRANCE', 3],
  ['GERMANY', 3],
  ['INDIA', 2],
  ['INDONESIA', 2],
  ['IRAN', 4],
  ['IRAQ', 4],
  ['JAPAN', 2],
  ['JORDAN', 4],
  ['KENYA', 0],
  ['MOROCCO', 0],
  ['MOZAMBIQUE', 0],
  ['PERU', 1],
  ['CHINA', 2],
  ['ROMANIA', 3],
  ['SAUDI ARABIA', 4],
  ['VIETNAM', 2],
  ['RUSSIA', 3],
  ['UNITED KINGDOM', 3],
  ['UNITED STATES', 1],
];
/** Nations that queries name: Brazil, Canada, France, Germany, India, Saudi Arabia. */
const NAMED_NATIONS = [2, 3, 6, 7, 8, 20];
const TYPES = [
  ['STANDARD', 'SMALL', 'MEDIUM', 'LARGE', 'ECONOMY', 'PROMO'],
  ['ANODIZED', 'BURNISHED', 'PLATED', 'POLISHED', 'BRUSHED'],
  ['TIN', 'NICKEL', 'BRASS', 'STEEL', 'COPPER'],
] as const;
const CONTAINERS = [
  ['SM', 'LG', 'MED', 'JUMBO', 'WRAP'],
  ['CASE', 'BOX', 'BAG', 'JAR', 'PKG', 'PACK', 'CAN', 'DRUM'],
] as const;
const COLOURS = [
  'almond',
  'azure',
  'blush',
  'chiffon',
  'coral',
  'forest',
  'green',
  'ivory',
  'lace',
  'navy',
  'plum',
  'sienna',
];
const SEGMENTS = ['AUTOMOBILE', 'BUILDING', 'FURNITURE', 'MACHINERY', 'HOUSEHOLD'];
const PRIORITIES = ['1-URGENT', '2-HIGH', '3-MEDIUM', '4-NOT SPECIFIED', '5-LOW'];
const INSTRUCTIONS = ['DELIVER IN PERSON', 'COLLECT COD', 'NONE', 'TAKE BACK RETURN'];
const MODES = ['REG AIR', 'AIR', 'RAIL', 'SHIP', 'TRUCK', 'MAIL', 'FOB'];
const WORDS = [
  'boxes',
  'wait',
  'near',
  'the',
  'quay',
  'quiet',
  'parcels',
  'turn',
  'late',
  'pending',
  'until',
  'noon',
  'special',
  'requests',
  "carrier's",
];

/** Parts that queries look for, where all of a row must fit at once. */
const WANTED_PARTS: readonly Partial<Record<'brand' | 'type' | 'container' | 'size' | 'colour', string>>[] = [
  { size: '15', type: 'STANDARD PLATED BRASS' },
  { size: '15', type: 'LARGE BRUSHED BRASS' },
  { type: 'ECONOMY ANODIZED STEEL' },
  { brand: 'Brand#23', container: 'MED BOX' },
  { brand: 'Brand#12', container: 'SM PKG', size: '3' },
  { brand: 'Brand#23', container: 'MED BAG', size: '7' },
  { brand: 'Brand#34', container: 'LG CASE', size: '11' },
  { colour: 'forest' },
];

const decimal = (cents: number): string => {
  const digits = String(Math.abs(cents)).padStart(3, '0');
  return `${cents < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
};
const numbered = (name: string, key: number): string => `${name}#${String(key).padStart(9, '0')}`;
const comment = (dice: Dice): string => Array.from({ length: dice.between(3, 8) }, () => dice.one(WORDS)).join(' ');
const nation = (dice: Dice): number => (dice.oneIn(2) ? dice.one(NAMED_NATIONS) : dice.between(0, NATIONS.length - 1));
/** The first two digits say the nation, as query 22 counts on. */
const phone = (of: number, dice: Dice): string =>
  `${of + 10}-${dice.between(100, 999)}-${dice.between(100, 999)}-${dice.between(1000, 9999)}`;
const address = (dice: Dice): string => `${dice.between(1, 999)} ${dice.one(COLOURS)} ${dice.one(WORDS)} lane`;

/** The first days are the specification's; texts of a date in UTC. */
const DAY_MS = 86_400_000;
const FIRST_DAY = Date.UTC(1992, 0, 1) / DAY_MS;
const LAST_ORDER = Date.UTC(1998, 7, 2) / DAY_MS;
const TODAY = Date.UTC(1995, 5, 17) / DAY_MS;
const date = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

const price = (part: number): number => 90_000 + (Math.floor(part / 10) % 20_001) + 100 * (part % 1000);

function part(key: number, dice: Dice): Row {
  const wanted = dice.oneIn(2) ? (WANTED_PARTS[key % WANTED_PARTS.length] ?? {}) : {};
  const maker = dice.between(1, 5);
  const colours = [wanted.colour ?? dice.one(COLOURS), dice.one(COLOURS), dice.one(COLOURS)];
  const brand = wanted.brand ?? `Brand#${maker}${dice.between(1, 5)}`;
  return [
    String(key),
    colours.join(' '),
    `Manufacturer#${brand.charAt(6)}`,
    brand,
    wanted.type ?? TYPES.map((words) => dice.one<string>(words)).join(' '),
    wanted.size ?? String(dice.between(1, 50)),
    wanted.container ?? CONTAINERS.map((words) => dice.one<string>(words)).join(' '),
    decimal(price(key)),
    comment(dice),
  ];
}

function supplier(key: number, dice: Dice): Row {
  // The first ones are of the named nations in turn, so that a handful of suppliers leaves none of them out.
  const of = key <= NAMED_NATIONS.length ? (NAMED_NATIONS[key - 1] ?? 0) : nation(dice);
  const complaints = dice.oneIn(12) ? `${comment(dice)} Customer ${dice.one(WORDS)} Complaints` : comment(dice);
  return [
    String(key),
    numbered('Supplier', key),
    address(dice),
    String(of),
    phone(of, dice),
    decimal(dice.between(-99_999, 999_999)),
    complaints,
  ];
}

/** The suppliers of a part: four different ones. */
const supplierOf = (part: number, which: number, { suppliers }: Sizes): number =>
  ((part + Math.floor(part / suppliers) + which * Math.floor(suppliers / 4)) % suppliers) + 1;

function* partsupps(sizes: Sizes, seed: number): Iterable<Row> {
  for (let key = 1; key <= sizes.parts; key++) {
    const dice = new Dice(seed, 'partsupp', key);
    for (let which = 0; which < 4; which++) {
      const supplier = String(supplierOf(key, which, sizes));
      const available = String(dice.between(1, 9999));
      yield [String(key), supplier, available, decimal(dice.between(100, 100_000)), comment(dice)];
    }
  }
}

function customer(key: number, dice: Dice): Row {
  const of = nation(dice);
  return [
    String(key),
    numbered('Customer', key),
    address(dice),
    String(of),
    phone(of, dice),
    decimal(dice.between(-99_999, 999_999)),
    dice.one(SEGMENTS),
    comment(dice),
  ];
}

interface Line {
  readonly row: Row;
  readonly shipped: boolean;
  /** With tax and discount, in cents. */
  readonly total: number;
}

function line(key: string, number: number, day: number, large: boolean, sizes: Sizes, dice: Dice): Line {
  const part = dice.between(1, sizes.parts);
  const quantity = dice.between(large ? 43 : 1, 50);
  const extended = quantity * price(part);
  const [discount, tax] = [dice.between(0, 10), dice.between(0, 8)];
  const ship = day + dice.between(1, 121);
  const receipt = ship + dice.between(1, 30);
  const row = [
    key,
    String(part),
    String(supplierOf(part, dice.between(0, 3), sizes)),
    String(number),
    decimal(quantity * 100),
    decimal(extended),
    decimal(discount),
    decimal(tax),
    receipt <= TODAY ? dice.one(['R', 'A']) : 'N',
    ship > TODAY ? 'O' : 'F',
    date(ship),
    date(day + dice.between(30, 90)),
    date(receipt),
    dice.one(INSTRUCTIONS),
    dice.one(MODES),
    comment(dice),
  ];
  return { row, shipped: ship <= TODAY, total: Math.round((extended * (100 - discount) * (100 + tax)) / 10_000) };
}

function order(which: number, sizes: Sizes, seed: number): { readonly row: Row; readonly lines: readonly Line[] } {
  const dice = new Dice(seed, 'orders', which);
  // Keys have holes, and every third customer never orders.
  const key = String(Math.floor(which / 8) * 32 + (which % 8));
  const buyer = dice.between(0, Math.floor(sizes.customers / 3) - 1) * 3 + dice.between(1, 2);
  const day = dice.between(FIRST_DAY, LAST_ORDER);
  const large = dice.oneIn(50);
  const lines = Array.from({ length: large ? 7 : dice.between(1, 7) }, (_, i) =>
    line(key, i + 1, day, large, sizes, dice),
  );
  const shipped = lines.filter((each) => each.shipped).length;
  const row = [
    key,
    String(buyer),
    shipped === lines.length ? 'F' : shipped === 0 ? 'O' : 'P',
    decimal(lines.reduce((sum, { total }) => sum + total, 0)),
    date(day),
    dice.one(PRIORITIES),
    numbered('Clerk', dice.between(1, 1000)),
    '0',
    comment(dice),
  ];
  return { row, lines };
}

function* lineitems(sizes: Sizes, seed: number): Iterable<Row> {
  for (let which = 1; which <= sizes.orders; which++) for (const { row } of order(which, sizes, seed).lines) yield row;
}

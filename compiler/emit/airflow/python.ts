/** Values of a plan as Python. */

/** A text in double quotes: the escapes of JSON are Python's too, and half of a pair of surrogates is no character. */
export function text(value: string): string {
  return JSON.stringify(value.toWellFormed()).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, escaped);
}

function escaped(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}

/** `[]` of one line, or an item a line. `indent` is where the lines around it begin. */
export function list(items: readonly string[], indent: string): string {
  const flat = `[${items.join(', ')}]`;
  return flat.length <= 90 ? flat : `[\n${items.map((item) => `${indent}    ${item},\n`).join('')}${indent}]`;
}

/** 900000 → `timedelta(minutes=15)`. */
export function timedelta(ms: number): string {
  const units = [
    ['days', 86_400_000],
    ['hours', 3_600_000],
    ['minutes', 60_000],
    ['seconds', 1000],
  ] as const;
  const [unit, size] = units.find(([, length]) => ms !== 0 && ms % length === 0) ?? (['milliseconds', 1] as const);
  return `timedelta(${unit}=${ms / size})`;
}

const TAKEN = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from global if import ' +
    'in is lambda nonlocal not or pass raise return try while with yield match case type ' +
    'Asset AssetAll CronTriggerTimetable DAG DeltaTriggerTimetable Path PipecOperator sys task timedelta build'
  ).split(' '),
);

/** One identifier a qualified name, all different: `dwh.core.orders` → `dwh_core_orders`. */
export function identifiers(names: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set(TAKEN);
  const given = new Map<string, string>();
  for (const name of names) {
    const plain = name.replace(/[^A-Za-z0-9_]+/g, '_').replace(/^(?=\d|$)/, '_');
    let candidate = plain;
    for (let count = 2; taken.has(candidate); count++) candidate = `${plain}_${count}`;
    taken.add(candidate);
    given.set(name, candidate);
  }
  return given;
}

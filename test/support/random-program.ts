/**
 * Random queries as text, in the whole language, made from a list of numbers so that fast-check can shrink them: where the
 * numbers end, the simplest choice is taken. Expressions are put together from the function table itself, so that a new row is
 * covered; stages are proposed and the checker decides, so that what comes out is what a person could have written.
 */
import type { Column, ValueInfo, ValueType } from '../../compiler/relational/types.ts';
import type { FunctionRow } from '../../compiler/semantics/functions/row.ts';
import { functionRows } from '../../compiler/semantics/functions/table.ts';
import type { Workspace } from '../../compiler/workspace/workspace.ts';

export interface RandomProgram {
  readonly text: string;
  /** The codes with which the checker refused what was proposed. */
  readonly refused: readonly string[];
}

type Literal = string | boolean | null | undefined;
interface Typed extends ValueInfo {
  readonly text: string;
  readonly literal: Literal;
}

/** Types of the columns of the tables that programs read; `enum` and `json` columns are read, never made. */
export const PROGRAM_TABLES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  t: {
    k: 'int64',
    i: 'int64?',
    d: 'decimal(12, 2)',
    e: 'decimal(9, 4)?',
    f: 'float64?',
    s: 'string',
    r: 'string?',
    a: 'date',
    b: 'date?',
    u: 'timestamp?',
    p: 'bool?',
    x: 'uuid?',
    c: 'colour',
  },
  v: { k: 'int64', j: 'int64', m: 'decimal(6, 1)?', s: 'string?', a: 'date?', u: 'timestamp', p: 'bool', y: 'json?' },
  w: { k: 'int64?', s: 'string', d: 'decimal(12, 2)?', x: 'uuid', c: 'colour?', f: 'float64' },
};

export const PROGRAM_PROJECT = [
  "project p { owner: 'a@b.example', target: local }",
  "target local { engine: duckdb(path: '.pipec/p.duckdb') }",
  'enum colour { red, green, blue }',
  ...Object.entries(PROGRAM_TABLES).map(([name, columns]) => {
    const fields = Object.entries(columns).map(([column, type]) => `${column}: ${type}`);
    return `type T_${name} { ${fields.join(', ')} }\nsource ${name} : T_${name} from file('${name}.csv')`;
  }),
  'fn apart(a: decimal, b: decimal) = abs(a - b)',
  'fn or_else(value: string, other: string) = coalesce(nullif(value, other), other)',
  'fn is_late(day: date, limit_day: date) = day > limit_day and isodow(day) < 6',
  'fn top(n: int64, c: column) = |> order by c desc |> limit n',
  'fn numbered(c: column) = |> extend row_number() over (partition by c order by c) as made_number',
  'fn counted(c: column) = |> aggregate count() as made_count group by c',
].join('\n');

/** Scalar functions of the project: what they take, what they give. */
const OWN: readonly (readonly [name: string, args: readonly string[], result: string])[] = [
  ['apart', ['decimal', 'decimal'], 'decimal'],
  ['or_else', ['string', 'string'], 'string'],
  ['is_late', ['date', 'date'], 'bool'],
];
const PIPES = ['top(2, $)', 'numbered($)', 'counted($)'];

const LITERALS: Readonly<Record<string, readonly string[]>> = {
  int64: ['0', '1', '2', '-3', '10', '7'],
  decimal: ['0.5', '1.25', '-2.50', '100.0', '0.00', '3.3333'],
  float64: ['0e0', '1e0', '-2.5e0', '0.5e0'],
  string: ["'a'", "''", "'ab'", "'ß'", "'a%'", "'-'", "'12'", "'2024-02-29'", "'Europe/Berlin'", "'n'"],
  date: ["date '2024-02-29'", "date '1970-01-01'", "date '1999-12-31'"],
  timestamp: ["timestamp '2024-03-31 00:59:59.5Z'", "timestamp '1969-12-31 23:59:59Z'"],
  bool: ['true', 'false'],
  uuid: ["cast('6f1f3ad2-2b1c-4e0e-9f57-0c6a3d1b9a55' as uuid)"],
};
const KINDS = ['int64', 'decimal', 'string', 'bool', 'date', 'float64', 'timestamp', 'uuid'] as const;
const UNITS = ['day', 'month', 'week', 'year', 'quarter', 'hour', 'minute', 'second'];
const DURATIONS = ['1d', '7d', '1mo', '1y', '2w', '3h', '15m'];
const CASTS = ['int64', 'decimal(12, 3)', 'decimal(5, 1)', 'float64', 'string', 'date', 'timestamp', 'uuid'];

/** How operators of the table are written: `0` and `1` are the operands. */
const OPERATORS: Readonly<Record<string, string>> = {
  negate: '-0',
  not: 'not 0',
  is_null: '0 is null',
  is_not_null: '0 is not null',
  is_true: '0 is true',
  is_not_true: '0 is not true',
  is_false: '0 is false',
  is_not_false: '0 is not false',
  between: '0 between 1 and 2',
  in: '0 in (1, 2)',
};

interface Shape {
  readonly row: FunctionRow;
  /** What each argument is, in the words of the signature. */
  readonly parameters: readonly { readonly type: string; readonly optional: boolean; readonly many: boolean }[];
  readonly result: string;
}

/** Every signature of every row; of an operator the pieces around its words. */
const shapes: readonly Shape[] = functionRows.flatMap((row) =>
  row.signatures.map((signature): Shape => {
    const arrow = signature.lastIndexOf(' -> ');
    const result = signature.slice(arrow + 4).replace(/\?$/, '');
    const inner = row.operator
      ? (signature.slice(0, arrow).match(/\b(number|int64|decimal|bool|comparable|any|string)\b/g) ?? [])
      : signature.slice(signature.indexOf('(') + 1, signature.lastIndexOf(')', arrow)).split(', ');
    const parameters = inner
      .filter((text) => text !== '')
      .map((text) => {
        const [name = '', type = row.operator ? text : name] = text.split(': ');
        return { type, optional: name.endsWith('?'), many: name.endsWith('...') };
      });
    return { row, parameters, result };
  }),
);

function operatorText(row: FunctionRow, args: readonly string[]): string {
  const template = OPERATORS[row.name];
  if (template !== undefined) return `(${template.replace(/\d/g, (digit) => args[Number(digit)] ?? 'null')})`;
  const word = (row.signatures[0] ?? '')
    .replace(/ -> .*/, '')
    .replace(/^\S+ /, '')
    .replace(/ \S+$/, '');
  return `(${args[0]} ${word} ${args[1]})`;
}

/** Whether a column or a literal of that kind serves where the signature says `type`. */
function serves(kind: string, type: string): boolean {
  switch (type) {
    case 'any':
      return true;
    // A list of them is no text of its own on every engine's client.
    case 'T':
      return kind !== 'json';
    case 'comparable':
    case 'same':
      return kind !== 'list' && kind !== 'json';
    case 'number':
      return kind === 'int64' || kind === 'decimal' || kind === 'float64';
    case 'decimal':
      return kind === 'int64' || kind === 'decimal';
    case 'list<T>':
      return kind === 'list';
    default:
      return kind === type;
  }
}

const KNOWN: Readonly<Record<string, ValueType>> = {
  int64: { kind: 'int64' },
  float64: { kind: 'float64' },
  string: { kind: 'string' },
  date: { kind: 'date' },
  timestamp: { kind: 'timestamp' },
  bool: { kind: 'bool' },
  uuid: { kind: 'uuid' },
};

/** `decimal(12, 3)` and the names of the others. */
function typeOf(text: string): ValueType {
  const [, precision, scale] = /^decimal\((\d+), (\d+)\)$/.exec(text) ?? [];
  return precision === undefined || scale === undefined
    ? (KNOWN[text] ?? { kind: 'string' })
    : { kind: 'decimal', precision: Number(precision), scale: Number(scale) };
}

function literalOf(kind: string, text: string): Typed {
  const digits = /^-?(\d+)\.(\d+)$/.exec(text);
  const type: ValueType =
    kind === 'decimal' && digits !== null
      ? {
          kind: 'decimal',
          precision: (digits[1] ?? '').replace(/^0+/, '').length + (digits[2] ?? '').length,
          scale: (digits[2] ?? '').length,
        }
      : (KNOWN[kind] ?? { kind: 'string' });
  const quoted = /^(?:date |timestamp )?'(.*?)Z?'$/.exec(text);
  const literal: Literal =
    kind === 'bool' ? text === 'true' : text.startsWith('cast') ? undefined : (quoted?.[1] ?? text);
  return { text, type, nullable: false, inexact: false, literal };
}

class Maker {
  readonly refused: string[] = [];
  readonly #choices: readonly number[];
  readonly #workspace: Workspace;
  #at = 0;
  #names = 0;

  constructor(choices: readonly number[], workspace: Workspace) {
    this.#choices = choices;
    this.#workspace = workspace;
  }

  pick(n: number): number {
    return (this.#choices[this.#at++] ?? 0) % Math.max(1, n);
  }
  one<T>(of: readonly T[]): T {
    return of[this.pick(of.length)] as T;
  }
  get isOver(): boolean {
    return this.#at >= this.#choices.length;
  }
  name(): string {
    return `z${++this.#names}`;
  }

  /** The columns of a query, or null where the checker refuses it. */
  columns(text: string): readonly Column[] | null {
    const { diagnostics, query } = this.#workspace.adHocQuery(text);
    const error = diagnostics.find(({ severity }) => severity === 'error');
    if (error === undefined && query !== null) return query.row.columns;
    this.refused.push(error?.code ?? 'broken');
    return null;
  }

  // ---------------------------------------------------------------------------------------- expressions

  leaf(columns: readonly Column[], wanted: string): Typed {
    const fitting = columns.filter((column) => serves(column.type.kind, wanted));
    const column = fitting[this.pick(fitting.length + 1)];
    if (column !== undefined) return { ...column, text: column.name, literal: undefined };
    const kinds = KINDS.filter((kind) => serves(kind, wanted));
    const kind = kinds.length === 0 ? 'int64' : this.one(kinds);
    return literalOf(kind, this.one(LITERALS[kind] ?? ['null']));
  }

  /** An expression that serves where `wanted` is; a leaf where nothing better fits. */
  expression(columns: readonly Column[], wanted: string, depth: number): Typed {
    if (depth <= 0 || this.isOver || this.pick(4) === 0) return this.leaf(columns, wanted);
    switch (this.pick(9)) {
      case 8: {
        const own = this.one(OWN.filter(([, , result]) => serves(result, wanted)));
        if (own === undefined) return this.leaf(columns, wanted);
        const [name, parameters, result] = own;
        const args = parameters.map((parameter) => this.expression(columns, parameter, depth - 1));
        const text = `${name}(${args.map((arg) => arg.text).join(', ')})`;
        const type = result === 'decimal' ? args[0]?.type : KNOWN[result];
        const inexact = args.some((arg) => arg.inexact);
        return { text, type: type ?? { kind: 'string' }, nullable: true, inexact, literal: undefined };
      }
      case 0: {
        const condition = this.expression(columns, 'bool', depth - 1);
        const then = this.expression(columns, wanted, depth - 1);
        const otherwise = this.expression(columns, then.type.kind, depth - 1);
        const branches = this.pick(2) === 0 ? ` else ${otherwise.text}` : '';
        const text = `(case when ${condition.text} then ${then.text}${branches} end)`;
        return { ...then, text, nullable: true, literal: undefined };
      }
      case 1: {
        const type = this.one(CASTS.filter((cast) => serves(cast.replace(/\(.*/, ''), wanted)));
        if (type === undefined) return this.leaf(columns, wanted);
        const value = this.expression(columns, this.one(KINDS), depth - 1);
        const text = `try_cast(${value.text} as ${type})`;
        return { text, type: typeOf(type), nullable: true, inexact: value.inexact, literal: undefined };
      }
      default:
        return this.call(columns, wanted, depth, 'scalar') ?? this.leaf(columns, wanted);
    }
  }

  /** A call of some row whose result serves, or null where no try fits. */
  call(columns: readonly Column[], wanted: string, depth: number, kind: FunctionRow['kind']): Typed | null {
    const fitting = shapes.filter(
      ({ row, result }) =>
        row.kind === kind && row.name !== 'now' && (wanted === 'any' || serves(result, wanted) || !(result in KNOWN)),
    );
    for (let tries = 0; tries < 4; tries++) {
      const shape = this.one(fitting);
      const args: Typed[] = [];
      for (const parameter of shape.parameters) {
        if (parameter.optional && this.pick(2) === 0) break;
        const times = parameter.many ? 1 + this.pick(3) : 1;
        for (let n = 0; n < times; n++) args.push(this.#argument(columns, parameter.type, args[0], depth));
      }
      if (shape.row.name === 'in') args.push(this.leaf(columns, args[0]?.type.kind ?? 'int64'));
      const resolved = args.some((arg) => arg.type.kind === 'null') ? null : shape.row.resolve(args.map(asArgument));
      if (resolved !== null && (!resolved.ok || !serves(resolved.type.kind, wanted))) continue;
      const texts = args.map((arg) => arg.text);
      const text = shape.row.operator ? operatorText(shape.row, texts) : `${shape.row.name}(${texts.join(', ')})`;
      return resolved === null
        ? { text, type: { kind: 'null' }, nullable: true, inexact: false, literal: undefined }
        : { ...resolved, text, literal: undefined };
    }
    return null;
  }

  #argument(columns: readonly Column[], type: string, first: Typed | undefined, depth: number): Typed {
    if (type === 'unit') {
      const unit = this.one(UNITS);
      return { text: unit, type: { kind: 'string' }, nullable: false, inexact: false, literal: unit };
    }
    if (type === 'length') {
      const text = this.one(DURATIONS);
      return { text, type: { kind: 'null' }, nullable: false, inexact: false, literal: undefined };
    }
    if (type === 'word') {
      const text = this.one(['0.5', '0.25', '0.9']);
      return literalOf('decimal', text);
    }
    // The second of two that are compared is of the first one's kind.
    const generic = type === 'comparable' || type === 'T' || type === 'number';
    return this.expression(columns, generic && first !== undefined ? first.type.kind : type, depth - 1);
  }

  // ---------------------------------------------------------------------------------------- stages

  table(): string {
    return this.one(Object.keys(PROGRAM_TABLES));
  }

  #order(columns: readonly Column[], least: number): string {
    const fitting = columns.filter((c) => c.type.kind !== 'list' && c.type.kind !== 'json' && !c.inexact);
    const keys: string[] = [];
    for (let n = 0; n < least + this.pick(2) && fitting.length > 0; n++) {
      const nulls = this.one(['', '', ' nulls first', ' nulls last']);
      keys.push(`${this.one(fitting).name}${this.one(['', ' desc'])}${nulls}`);
    }
    return [...new Set(keys)].join(', ');
  }

  aggregate(columns: readonly Column[], depth: number): string {
    const made = this.call(columns, 'any', depth, 'aggregate');
    if (made === null) return 'count()';
    const row = functionRows.find(({ name }) => made.text.startsWith(`${name}(`));
    const order = this.#order(columns, 1);
    const text =
      row?.order === 'required' && order !== '' ? made.text.replace(/\)$/, ` order by ${order})`) : made.text;
    return this.pick(4) === 0 ? `${text} filter (where ${this.expression(columns, 'bool', 1).text})` : text;
  }

  window(columns: readonly Column[]): string {
    const isWindow = this.pick(3) > 0;
    const made = this.call(columns, 'any', 1, isWindow ? 'window' : 'aggregate');
    const partition = this.pick(2) === 0 ? '' : `partition by ${this.leaf(columns, 'comparable').text}`;
    const distant = isWindow || this.pick(3) > 0 ? null : this.#distant(columns);
    if (distant !== null) return `${made?.text ?? 'count()'} over (${[partition, distant].join(' ').trim()})`;
    const order = this.#order(columns, 2);
    const sorted = order === '' || (!isWindow && this.pick(2) === 0) ? '' : `order by ${order}`;
    const frame =
      !isWindow && sorted !== '' && this.pick(2) === 0
        ? this.one(['rows between 1 preceding and current row', 'rows between unbounded preceding and 1 following'])
        : '';
    return `${made?.text ?? 'count()'} over (${[partition, sorted, frame].filter((part) => part !== '').join(' ')})`;
  }

  /** An order by one key with a frame that its values decide; null without such a key. */
  #distant(columns: readonly Column[]): string | null {
    const key = this.one(columns.filter((c) => !c.nullable && (c.type.kind === 'int64' || c.type.kind === 'date')));
    if (key === undefined) return null;
    const unit = key.type.kind === 'date' ? this.one(['d', 'w']) : '';
    const [from, to] = [`${this.pick(9)}${unit} preceding`, `${this.pick(40)}${unit} following`];
    const frame = this.one([`${from} and ${to}`, `${from} and current row`, `unbounded preceding and ${to}`]);
    return `order by ${key.name}${this.one(['', ' desc'])} range between ${frame}`;
  }

  /** Another query whose columns are few. */
  other(depth: number): string {
    const name = this.table();
    const stages = this.pick(3) === 0 && depth > 0 ? this.grow(`from ${name}`, 1, depth - 1) : `from ${name}`;
    return stages;
  }

  stage(columns: readonly Column[], depth: number): string {
    const any = (): Typed => this.expression(columns, this.one(KINDS), 3);
    const condition = (): string => this.expression(columns, 'bool', 3).text;
    const plain = columns.filter((c) => c.type.kind !== 'json');
    switch (this.pick(29)) {
      case 22:
        return `call ${this.one(PIPES).replace('$', this.one(plain).name)}`;
      case 23: {
        const kind = this.one(['int64', 'string', 'date', 'decimal', 'timestamp']);
        const same = columns.filter((c) => c.type.kind === kind);
        const turned = [...new Set([this.one(same)?.name, this.one(same)?.name])];
        return `unpivot (${this.name()} for ${this.name()} in (${turned.join(', ')}))`;
      }
      case 24: {
        const [name, time] = this.one([
          ['t', 'u'],
          ['t', 'a'],
          ['v', 'u'],
          ['v', 'a'],
        ] as const);
        const times = columns.filter((c) => c.type.kind === (time === 'u' ? 'timestamp' : 'date'));
        const keys = columns.filter((c) => c.type.kind === 'int64');
        const [key, at, took, mine] = [this.name(), this.name(), this.name(), this.one(keys)?.name];
        const compare = this.one(['<=', '<', '>=', '>']);
        const right = `(from ${name} |> select k as ${key}, ${time} as ${at}, s as ${took})`;
        return `${this.one(['', 'left '])}asof join ${right} as near on ${mine} = near.${key} and near.${at} ${compare} ${this.one(times)?.name}`;
      }
      case 25: {
        const named = this.name();
        const right = this.other(depth);
        const of = (this.columns(right) ?? []).slice(0, 4);
        const renamed = of.map((c) => [c, this.name()] as const);
        const mine = this.one(plain);
        const [, theirs] = renamed.find(([c]) => c.type.kind === mine?.type.kind) ?? [null, ''];
        const query = `${right} |> select ${renamed.map(([c, to]) => `${c.name} as ${to}`).join(', ')}`;
        const again = this.name();
        const use = this.one([
          `${this.one(['', 'left ', 'semi ', 'anti ', 'full '])}join ${named} on ${mine?.name} = ${named}.${theirs}`,
          `join ${named} on ${mine?.name} = ${named}.${theirs} |> semi join ${named} as ${again} on ${mine?.name} = ${again}.${theirs}`,
          `where ${mine?.name} in (from ${named} |> where ${theirs} is not null |> select ${theirs})`,
        ]);
        return `with ${named} as (${query}) |> ${use}`;
      }
      case 26:
      case 27: {
        // What is asked of other rows by more than one column of these, null or not.
        const form = this.pick(4);
        const name = this.table();
        const inner = (this.columns(`from ${name}`) ?? []).filter((c) => c.type.kind !== 'json');
        const mine = this.one(plain);
        const theirs = this.one(inner.filter((c) => c.type.kind === mine?.type.kind));
        const sides = [...inner.map((c) => ({ ...c, name: `q.${c.name}` })), ...plain];
        const left = this.expression(plain, mine?.type.kind ?? 'int64', 2).text;
        const equal = this.one([`q.${theirs?.name} = ${mine?.name}`, `q.${theirs?.name} = ${left}`]);
        const asked = `from ${name} as q |> where ${equal}`;
        const more = this.expression(sides, 'bool', 2).text;
        const some = this.expression(sides.slice(0, inner.length), 'bool', 2).text;
        const forms = [
          `where exists (${asked} and ${more})`,
          `where not exists (${asked} and ${more})`,
          `extend (${asked} and ${some} |> aggregate count()) as ${this.name()}`,
          `extend (${asked} and ${some} |> aggregate min(q.${this.one(inner).name})) as ${this.name()}`,
        ];
        return forms[form] ?? '';
      }
      case 28: {
        const json = columns.find((c) => c.type.kind === 'json');
        if (json === undefined) return `where ${condition()}`;
        const read = this.one(['json_text', 'json_int', 'json_bool']);
        return `extend ${read}(${json.name}, ${this.one(["'n'", "'t'", "'b'", "'[0]'", "'none.x'"])}) as ${this.name()}`;
      }
      case 0:
      case 1:
        return `where ${condition()}`;
      case 2:
      case 3:
      case 4:
        return `extend ${any().text} as ${this.name()}, ${any().text} as ${this.name()}`;
      case 5: {
        const kept = columns.filter((_, i) => i === 0 || this.pick(3) > 0).map((c) => c.name);
        return `select ${[...kept, `${any().text} as ${this.name()}`].join(', ')}`;
      }
      case 6:
        return `set ${this.one(columns).name} = ${any().text}`;
      case 7:
        return `drop ${this.one(columns).name}`;
      case 8:
        return `rename ${this.one(columns).name} as ${this.name()}`;
      case 9:
      case 10: {
        const aggregates = Array.from(
          { length: 1 + this.pick(3) },
          () => `${this.aggregate(columns, 2)} as ${this.name()}`,
        );
        const key = (): string => `${this.expression(columns, 'comparable', 1).text} as ${this.name()}`;
        const groups = Array.from({ length: this.pick(3) }, key);
        return `aggregate ${aggregates.join(', ')}${groups.length === 0 ? '' : ` group by ${groups.join(', ')}`}`;
      }
      case 11: {
        const keys = [1, 2]
          .map(() => this.leaf(columns, 'comparable').text)
          .filter((key) => columns.some((c) => c.name === key));
        const sets = this.one(['rollup', 'cube']);
        return `aggregate ${this.aggregate(columns, 1)} as ${this.name()} group by ${sets}(${[...new Set(keys)].join(', ')})`;
      }
      case 12:
      case 13: {
        const right = this.other(depth);
        const alias = this.name();
        const of = this.columns(right) ?? [];
        const mine = this.one(plain);
        const same = of.filter((c) => c.type.kind === mine?.type.kind);
        const theirs = this.one(same.length === 0 ? of : same);
        const type = this.one(['', 'left ', 'right ', 'full ', 'semi ', 'anti ']);
        // Names of the right side are made new, so that what comes after may use them bare.
        const renamed = new Map(of.map((c) => [c.name, this.name()]));
        const side = `(${right} |> select ${[...renamed].map(([from, to]) => `${from} as ${to}`).join(', ')})`;
        return `${type}join ${side} as ${alias} on ${mine?.name} = ${alias}.${renamed.get(theirs?.name ?? '')}`;
      }
      case 14: {
        const right = this.other(depth);
        const of = this.columns(right) ?? [];
        const kinds = columns.filter((c) => c.type.kind !== 'json').slice(0, 3);
        const theirs = kinds.map((c) => {
          const match = of.find((other) => other.type.kind === c.type.kind);
          return `${match?.name ?? this.leaf([], c.type.kind).text} as ${c.name}`;
        });
        const operation = this.one([
          'union all',
          'union distinct',
          'intersect distinct',
          'except distinct',
          'intersect all',
          'except all',
        ]);
        return `select ${kinds.map((c) => c.name).join(', ')} |> ${operation} (${right} |> select ${theirs.join(', ')})`;
      }
      case 15:
        return `order by ${this.#order(columns, 1)} |> limit ${1 + this.pick(6)}${this.one(['', ' offset 1'])}`;
      case 16:
        return 'distinct';
      case 17:
        return `distinct on (${this.leaf(columns, 'comparable').text}) order by ${this.#order(columns, 2)}`;
      case 18:
        return this.pick(3) === 0
          ? `where ${this.window(columns)} = ${this.leaf(columns, 'int64').text}`
          : `extend ${this.window(columns)} as ${this.name()}`;
      case 19: {
        const lists = columns.filter((c) => c.type.kind === 'list');
        if (lists.length > 0 && this.pick(2) === 0) return `unnest ${this.one(lists).name} as ${this.name()}`;
        const kind = this.one(['int64', 'string', 'date']);
        const items = [1, 2].map(() => this.expression(columns, kind, 1).text);
        return `extend [${items.join(', ')}] as ${this.name()}`;
      }
      case 20: {
        const name = this.table();
        const inner = Object.keys(PROGRAM_TABLES[name] ?? {});
        const mine = this.one(plain);
        const correlated = `from ${name} as q |> where q.${this.one(inner)} = ${mine?.name}`;
        switch (this.pick(4)) {
          case 0:
            return `where exists (${correlated})`;
          case 1:
            return `where not exists (${correlated})`;
          case 2:
            return `where ${mine?.name} ${this.one(['in', 'not in'])} (from ${name} |> select ${this.one(inner)})`;
          default:
            return `extend (${correlated} |> aggregate max(q.${this.one(inner)})) as ${this.name()}`;
        }
      }
      default: {
        const kept = columns.slice(0, 3).map((c) => c.name);
        const text = columns.find((c) => c.type.kind === 'string');
        const aggregated = this.aggregate(columns, 1);
        return `select ${[...new Set([...kept, text?.name ?? 's', ...columns.slice(3, 5).map((c) => c.name)])].join(', ')} |> pivot(${aggregated} as ${this.name()} for ${text?.name ?? 's'} in ('a' as one, 'b' as two))`;
      }
    }
  }

  /** Adds stages that the checker takes. */
  grow(start: string, stages: number, depth: number): string {
    let text = start;
    let columns = this.columns(text) ?? [];
    for (let n = 0; n < stages && !this.isOver; n++) {
      const longer = `${text}\n|> ${this.stage(columns, depth)}`;
      const next = this.columns(longer);
      if (next === null || next.length === 0 || next.length > 40) continue;
      text = longer;
      columns = next;
    }
    return text;
  }
}

const asArgument = ({ type, nullable, inexact, literal }: Typed) => ({ type, nullable, inexact, literal });

export function randomProgram(choices: readonly number[], workspace: Workspace): RandomProgram {
  const maker = new Maker(choices, workspace);
  const start = `from ${maker.table()}`;
  return { text: maker.grow(start, 1 + maker.pick(7), 2), refused: maker.refused };
}

/**
 * Rel as text, one node a line, inputs indented below. Two readers: people, in fixtures (`printRel`), and fingerprints
 * (`canonicalText`), where names, positions, docs and ids do not count.
 */
import type { AggregateExpr, ColumnId, Expr, Rel, RelColumn, SortKey, WindowBound, WindowExpr } from './rel.ts';
import { typeName } from './types.ts';
import { queryOf } from './walk.ts';

/** The relation for people: columns by name, with a number where a name stands for several. */
export function printRel(rel: Rel): string {
  const names = new Map<ColumnId, string>();
  const taken = new Map<string, number>();
  return new Printer(
    (id, column) => {
      const known = names.get(id);
      if (known !== undefined) return known;
      const wish = column?.name ?? `outer${id}`;
      const count = (taken.get(wish) ?? 0) + 1;
      taken.set(wish, count);
      const name = count === 1 ? wish : `${wish}#${count}`;
      names.set(id, name);
      return name;
    },
    (columns) => columns,
  ).text(rel);
}

/**
 * The relation as far as it decides rows and types: ids renumbered in the order of first mention, which is from the top
 * down, and of a scan only the columns that something mentions, so that a new column upstream changes nothing here.
 */
export function canonicalText(rel: Rel): string {
  const numbers = new Map<ColumnId, number>();
  const name = (id: ColumnId): string => {
    const number = numbers.get(id) ?? numbers.size;
    numbers.set(id, number);
    return `$${number}`;
  };
  // The columns of the whole are what is stored, mentioned or not.
  const head = rel.columns.map((column) => `${name(column.id)} ${JSON.stringify(column.name)}`).join(', ');
  return `${head}\n${new Printer(name, (columns) => columns.filter((column) => numbers.has(column.id))).text(rel)}`;
}

/** The same for a condition over the columns of a row, whose ids are positions. */
export function canonicalExpr(expr: Expr): string {
  return new Printer(
    (id) => `$${id}`,
    (columns) => columns,
  ).expr(expr);
}

type NameOf = (id: ColumnId, column: RelColumn | null) => string;

class Printer {
  readonly #name: NameOf;
  readonly #listed: (columns: readonly RelColumn[]) => readonly RelColumn[];
  readonly #columns = new Map<ColumnId, RelColumn>();

  constructor(name: NameOf, listed: (columns: readonly RelColumn[]) => readonly RelColumn[]) {
    this.#name = name;
    this.#listed = listed;
  }

  text(rel: Rel): string {
    this.#learn(rel);
    return this.#node(rel, '');
  }

  expr(expr: Expr): string {
    return this.#expr(expr);
  }

  #learn(rel: Rel): void {
    for (const column of rel.columns) if (!this.#columns.has(column.id)) this.#columns.set(column.id, column);
    switch (rel.kind) {
      case 'join':
        this.#learn(rel.left);
        this.#learn(rel.right);
        return;
      case 'set-operation':
      case 'raw-sql':
        for (const input of rel.inputs) this.#learn(input);
        return;
      case 'named':
        this.#learn(rel.definition);
        this.#learn(rel.body);
        return;
      case 'scan':
      case 'values':
      case 'reference':
        return;
      default:
        this.#learn(rel.input);
    }
  }

  #node(rel: Rel, indent: string): string {
    const line = (text: string): string => `${indent}${text}\n`;
    const below = (...inputs: readonly Rel[]): string =>
      inputs.map((input) => this.#node(input, `${indent}  `)).join('');
    const columns = (list: readonly RelColumn[]): string => list.map((column) => this.#column(column.id)).join(', ');
    switch (rel.kind) {
      case 'scan': {
        const listed = new Set(this.#listed(rel.columns));
        const read = rel.columns.flatMap((column, i) => {
          if (!listed.has(column)) return [];
          const name = this.#column(column.id);
          return [`${name}${name === rel.source[i] ? '' : ` = ${rel.source[i]}`}: ${typeName(column.type)}`];
        });
        return line(`scan ${rel.dataset} (${read.join(', ')})`);
      }
      case 'values':
        return (
          line(`values (${rel.columns.map((c) => `${this.#column(c.id)}: ${typeName(c.type)}`).join(', ')})`) +
          rel.rows.map((row) => line(`  ${row.map((e) => this.#expr(e)).join(', ')}`)).join('')
        );
      case 'filter':
        return line(`filter ${this.#expr(rel.condition)}`) + below(rel.input);
      case 'assert':
        return line(`assert ${this.#expr(rel.condition)} ${JSON.stringify(rel.message)}`) + below(rel.input);
      case 'project':
        return (
          line(`project ${rel.values.map((value, i) => this.#defined(rel.columns[i], value)).join(', ')}`) +
          below(rel.input)
        );
      case 'aggregate': {
        const groups = rel.groups.map((group, i) => this.#defined(rel.columns[i], group)).join(', ');
        const sets = rel.sets === null ? '' : ` sets ${JSON.stringify(rel.sets)}`;
        const aggregates = rel.aggregates
          .map((aggregate, i) => this.#defined(rel.columns[rel.groups.length + i], aggregate))
          .join(', ');
        return line(`aggregate by [${groups}]${sets} [${aggregates}]`) + below(rel.input);
      }
      case 'join':
        return (
          line(
            `${rel.type}${rel.asof ? ' asof' : ''} join${rel.condition === null ? '' : ` on ${this.#expr(rel.condition)}`}`,
          ) + below(rel.left, rel.right)
        );
      case 'set-operation': {
        const from = rel.columns.map(
          (column, i) =>
            `${this.#column(column.id)} = ${rel.inputs.map((input) => (input.columns[i] === undefined ? '?' : this.#column(input.columns[i].id))).join(' | ')}`,
        );
        return line(`${rel.operation} ${rel.all ? 'all' : 'distinct'} ${from.join(', ')}`) + below(...rel.inputs);
      }
      case 'sort':
        return line(`sort ${this.#keys(rel.keys)}`) + below(rel.input);
      case 'limit':
        return line(`limit ${rel.count} offset ${rel.offset}`) + below(rel.input);
      case 'distinct': {
        if (rel.on === null) return line(`distinct ${columns(rel.columns)}`) + below(rel.input);
        return (
          line(`distinct on ${rel.on.map((e) => this.#expr(e)).join(', ')} sort ${this.#keys(rel.keys)}`) +
          below(rel.input)
        );
      }
      case 'named':
        return (
          line(`with ${rel.name} (${columns(rel.definition.columns)})`) +
          below(rel.definition) +
          line('in') +
          below(rel.body)
        );
      case 'reference':
        return line(`reference ${rel.name} (${columns(rel.columns)})`);
      case 'unnest': {
        const element = rel.columns.at(-1);
        return (
          line(`unnest ${element === undefined ? '' : `${this.#column(element.id)} = `}${this.#expr(rel.value)}`) +
          below(rel.input)
        );
      }
      case 'raw-sql':
        return (
          line(
            `sql ${JSON.stringify(rel.sql)} (${rel.columns.map((c) => `${this.#column(c.id)}: ${typeName(c.type)}`).join(', ')})`,
          ) + below(...rel.inputs)
        );
    }
  }

  #column(id: ColumnId): string {
    return this.#name(id, this.#columns.get(id) ?? null);
  }

  /** `x = value`, or `x` where it is only passed on. */
  #defined(column: RelColumn | undefined, value: Expr): string {
    if (column === undefined) return this.#expr(value);
    const name = this.#column(column.id);
    return value.kind === 'column' && value.id === column.id ? name : `${name} = ${this.#expr(value)}`;
  }

  #expr(expr: Expr): string {
    const list = (items: readonly Expr[]): string => items.map((item) => this.#expr(item)).join(', ');
    switch (expr.kind) {
      case 'column':
        return this.#column(expr.id);
      case 'literal':
        return `${typeof expr.value === 'string' ? JSON.stringify(expr.value) : String(expr.value)}: ${typeName(expr.type)}`;
      case 'call':
        return `${expr.fn}(${list(expr.args)}): ${typeName(expr.type)}`;
      case 'case':
        return `case(${expr.branches.map((b) => `${this.#expr(b.when)} then ${this.#expr(b.then)}`).join(', ')}${expr.otherwise === null ? '' : `, else ${this.#expr(expr.otherwise)}`}): ${typeName(expr.type)}`;
      case 'cast':
        return `${expr.mode}(${this.#expr(expr.value)}): ${typeName(expr.type)}`;
      case 'list':
        return `[${list(expr.items)}]: ${typeName(expr.type)}`;
      case 'scalar-subquery':
      case 'exists':
      case 'in-subquery': {
        const query = queryOf(expr);
        if (query !== null) this.#learn(query);
        const operand = expr.kind === 'in-subquery' ? `${this.#expr(expr.value)}, ` : '';
        const negated = expr.kind !== 'scalar-subquery' && expr.negated ? 'not ' : '';
        return `${negated}${expr.kind}(${operand}\n${query === null ? '' : `${columnsOf(query, (id) => this.#column(id))}${this.#node(query, '    ')}`}  )`;
      }
      case 'aggregate':
        return `${this.#function(expr)}: ${typeName(expr.type)}`;
      case 'window': {
        const frame =
          expr.frame === null ? '' : ` ${expr.frame.unit} ${bound(expr.frame.from)} to ${bound(expr.frame.to)}`;
        return `${this.#function({ ...expr, order: [] })} over (by ${list(expr.partition)} sort ${this.#keys(expr.order)}${frame}): ${typeName(expr.type)}`;
      }
    }
  }

  #function(expr: AggregateExpr | WindowExpr): string {
    const order = expr.order.length === 0 ? '' : ` sort ${this.#keys(expr.order)}`;
    const filter = expr.filter === null ? '' : ` where ${this.#expr(expr.filter)}`;
    return `${expr.fn}(${expr.distinct ? 'distinct ' : ''}${expr.args.map((arg) => this.#expr(arg)).join(', ')}${order})${filter}`;
  }

  #keys(keys: readonly SortKey[]): string {
    return keys.map((key) => `${this.#expr(key.value)} ${key.order} nulls ${key.nulls}`).join(', ');
  }
}

const columnsOf = (query: Rel, name: (id: ColumnId) => string): string =>
  `    of ${query.columns.map((column) => name(column.id)).join(', ')}\n`;
const bound = (of: WindowBound): string => ('offset' in of ? `${of.offset} ${of.kind}` : of.kind);

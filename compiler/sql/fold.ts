/** Rel → blocks: each stage goes into the block below it where SQL's order of clauses lets it, else a CTE is made of that. */
import { allOf, exactly, filtered, intLiteral, call as makeCall, rowNumber } from '../relational/build.ts';
import type {
  AggregateRel,
  ColumnId,
  DistinctRel,
  Expr,
  JoinRel,
  ProjectRel,
  Rel,
  RelColumn,
  SetOperationRel,
  SortKey,
  ValuesRel,
} from '../relational/rel.ts';
import { renameReferences } from '../relational/rules/named.ts';
import { mergeable } from '../relational/rules/projects.ts';
import { BOOL, INT64 } from '../relational/types.ts';
import { columnsUsed, mapKeys, substitute } from '../relational/walk.ts';
import { ordersAlike } from '../semantics/functions/table.ts';
import {
  type Block,
  blockOver,
  type Cte,
  constantBlock,
  hasWindow,
  identity,
  isOpen,
  isPlain,
  isWindowed,
  type Query,
  type RawSource,
  type Source,
  type Step,
  uniqueNames,
  unused,
  valuesOf,
} from './block.ts';
import { describe, describeKeys, joined } from './describe.ts';
import type { Dialect } from './dialect.ts';
import {
  asksOfNulls,
  fits,
  hasQuery,
  isPrefix,
  isSimple,
  keepsAll,
  REPEATED_SIZE,
  readsConstant,
  sortsOutputs,
} from './fits.ts';
import { cteWish, datasetWord, initials } from './names.ts';

/** What subqueries inherit: names that a query further out has taken, and what its `with` names mean. */
export class Folder {
  readonly ctes: Cte[] = [];
  readonly #dialect: Pick<Dialect, 'engine' | 'has'>;
  readonly #named: Map<string, Cte>;
  readonly #taken: Set<string>;
  /** Ids for columns made here; negative, so that they never meet the checker's. */
  #made = -1;
  readonly #names = new Map<ColumnId, string>();
  /** Labels that nobody wrote: the last parts of dataset names. They name no CTE's alias. */
  readonly #defaults = new Set<string>();

  constructor(dialect: Pick<Dialect, 'engine' | 'has'>, outer?: Folder) {
    this.#dialect = dialect;
    this.#named = new Map(outer?.namedNow ?? []);
    // Shared: a subquery's CTE may end up beside those further out.
    this.#taken = outer?.takenNow ?? new Set();
  }

  get namedNow(): ReadonlyMap<string, Cte> {
    return this.#named;
  }
  get takenNow(): Set<string> {
    return this.#taken;
  }

  query(rel: Rel): Query {
    const query = this.#stage(rel);
    for (const column of rel.columns) this.#names.set(column.id, column.name);
    const label = rel.label === null || this.#defaults.has(rel.label) ? null : rel.label;
    return rel.kind === 'named' || query.label === label ? query : { ...query, label };
  }

  #stage(rel: Rel): Query {
    switch (rel.kind) {
      case 'scan': {
        const word = datasetWord(rel.dataset);
        if (rel.label === word) this.#defaults.add(word);
        const wish = rel.label === null || rel.label === word ? initials(word) : rel.label;
        const source: Source = { from: { kind: 'table', dataset: rel.dataset }, wish, join: null };
        return blockOver(source, rel.columns, rel.source, null, [
          { words: `from ${word}`, at: rel.at, clause: 'from' },
        ]);
      }
      case 'values':
        return this.#values(rel);
      case 'filter': {
        const input = this.block(rel.input);
        const words = `where ${describe(rel.condition, this.name)}`;
        // Fewer rows would change what a window or a limit has already seen. What is tested is usually shown as well.
        const block =
          input.limit !== null || isWindowed(input) || !fits([rel.condition], rel.columns, input)
            ? this.close(input)
            : input;
        const condition = substitute(rel.condition, block.values);
        const clause = block.group === null ? 'where' : 'having';
        const also = (rel.also ?? []).map((at): Step => ({ words: '', at, clause }));
        const trail: readonly Step[] = [...block.trail, { words, at: rel.at, clause }, ...also];
        return { ...block, columns: rel.columns, [clause]: [...block[clause], condition], trail };
      }
      case 'project':
        return this.#project(rel);
      case 'aggregate':
        return this.#aggregate(rel);
      case 'join':
        return this.#join(rel);
      case 'set-operation':
        return this.#setOperation(rel);
      case 'sort':
        return this.#sort(this.query(rel.input), rel.keys, rel.at);
      case 'limit': {
        const input = this.query(rel.input);
        const limit = { count: rel.count, offset: rel.offset };
        const words = `limit ${rel.count}${rel.offset === 0 ? '' : ` offset ${rel.offset}`}`;
        const open =
          input.kind === 'raw' || input.limit !== null || this.#needsBlock(input) ? this.close(input) : input;
        return { ...open, limit, trail: [...open.trail, { words, at: rel.at, clause: 'limit' }] };
      }
      case 'distinct':
        return this.#distinct(rel);
      case 'assert':
        return this.query(rel.input);
      case 'named': {
        const definition = this.#cte(this.query(rel.definition), rel.name);
        // Subqueries are written later and ask for names then, so a name means one thing for the whole query.
        const name = unused(rel.name, new Set(this.#named.keys()));
        this.#named.set(name.toLowerCase(), definition);
        return this.query(name === rel.name ? rel.body : renameReferences(rel.body, rel.name, name));
      }
      case 'reference': {
        const cte = this.#named.get(rel.name.toLowerCase());
        if (cte === undefined) throw new Error(`"${rel.name}" is read outside of its query`);
        const wish = rel.label ?? cte.name;
        return blockOver({ from: { kind: 'cte', cte }, wish, join: null }, rel.columns, cte.names, rel.label, [
          { words: `from ${cte.name}`, at: rel.at, clause: 'from' },
        ]);
      }
      case 'unnest': {
        const input = this.block(rel.input);
        const block = isOpen(input) ? input : this.close(input);
        const element = rel.columns.at(-1);
        if (element === undefined) throw new Error('unnest produces no element');
        const value = substitute(rel.value, block.values);
        const source: Source = {
          from: { kind: 'unnest', value, name: element.name },
          wish: initials(element.name),
          join: { words: 'CROSS JOIN', on: null },
        };
        return {
          ...block,
          sources: [...block.sources, source],
          bases: new Map([...block.bases, [element.id, { source, name: element.name }]]),
          columns: rel.columns,
          values: new Map([...block.values, ...identity([element])]),
          trail: [
            ...block.trail,
            { words: `unnest ${describe(rel.value, this.name)} as ${element.name}`, at: rel.at, clause: 'join' },
          ],
        };
      }
      case 'raw-sql': {
        const sql = rel.sql[this.#dialect.engine];
        if (sql === undefined)
          throw new Error(`the program has no SQL for ${this.#dialect.engine}: the checker lets no such program pass`);
        const sources = rel.inputs.map((input) => this.#rawSource(input));
        const parts = sql.map((part) => (typeof part === 'string' ? part : (sources[part] ?? '')));
        return {
          kind: 'raw',
          parts,
          columns: rel.columns,
          label: rel.label,
          trail: [{ words: 'sql', at: rel.at, clause: 'from' }],
        };
      }
    }
  }

  /** A set operation whose order and limit would be those of its last part. */
  #needsBlock(query: Query): boolean {
    return query.kind === 'compound' && !this.#dialect.has.orderedSetOperations;
  }

  /** A dataset as it is, or a CTE by its name: raw SQL may use that in place of an alias. */
  #rawSource(input: Rel): RawSource {
    if (input.kind === 'scan') return { kind: 'table', dataset: input.dataset };
    return { kind: 'cte', cte: this.#cte(this.query(input), input.label) };
  }

  /** The relation as a block to go on with. */
  block(rel: Rel): Block {
    const query = this.query(rel);
    return query.kind === 'block' ? query : this.close(query);
  }

  /** A block that reads the query as a CTE. An order without a limit is carried on, where its keys come out. */
  close(query: Query): Block {
    const cte = this.#cte(query, null);
    const wish = query.label === null || query.label.length > 12 ? cte.name : query.label;
    const block = blockOver({ from: { kind: 'cte', cte }, wish, join: null }, query.columns, cte.names, query.label, [
      { words: `from ${cte.name}`, at: null, clause: 'from' },
    ]);
    return { ...block, order: this.#carried(query) };
  }

  readonly name = (id: ColumnId): string => this.#names.get(id) ?? '…';

  #cte(query: Query, name: string | null): Cte {
    const cte: Cte = { name: unused(name ?? cteWish(query), this.#taken), query, names: uniqueNames(query.columns) };
    this.#taken.add(cte.name.toLowerCase());
    this.ctes.push(cte);
    return cte;
  }

  #carried(query: Query): readonly SortKey[] {
    if (query.kind === 'raw' || query.limit !== null) return [];
    if (query.kind === 'compound') return query.order;
    const texts = new Map(query.columns.map((column) => [JSON.stringify(query.values.get(column.id)), column]));
    const keys = query.order.flatMap((key) => {
      const column = texts.get(JSON.stringify(key.value));
      return column === undefined ? [] : [{ ...key, value: identity([column]).get(column.id) ?? key.value }];
    });
    return keys.length === query.order.length ? keys : [];
  }

  #values(rel: ValuesRel): Query {
    const trail: readonly Step[] = [{ words: 'values', at: rel.at, clause: 'select' }];
    const [only, ...more] = rel.rows;
    if (only === undefined) {
      const nulls = rel.columns.map(
        (column): Expr => ({ kind: 'literal', value: null, type: column.type, nullable: true, inexact: false }),
      );
      return constantBlock(
        rel.columns,
        nulls,
        [{ kind: 'literal', value: false, type: BOOL, nullable: false, inexact: false }],
        rel.label,
        trail,
      );
    }
    if (more.length === 0) return constantBlock(rel.columns, only, [], rel.label, trail);
    const names = uniqueNames(rel.columns);
    const source: Source = {
      from: { kind: 'values', rows: rel.rows, columns: rel.columns, names },
      wish: rel.label ?? 'v',
      join: null,
    };
    return blockOver(source, rel.columns, names, rel.label, trail);
  }

  #project(rel: ProjectRel): Query {
    const input = this.block(rel.input);
    const windows = rel.values.some(hasWindow);
    const queries = rel.values.some(hasQuery);
    // DISTINCT, GROUP BY and LIMIT are done before (or after) a projection of the same SELECT in ways that would show.
    const closed =
      (input.distinct && !keepsAll(rel, input)) ||
      (windows && (input.group !== null || input.limit !== null)) ||
      (queries && input.group !== null) ||
      !mergeable(rel.values, input.values, REPEATED_SIZE) ||
      (windows && !fits(rel.values, [], input));
    const block = closed ? this.close(input) : input;
    const values = rel.values.map((value) => substitute(value, block.values));
    const added = rel.columns
      .filter((column, i) => rel.values[i]?.kind !== 'column' && column !== undefined)
      .map((column) => column.name);
    // Choosing columns changes nothing that the SQL would have to say in words of its own.
    const words =
      windows || added.length > 0
        ? `extend ${rel.columns.flatMap((column, i) => (rel.values[i] === undefined || rel.values[i].kind === 'column' ? [] : [`${describe(rel.values[i], this.name)} as ${column.name}`])).join(', ')}`
        : '';
    const trail = [...block.trail, { words, at: rel.at, clause: 'select' } as const];
    return { ...block, columns: rel.columns, values: valuesOf(rel.columns, values), trail };
  }

  #aggregate(rel: AggregateRel): Query {
    const input = this.#keyed(rel, this.block(rel.input));
    // A key is written twice: in SELECT and in GROUP BY.
    const expressions = [...rel.groups, ...rel.groups, ...rel.aggregates];
    const mayStay = rel.sets === null || input.sources.length < 2 || this.#dialect.has.setsOverJoins;
    const block = mayStay && isOpen(input) && fits(expressions, [], input) ? input : this.close(input);
    const keys = rel.groups.map((key, i) => {
      const column = rel.columns[i];
      return (column === undefined ? undefined : block.values.get(column.id)) ?? substitute(key, block.values);
    });
    const aggregates = rel.aggregates.map((aggregate) => substitute(aggregate, block.values));
    const names = rel.columns.slice(0, keys.length).map((column) => column.name);
    const by = names.length === 0 ? '' : ` group by ${names.join(', ')}`;
    const words = `aggregate …${by}`;
    return {
      ...block,
      columns: rel.columns,
      values: valuesOf(rel.columns, [...keys, ...aggregates]),
      group: { keys, sets: rel.sets, names },
      order: [],
      trail: [...block.trail, { words, at: rel.at, clause: 'group' }],
    };
  }

  /**
   * The input, with keys that are constants as columns of their own where there are grouping sets: ClickHouse gives a constant
   * back in the rows of sets without it, where it is null.
   */
  #keyed(rel: AggregateRel, input: Block): Block {
    const isConstant = (key: Expr): boolean => columnsUsed(substitute(key, input.values)).size === 0;
    if (rel.sets === null || !rel.groups.some(isConstant)) return input;
    const block = isOpen(input) ? input : this.close(input);
    const columns = rel.columns.slice(0, rel.groups.length);
    const keys = rel.groups.map((key) => substitute(key, block.values));
    return this.close({
      ...block,
      columns: [...block.columns, ...columns],
      values: new Map([...block.values, ...valuesOf(columns, keys)]),
    });
  }

  #join(rel: JoinRel): Query {
    if (rel.type === 'semi' || rel.type === 'anti') return this.#semiJoin(rel, rel.type === 'anti');
    const keepsLeft = rel.type === 'inner' || rel.type === 'cross' || rel.type === 'left';
    const keepsRight = (rel.type === 'inner' || rel.type === 'cross' || rel.type === 'right') && !rel.asof;
    const leftInput = this.block(rel.left);
    const rightInput = this.block(rel.right);
    // What an outer join fills with nulls must be columns as they are: `coalesce(x, 0)` below it is null, above it 0.
    const leftFits =
      isOpen(leftInput) &&
      leftInput.sources.length > 0 &&
      !(rel.asof && readsConstant(rel.condition, leftInput)) &&
      (keepsLeft || (isPlain(leftInput) && leftInput.where.length === 0));
    const rightFits =
      isOpen(rightInput) &&
      rightInput.sources.length === 1 &&
      (keepsRight || (isPlain(rightInput) && rightInput.where.length === 0));
    const inCondition = rel.condition === null ? [] : [rel.condition];
    const left = leftFits && fits(inCondition, rel.left.columns, leftInput) ? leftInput : this.close(leftInput);
    const right = rightFits && fits(inCondition, rel.right.columns, rightInput) ? rightInput : this.close(rightInput);
    const [first] = right.sources;
    if (first === undefined) throw new Error('the right side of a join reads nothing');

    const values = new Map([...left.values, ...right.values]);
    const joinOn = rel.condition === null ? null : substitute(rel.condition, values);
    const joined: Source = {
      ...first,
      join:
        rel.asof && !this.#dialect.has.asofJoin
          ? {
              words: rel.type === 'left' ? 'LEFT JOIN LATERAL' : 'JOIN LATERAL',
              on: joinOn,
              latest: nearest(joinOn, right.bases),
            }
          : { words: joinWords(rel), on: joinOn },
    };
    const bases = [...right.bases].map(
      ([id, base]) => [id, base.source === first ? { ...base, source: joined } : base] as const,
    );
    const other = first.from.kind === 'table' ? datasetWord(first.from.dataset) : first.wish;
    const on = rel.condition === null ? '' : ` on ${describe(rel.condition, this.name)}`;
    return {
      ...left,
      sources: [...left.sources, joined],
      bases: new Map([...left.bases, ...bases]),
      columns: rel.columns,
      values,
      where: [...left.where, ...right.where],
      order: [],
      trail: [
        ...left.trail,
        // What the other side has done to its rows is said here as well.
        ...right.trail.map(
          (step): Step => ({ ...step, words: '', clause: step.clause === 'where' ? 'where' : 'join' }),
        ),
        {
          words: `${rel.type === 'inner' ? '' : `${rel.type} `}${rel.asof ? 'asof ' : ''}join ${other}${on}`,
          at: rel.at,
          clause: 'join',
        },
      ],
    };
  }

  /** EXISTS keeps each row once and says it on every engine, where that one sees what is asked. */
  #semiJoin(rel: JoinRel, negated: boolean): Query {
    const input = this.block(rel.left);
    const block = isOpen(input) ? input : this.close(input);
    if (!this.#dialect.has.correlatedNulls && rel.condition !== null && asksOfNulls(rel.condition, block))
      return this.#spelledSemiJoin(rel, rel.condition, block, negated);
    const right = isSimple(rel.right) ? rel.right : this.#asReference(rel.right);
    const query = filtered(right, rel.condition === null ? [] : [rel.condition], right);
    const exists: Expr = { kind: 'exists', query, negated, type: BOOL, nullable: false, inexact: false };
    for (const column of rel.right.columns) this.#names.set(column.id, column.name);
    const on = rel.condition === null ? '' : ` on ${describe(rel.condition, this.name)}`;
    return {
      ...block,
      columns: rel.columns,
      where: [...block.where, substitute(exists, block.values)],
      trail: [
        ...block.trail,
        { words: `${rel.type} join ${rel.right.label ?? '…'}${on}`, at: rel.at, clause: 'where' },
      ],
    };
  }

  /** As a join of its own, which no engine but ClickHouse has in these words. */
  #spelledSemiJoin(rel: JoinRel, condition: Expr, input: Block, negated: boolean): Query {
    const leftFits = input.sources.length > 0 && !readsConstant(condition, input);
    const left = leftFits && fits([condition], rel.left.columns, input) ? input : this.close(input);
    const whole = this.block(rel.right);
    const [only, ...more] = whole.sources;
    const isOne = only !== undefined && more.length === 0 && isOpen(whole) && whole.where.length === 0;
    const right = isOne && fits([condition], rel.right.columns, whole) ? whole : this.close(whole);
    const [first] = right.sources;
    if (first === undefined) throw new Error('the right side of a join reads nothing');
    const on = substitute(condition, new Map([...left.values, ...right.values]));
    const joined: Source = { ...first, join: { words: negated ? 'LEFT ANTI JOIN' : 'LEFT SEMI JOIN', on } };
    const bases = [...right.bases].map(([id, base]) => [id, { ...base, source: joined }] as const);
    return {
      ...left,
      sources: [...left.sources, joined],
      bases: new Map([...left.bases, ...bases]),
      columns: rel.columns,
      order: [],
      trail: [
        ...left.trail,
        {
          words: `${rel.type} join ${rel.right.label ?? '…'} on ${describe(condition, this.name)}`,
          at: rel.at,
          clause: 'join',
        },
      ],
    };
  }

  /** The relation as a CTE of this query: engines refuse outer joins, and grouping serves nobody, in a correlated EXISTS. */
  #asReference(rel: Rel): Rel {
    const cte = this.#cte(this.query(rel), null);
    this.#named.set(cte.name.toLowerCase(), cte);
    return { kind: 'reference', name: cte.name, columns: rel.columns, at: rel.at, label: rel.label };
  }

  #setOperation(rel: SetOperationRel): Query {
    const inputs = rel.inputs.map((input) => this.query(input));
    return {
      kind: 'compound',
      operation: rel.operation,
      all: rel.all,
      inputs,
      columns: rel.columns,
      order: [],
      limit: null,
      label: rel.label,
      trail: inputs.flatMap((input, i): readonly Step[] =>
        i === 0 ? input.trail : [{ words: `${rel.operation} (${joined(input.trail)})`, at: rel.at, clause: 'from' }],
      ),
    };
  }

  #sort(input: Query, keys: readonly SortKey[], at: Rel['at']): Query {
    const words = `order by ${describeKeys(keys, this.name)}`;
    // The order of a set operation, or after DISTINCT, may only name what comes out.
    const named = keys.every((key) => key.value.kind === 'column' && ordersAlike(this.#dialect.engine, key.value.type));
    if (input.kind === 'compound' && input.limit === null && named && this.#dialect.has.orderedSetOperations)
      return { ...input, order: keys, trail: [...input.trail, { words, at, clause: 'order' }] };
    // After `order by … |> limit n` the rows are in that order already.
    if (
      input.kind === 'block' &&
      input.limit !== null &&
      isPrefix(
        keys.map((key) => ({ ...key, value: substitute(key.value, input.values) })),
        input.order,
      )
    )
      return input;
    const open = input.kind === 'block' && input.limit === null ? input : this.close(input);
    const block = open.distinct && !(named && sortsOutputs(keys, open)) ? this.close(open) : open;
    const trail = [...block.trail, { words, at, clause: 'order' } as const];
    return { ...block, order: mapKeys(keys, (key) => substitute(key, block.values)), trail };
  }

  #distinct(rel: DistinctRel): Query {
    if (rel.on !== null) return this.query(this.#firstOfEach(rel, rel.on));
    const input = this.block(rel.input);
    const block = input.limit === null ? input : this.close(input);
    return {
      ...block,
      distinct: true,
      order: [],
      trail: [...block.trail, { words: 'distinct', at: rel.at, clause: 'select' }],
    };
  }

  /** `distinct on` as the rows numbered 1: the one form that all engines have. */
  #firstOfEach(rel: DistinctRel, on: readonly Expr[]): Rel {
    const place: RelColumn = {
      id: this.#made--,
      name: unused('place', new Set(rel.columns.map((column) => column.name.toLowerCase()))),
      doc: null,
      tags: [],
      origins: [],
      type: INT64,
      nullable: false,
      inexact: false,
    };
    const input = rel.input.columns;
    const from = { at: rel.at, label: rel.label };
    const numbered: Rel = {
      ...from,
      kind: 'project',
      input: rel.input,
      columns: [...input, place],
      values: [...identity(input).values(), rowNumber(on, rel.keys)],
    };
    const first = makeCall('equals', [identity([place]).get(place.id) ?? intLiteral(1), intLiteral(1)]);
    const kept: Rel = {
      ...from,
      kind: 'filter',
      input: numbered,
      condition: allOf([first]),
      columns: numbered.columns,
    };
    return exactly(
      kept,
      rel.columns.map((column) => column.id),
    );
  }
}

/** The time of the right side in the inequality of an `asof join`, the nearest to the left side's first. */
function nearest(condition: Expr | null, right: Block['bases']): SortKey {
  const parts = condition?.kind === 'call' && condition.fn === 'and' ? condition.args : [condition];
  for (const part of parts) {
    const down = part?.kind === 'call' ? INEQUALITIES.get(part.fn) : undefined;
    if (part?.kind !== 'call' || down === undefined) continue;
    const [a, b] = part.args;
    if (a?.kind === 'column' && right.has(a.id)) return { value: a, order: down ? 'desc' : 'asc', nulls: 'last' };
    if (b?.kind === 'column' && right.has(b.id)) return { value: b, order: down ? 'asc' : 'desc', nulls: 'last' };
  }
  throw new Error('an asof join compares no time of its right side');
}

/** Whether the left argument is the one below. */
const INEQUALITIES: ReadonlyMap<string, boolean> = new Map([
  ['less', true],
  ['less_or_equal', true],
  ['greater', false],
  ['greater_or_equal', false],
]);

function joinWords(rel: JoinRel): string {
  if (rel.condition === null) return 'CROSS JOIN';
  const side =
    rel.type === 'left'
      ? 'LEFT JOIN'
      : rel.type === 'right'
        ? 'RIGHT JOIN'
        : rel.type === 'full'
          ? 'FULL JOIN'
          : 'JOIN';
  return rel.asof ? `ASOF ${side}` : side;
}

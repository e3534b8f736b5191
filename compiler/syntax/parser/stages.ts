/** One rule for each stage. */
import type { OrMethodOpts } from 'chevrotain';
import type {
  Expr,
  GroupItem,
  Name,
  NamedExpr,
  NamedQuery,
  OrderedExpr,
  OrderKey,
  SelectItem,
  Stage,
  TableExpr,
} from '../ast.ts';
import { t } from '../tokens.ts';
import type { Rule } from './base.ts';
import { binds, closers, eof, exact, id } from './base.ts';
import { ClauseParser } from './clauses.ts';

/** A query ends before one of these, besides a closing bracket. */
const queryEnds = new Set([eof, id.Semicolon, id.Given, id.Expect, id.Key]);
const UNPIVOT_NULLS = 'rows of nulls are left out: give them a value before, `|> set x = coalesce(x, …)`';

export abstract class StageParser extends ClauseParser {
  #stageChoice: OrMethodOpts<Stage> | undefined;
  protected readonly stage: Rule<Stage | undefined> = this.RULE('stage', (): Stage | undefined =>
    this.OR(
      (this.#stageChoice ??= {
        ERR_MSG: 'a stage',
        DEF: [
          { ALT: () => this.SUBRULE(this.whereStage) },
          { ALT: () => this.SUBRULE(this.selectStage) },
          { ALT: () => this.SUBRULE(this.extendStage) },
          { ALT: () => this.SUBRULE(this.aggregateStage) },
          { ALT: () => this.SUBRULE(this.joinStage) },
          { ALT: () => this.SUBRULE(this.orderStage) },
          { ALT: () => this.SUBRULE(this.limitStage) },
          { ALT: () => this.SUBRULE(this.setStage) },
          { ALT: () => this.SUBRULE(this.dropStage) },
          { ALT: () => this.SUBRULE(this.renameStage) },
          { ALT: () => this.SUBRULE(this.distinctStage) },
          { ALT: () => this.SUBRULE(this.setOperation) },
          { ALT: () => this.SUBRULE(this.withStage) },
          { ALT: () => this.SUBRULE(this.pivotStage) },
          { ALT: () => this.SUBRULE(this.unpivotStage) },
          { ALT: () => this.SUBRULE(this.unnestStage) },
          { ALT: () => this.SUBRULE(this.callStage) },
          { ALT: () => this.SUBRULE(this.asStage) },
          { ALT: () => this.SUBRULE(this.assertStage) },
        ],
      }),
    ),
  );

  protected readonly fromStage: Rule<Stage> = this.RULE('fromStage', (): Stage => {
    const start = this.start;
    this.CONSUME(t.From);
    const tables: TableExpr[] = [];
    this.list(0, () => tables.push(this.SUBRULE(this.tableExpr)), false);
    if (tables.length === 0 && !this.RECORDING_PHASE) this.expected('a dataset');
    return { start, end: this.end, kind: 'from', tables: exact(tables) };
  });

  protected readonly withStage: Rule<Stage> = this.RULE('withStage', (): Stage => {
    const start = this.start;
    this.CONSUME(t.With);
    const queries: NamedQuery[] = [];
    this.list(0, () => queries.push(this.SUBRULE(this.namedQuery)), false);
    if (queries.length === 0 && !this.RECORDING_PHASE) this.expected('a name');
    return { start, end: this.end, kind: 'with', queries: exact(queries) };
  });

  protected readonly whereStage: Rule<Stage> = this.RULE('whereStage', (): Stage => {
    const start = this.start;
    this.CONSUME(t.Where);
    const condition = this.SUBRULE(this.expression);
    return { start, end: this.end, kind: 'where', condition };
  });

  protected readonly selectStage: Rule<Stage> = this.RULE('selectStage', (): Stage => {
    const start = this.start;
    this.CONSUME(t.Select);
    const distinct = this.OPTION1(() => this.CONSUME(t.Distinct)) !== undefined;
    const items: SelectItem[] = [];
    this.top();
    this.list(2, () => items.push(this.SUBRULE(this.selectItem)), false);
    if (items.length === 0 && !this.RECORDING_PHASE) this.expected('an expression');
    const windows = this.namedWindows(5);
    return { start, end: this.end, kind: 'select', distinct, items: exact(items), windows };
  });

  protected readonly extendStage: Rule<Stage> = this.RULE('extendStage', (): Stage => {
    const start = this.start;
    this.CONSUME(t.Extend);
    const items: NamedExpr[] = [];
    this.list(0, () => items.push(this.SUBRULE(this.namedExpr)), false);
    if (items.length === 0 && !this.RECORDING_PHASE) this.expected('an expression');
    const windows = this.namedWindows(5);
    return { start, end: this.end, kind: 'extend', items: exact(items), windows };
  });

  protected readonly setStage: Rule<Stage> = this.RULE('setStage', (): Stage => {
    const start = this.start;
    this.CONSUME(t.Set);
    const assignments: { name: Name; value: Expr }[] = [];
    this.list(
      0,
      () => {
        const name = this.nameOf(this.take(t.Identifier));
        this.CONSUME(t.Equals);
        assignments.push({ name, value: this.SUBRULE(this.expression) });
      },
      false,
    );
    if (assignments.length === 0 && !this.RECORDING_PHASE) this.expected('a column');
    return { start, end: this.end, kind: 'set', assignments: exact(assignments) };
  });

  protected readonly dropStage: Rule<Stage> = this.RULE('dropStage', (): Stage => {
    const start = this.start;
    this.CONSUME(t.Drop);
    const columns: Name[] = [];
    this.list(0, () => columns.push(this.nameOf(this.take(t.Identifier))), false);
    if (columns.length === 0 && !this.RECORDING_PHASE) this.expected('a column');
    return { start, end: this.end, kind: 'drop', columns: exact(columns) };
  });

  protected readonly renameStage: Rule<Stage> = this.RULE('renameStage', (): Stage => {
    const start = this.start;
    this.CONSUME(t.Rename);
    const pairs: { from: Name; to: Name }[] = [];
    this.list(
      0,
      () => {
        const from = this.nameOf(this.take(t.Identifier, 1));
        this.OPTION1(() => this.CONSUME(t.As));
        pairs.push({ from, to: this.nameOf(this.take(t.Identifier, 2)) });
      },
      false,
    );
    if (pairs.length === 0 && !this.RECORDING_PHASE) this.expected('a column');
    return { start, end: this.end, kind: 'rename', pairs: exact(pairs) };
  });

  protected readonly aggregateStage: Rule<Stage> = this.RULE('aggregateStage', (): Stage => {
    const start = this.start;
    this.CONSUME(t.Aggregate);
    const items: OrderedExpr[] = [];
    this.list(0, () => items.push(this.SUBRULE(this.orderedExpr)), false);
    let ordered = false;
    const groups: GroupItem[] = [];
    this.OPTION1(() => {
      this.CONSUME(t.Group);
      this.OPTION2(() => {
        this.CONSUME(t.And);
        this.CONSUME(t.Order);
        ordered = true;
      });
      this.CONSUME(t.By);
      this.list(3, () => groups.push(this.SUBRULE(this.groupItem)), false);
      if (groups.length === 0 && !this.RECORDING_PHASE) this.expected('an expression');
    });
    if (items.length === 0 && groups.length === 0 && !this.RECORDING_PHASE) this.expected('an expression');
    return { start, end: this.end, kind: 'aggregate', items: exact(items), groups: exact(groups), ordered };
  });

  protected readonly orderStage: Rule<Stage> = this.RULE('orderStage', (): Stage => {
    const start = this.start;
    const keys: readonly OrderKey[] = this.SUBRULE(this.orderBy);
    return { start, end: this.end, kind: 'order', keys };
  });

  protected readonly limitStage: Rule<Stage> = this.RULE('limitStage', (): Stage => {
    const start = this.start;
    this.CONSUME(t.Limit);
    const count = this.SUBRULE1(this.expression);
    const offset = this.OPTION(() => {
      this.CONSUME(t.Offset);
      return this.SUBRULE2(this.expression);
    });
    this.otherLimit();
    return { start, end: this.end, kind: 'limit', count, offset: offset ?? null };
  });

  /** `limit 2, 3` and `limit n by k` of other SQLs. */
  protected otherLimit(): void {
    if (this.RECORDING_PHASE) return;
    const next = this.peek();
    const isPair = next.tokenTypeIdx === id.Comma && this.peek(2).tokenTypeIdx === id.Number;
    if (!isPair && next.image.toLowerCase() !== 'by') return;
    const use = isPair
      ? 'write `limit n offset m`: the number of rows comes first'
      : 'write `|> where row_number() over (partition by k order by t) <= n`';
    this.foreign(isPair ? 'limit m, n' : 'limit … by', use, next.start, next.end);
    this.skipStage();
  }

  protected readonly distinctStage: Rule<Stage> = this.RULE('distinctStage', (): Stage => {
    const start = this.start;
    this.CONSUME(t.Distinct);
    let on: readonly Expr[] | null = null;
    let order: readonly OrderKey[] = [];
    this.OPTION1(() => {
      this.CONSUME(t.On);
      const open = this.take(t.LParen);
      const keys: Expr[] = [];
      this.list(2, () => keys.push(this.SUBRULE(this.expression)), true);
      this.close(t.RParen, open);
      on = exact(keys);
      order = this.OPTION3(() => this.SUBRULE(this.orderBy)) ?? [];
    });
    return { start, end: this.end, kind: 'distinct', on, order };
  });

  protected readonly setOperation: Rule<Stage> = this.RULE('setOperation', (): Stage => {
    const start = this.start;
    const operation = this.OR1([
      { ALT: () => (this.CONSUME(t.Union), 'union' as const) },
      { ALT: () => (this.CONSUME(t.Intersect), 'intersect' as const) },
      { ALT: () => (this.CONSUME(t.Except), 'except' as const) },
    ]);
    const quantifier = this.OPTION1(() =>
      this.OR2([
        { ALT: () => (this.CONSUME(t.All), 'all' as const) },
        { ALT: () => (this.CONSUME(t.Distinct), 'distinct' as const) },
      ]),
    );
    // `by name` of GoogleSQL is what pipec always does.
    this.OPTION2(() => {
      this.CONSUME(t.By);
      this.CONSUME(t.ByName);
    });
    const tables: TableExpr[] = [];
    this.list(3, () => tables.push(this.SUBRULE(this.tableExpr)), false);
    if (tables.length === 0 && !this.RECORDING_PHASE) this.expected('a dataset, or a query in parentheses');
    return {
      start,
      end: this.end,
      kind: 'set-operation',
      operation: operation ?? 'union',
      quantifier: quantifier ?? null,
      tables,
    };
  });

  protected readonly pivotStage: Rule<Stage> = this.RULE('pivotStage', (): Stage => {
    const start = this.start;
    this.CONSUME(t.Pivot);
    const outer = this.take(t.LParen, 1);
    const aggregates: NamedExpr[] = [];
    this.list(1, () => aggregates.push(this.SUBRULE1(this.namedExpr)), false);
    this.CONSUME(t.For);
    const column = this.SUBRULE(this.expression, { ARGS: [binds.comparison] });
    this.CONSUME(t.In);
    if (!this.RECORDING_PHASE && this.at(id.QueryParen)) {
      const open = this.peek();
      this.foreign(
        'in (select …)',
        'the columns of a pivot are known before it runs: write its values out',
        open.start,
        open.end,
      );
      open.tokenTypeIdx = id.LParen;
      this.reporter.mute(open.start, open.end + 1);
    }
    const inner = this.take(t.LParen, 2);
    const values: NamedExpr[] = [];
    this.list(2, () => values.push(this.SUBRULE2(this.namedExpr)), true);
    this.close(t.RParen, inner, 1);
    this.close(t.RParen, outer, 2);
    return { start, end: this.end, kind: 'pivot', aggregates: exact(aggregates), column, values: exact(values) };
  });

  protected readonly unpivotStage: Rule<Stage> = this.RULE('unpivotStage', (): Stage => {
    const start = this.start;
    this.CONSUME(t.Unpivot);
    this.#unpivotNulls();
    const outer = this.take(t.LParen, 1);
    const value = this.nameOf(this.take(t.Identifier, 1));
    this.CONSUME(t.For);
    const column = this.nameOf(this.take(t.Identifier, 2));
    this.CONSUME(t.In);
    const inner = this.take(t.LParen, 2);
    const columns: NamedExpr[] = [];
    this.list(1, () => columns.push(this.SUBRULE(this.namedExpr)), true);
    this.close(t.RParen, inner, 1);
    this.close(t.RParen, outer, 2);
    return { start, end: this.end, kind: 'unpivot', value, column, columns: exact(columns) };
  });

  #unpivotNulls(): void {
    if (this.RECORDING_PHASE || this.peek(2).image.toLowerCase() !== 'nulls') return;
    const word = this.skipped();
    const nulls = this.skipped();
    if (word.image.toLowerCase() === 'include') this.foreign('include nulls', UNPIVOT_NULLS, word.start, nulls.end);
  }

  protected readonly unnestStage: Rule<Stage> = this.RULE('unnestStage', (): Stage => {
    const start = this.start;
    this.CONSUME(t.Unnest);
    const value = this.SUBRULE(this.expression);
    const alias = this.alias(0);
    return { start, end: this.end, kind: 'unnest', value, alias };
  });

  protected readonly callStage: Rule<Stage> = this.RULE('callStage', (): Stage => {
    const start = this.start;
    this.CONSUME(t.Call);
    const call = this.SUBRULE(this.primary);
    return { start, end: this.end, kind: 'call', call };
  });

  protected readonly asStage: Rule<Stage> = this.RULE('asStage', (): Stage => {
    const start = this.start;
    this.CONSUME(t.As);
    const alias = this.nameOf(this.take(t.Identifier));
    return { start, end: this.end, kind: 'as', alias };
  });

  protected readonly assertStage: Rule<Stage> = this.RULE('assertStage', (): Stage => {
    const start = this.start;
    this.CONSUME(t.Assert);
    const condition = this.SUBRULE1(this.expression);
    const payload: Expr[] = [];
    this.OPTION(() => {
      this.CONSUME(t.Comma);
      this.list(1, () => payload.push(this.SUBRULE2(this.expression)), false);
    });
    const [message = null, ...values] = payload;
    return { start, end: this.end, kind: 'assert', condition, message, values: exact(values) };
  });

  /** Skips to the next stage, commas included. */
  protected skipStage(): void {
    do {
      if (this.at(id.Comma)) this.skip();
      this.skipBalanced();
    } while (this.at(id.Comma) && !this.queryEnds());
  }

  protected queryEnds(): boolean {
    const type = this.next;
    if (queryEnds.has(type) || closers.has(type)) return true;
    if (type !== id.Comma) return false;
    const after = this.peek(2).tokenTypeIdx;
    return after !== eof && (queryEnds.has(after) || closers.has(after));
  }
}

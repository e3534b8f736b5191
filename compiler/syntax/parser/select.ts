/** SQL's own order: `select … from …`, with what may follow it. */
import type { Expr, GroupItem, JoinStage, NamedQuery, Query, SelectItem, SqlSelect, Stage, TableExpr } from '../ast.ts';
import { otherStages } from '../other-sql.ts';
import { t } from '../tokens.ts';
import type { Rule } from './base.ts';
import { closers, eof, exact, id } from './base.ts';
import { QueryParser } from './queries.ts';

const setOperations = new Set([id.Union, id.Intersect, id.Except]);

export abstract class SelectParser extends QueryParser {
  /**
   * What follows a `select` in parentheses. `select … union all select …` and `select … |> …` are read as a query over the
   * first `select`; an `order by` and a `limit` after the last one belong to the whole, as in SQL.
   */
  protected override afterSelect(select: SqlSelect): Query | SqlSelect {
    if (!this.at(id.Pipe) && !setOperations.has(this.next)) return select;
    const { start, end } = select;
    const stages: Stage[] = [
      { start, end, kind: 'from', tables: [{ start, end, alias: null, kind: 'subquery', query: select }] },
    ];
    while (setOperations.has(this.next)) this.#sqlSetOperation(stages);
    if (this.at(id.Order)) stages.push(this.SUBRULE(this.orderStage));
    if (this.at(id.Limit)) stages.push(this.SUBRULE(this.limitStage));
    if (this.at(id.Pipe)) this.SUBRULE(this.stages, { ARGS: [stages] });
    return { start, end: this.end, kind: 'query', stages: exact(stages) };
  }

  #sqlSetOperation(stages: Stage[]): void {
    const start = this.start;
    const operation = this.skipped().word as 'union' | 'intersect' | 'except';
    const quantifier = this.at(id.All) || this.at(id.Distinct) ? (this.skipped().word as 'all' | 'distinct') : null;
    const from = this.start;
    const query = this.at(id.QueryParen) ? this.SUBRULE(this.parenthesised) : this.SUBRULE(this.sqlSelect);
    const end = this.end;
    const isLast = query.kind === 'sql-select' && !setOperations.has(this.next);
    const bare: SqlSelect | Query = isLast ? { ...query, order: [], limit: null, offset: null } : query;
    stages.push({
      start,
      end,
      kind: 'set-operation',
      operation,
      quantifier,
      tables: [{ start: from, end, alias: null, kind: 'subquery', query: bare }],
    });
    if (!isLast) return;
    if (query.order.length > 0) stages.push({ start, end, kind: 'order', keys: query.order });
    if (query.limit !== null) stages.push({ start, end, kind: 'limit', count: query.limit, offset: query.offset });
  }

  readonly sqlSelect: Rule<SqlSelect> = this.RULE('sqlSelect', (): SqlSelect => {
    const start = this.start;
    const isShallow = this.enter(true);
    const queries: NamedQuery[] = [];
    const items: SelectItem[] = [];
    const from: TableExpr[] = [];
    const joins: JoinStage[] = [];
    const groups: GroupItem[] = [];
    let distinct = false;
    let limit: Expr | null = null;
    let offset: Expr | null = null;
    if (!isShallow) {
      this.leave();
      return {
        start,
        end: this.end,
        kind: 'sql-select',
        with: [],
        distinct,
        items,
        from,
        joins,
        where: null,
        groups,
        having: null,
        windows: [],
        order: [],
        limit,
        offset,
      };
    }
    this.OPTION1(() => {
      this.CONSUME(t.With);
      this.list(1, () => queries.push(this.SUBRULE(this.namedQuery)), false);
    });
    this.CONSUME(t.Select);
    distinct = this.OPTION2(() => this.CONSUME(t.Distinct)) !== undefined;
    this.top();
    this.list(3, () => items.push(this.SUBRULE(this.selectItem)), false);
    if (items.length === 0 && !this.RECORDING_PHASE) this.expected('an expression');
    this.OPTION4(() => {
      this.CONSUME(t.From);
      this.list(5, () => from.push(this.SUBRULE(this.tableExpr)), false);
      this.MANY(() => joins.push(this.SUBRULE(this.joinStage)));
    });
    const where = this.OPTION6(() => {
      this.CONSUME(t.Where);
      return this.SUBRULE1(this.expression);
    });
    this.OPTION7(() => {
      this.CONSUME(t.Group);
      this.CONSUME(t.By);
      this.list(8, () => groups.push(this.SUBRULE(this.groupItem)), false);
    });
    const having = this.OPTION9(() => {
      this.CONSUME(t.Having);
      return this.SUBRULE2(this.expression);
    });
    const windows = this.namedWindows(15);
    const order = this.option(10, () => this.SUBRULE(this.orderBy));
    this.option(11, () => {
      this.CONSUME(t.Limit);
      limit = this.SUBRULE3(this.expression);
      this.option(12, () => {
        this.CONSUME(t.Offset);
        offset = this.SUBRULE4(this.expression);
      });
      this.otherLimit();
    });
    if (!this.RECORDING_PHASE) this.#afterSelect();
    this.leave();
    return {
      start,
      end: this.end,
      kind: 'sql-select',
      with: queries,
      distinct,
      items,
      from,
      joins,
      where: where ?? null,
      groups,
      having: having ?? null,
      windows,
      order: order ?? [],
      limit,
      offset,
    };
  });

  #afterSelect(): void {
    const next = this.peek();
    const type = next.tokenTypeIdx;
    if (closers.has(type) || type === eof || type === id.Pipe || type === id.Semicolon || setOperations.has(type))
      return;
    if (otherStages.has(next.word === '' ? next.image.toLowerCase() : next.word)) {
      this.reporter.report(
        'unsupported-stage',
        { stage: next.image.toLowerCase(), instead: otherStages.get(next.image.toLowerCase())! },
        next.start,
        next.end,
      );
    } else this.unexpected(null);
    this.skipStage();
  }
}

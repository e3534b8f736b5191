/** What stages and SQL's own `select` are made of: items with names, groups, tables, joins. */
import type {
  Expr,
  GroupItem,
  JoinStage,
  ListExpr,
  Name,
  NamedExpr,
  NamedQuery,
  OrderedExpr,
  Property,
  SelectItem,
  TableExpr,
} from '../ast.ts';
import { stringValue } from '../characters.ts';
import { otherForm, otherStages } from '../other-sql.ts';
import { t } from '../tokens.ts';
import type { Rule } from './base.ts';
import { exact, id } from './base.ts';
import { ExpressionParser } from './expressions.ts';

export abstract class ClauseParser extends ExpressionParser {
  protected readonly namedQuery: Rule<NamedQuery> = this.RULE('namedQuery', (): NamedQuery => {
    const start = this.start;
    if (
      !this.RECORDING_PHASE &&
      this.peek().image.toLowerCase() === 'recursive' &&
      this.peek(2).tokenTypeIdx === id.Identifier
    ) {
      const word = this.skipped();
      this.foreign('with recursive', otherStages.get('recursive')!, word.start, word.end);
    }
    const name = this.nameOf(this.take(t.Identifier));
    this.columnAliases();
    this.CONSUME(t.As);
    this.#materialized();
    const query = this.SUBRULE(this.parenthesised);
    return { start, end: this.end, name, query };
  });

  /** `as [not] materialized (…)` of PostgreSQL. */
  #materialized(): void {
    if (this.RECORDING_PHASE) return;
    const first = this.peek();
    const not = this.at(id.Not) ? 2 : 1;
    if (this.peek(not).image.toLowerCase() !== 'materialized') return;
    for (let word = 0; word < not; word++) this.skip();
    const { end } = this.previous();
    const fix = this.reporter.fix('leave it out', this.reporter.edit(first.start, this.peek().start, ''));
    this.foreign('materialized', 'engines choose how a named query is computed: leave it out', first.start, end, [fix]);
  }

  /** `select top 3 …` of other SQLs. */
  protected top(): void {
    if (this.RECORDING_PHASE || this.peek().image.toLowerCase() !== 'top' || this.peek(2).tokenTypeIdx !== id.Number)
      return;
    const word = this.skipped();
    const count = this.skipped();
    this.foreign('top', `write \`|> limit ${count.image}\``, word.start, count.end);
    const star = this.peek();
    if (star.image === '*') star.tokenTypeIdx = id.Star;
  }

  protected readonly selectItem: Rule<SelectItem> = this.RULE('selectItem', (): SelectItem => {
    const start = this.start;
    let qualifier: Name | null = null;
    const value =
      this.OR([{ ALT: () => (this.CONSUME(t.Star), null) }, { ALT: () => this.SUBRULE(this.expression) }]) ?? null;
    if (value !== null && !this.RECORDING_PHASE) {
      const isStar = value.kind === 'name' && value.name.wildcard && value.name.parts.length === 1;
      if (!isStar) {
        const name = this.alias(1);
        return { start, end: this.end, kind: 'column', value, name };
      }
      qualifier = value.name.parts[0]!;
    }
    const except: Name[] = [];
    const replace: NamedExpr[] = [];
    this.alias(1);
    this.OPTION2(() => {
      this.CONSUME(t.StarExcept);
      const open = this.take(t.LParen, 2);
      this.list(2, () => except.push(this.nameOf(this.take(t.Identifier, 2))), true);
      this.close(t.RParen, open, 2);
    });
    this.OPTION3(() => {
      this.CONSUME(t.StarReplace);
      const open = this.take(t.LParen, 3);
      this.list(3, () => replace.push(this.SUBRULE(this.namedExpr)), true);
      this.close(t.RParen, open, 3);
    });
    return { start, end: this.end, kind: 'star', qualifier, except: exact(except), replace: exact(replace) };
  });

  /** `as name`, or a name alone on the same line. */
  protected alias(index: number): Name | null {
    if (this.RECORDING_PHASE) {
      this.option(index, () =>
        this.or(index + 60, [
          {
            ALT: () => {
              this.consume(index, t.As);
              this.consume(index + 60, t.Identifier);
            },
          },
          { ALT: () => this.consume(index + 120, t.Identifier) },
        ]),
      );
      return null;
    }
    if (this.at(id.As)) {
      this.skip();
      if (this.at(id.String) && !this.peek().first) {
        const token = this.skipped();
        return { start: token.start - this.base, end: token.end - this.base, text: stringValue(token.image) };
      }
      return this.nameOf(this.take(t.Identifier, index));
    }
    const next = this.peek();
    if (
      next.tokenTypeIdx === id.Identifier &&
      !next.first &&
      !(otherStages.has(next.image.toLowerCase()) && next.word !== 'group') &&
      otherForm((ahead) => this.peek(ahead), true) === null &&
      !this.misspeltBy()
    )
      return this.nameOf(this.skipped());
    return null;
  }

  protected readonly namedExpr: Rule<NamedExpr> = this.RULE('namedExpr', (): NamedExpr => {
    const start = this.start;
    const value = this.SUBRULE(this.expression);
    const name = this.alias(0);
    return { start, end: this.end, value, name };
  });

  protected readonly orderedExpr: Rule<OrderedExpr> = this.RULE('orderedExpr', (): OrderedExpr => {
    const start = this.start;
    const value = this.SUBRULE(this.expression);
    const name = this.alias(0);
    const order = this.direction(1);
    const nulls = this.nullOrder(2);
    return { start, end: this.end, value, name, order, nulls };
  });

  protected readonly groupItem: Rule<GroupItem> = this.RULE('groupItem', (): GroupItem => {
    const start = this.start;
    const item = this.OR([
      {
        ALT: (): GroupItem => {
          const word = this.take(t.Rollup);
          const keys = this.#keys(1);
          return { start, end: this.end, kind: word.word as 'rollup' | 'cube', keys: exact(keys) };
        },
      },
      {
        ALT: (): GroupItem => {
          this.CONSUME(t.Grouping);
          this.CONSUME(t.Sets);
          const open = this.take(t.LParen, 2);
          const sets: NamedExpr[][] = [];
          this.list(
            2,
            () => {
              // `(a, b)` is a set of two, so a parenthesis is never that of an expression here.
              const set = this.OR1([
                { ALT: () => this.#keys(3), IGNORE_AMBIGUITIES: true },
                { ALT: () => [this.SUBRULE2(this.namedExpr)] },
              ]);
              sets.push(set ?? []);
            },
            true,
          );
          this.close(t.RParen, open, 2);
          return { start, end: this.end, kind: 'grouping-sets', sets: exact(sets) };
        },
      },
      {
        ALT: (): GroupItem => {
          const { value, name, order, nulls } = this.SUBRULE(this.orderedExpr);
          return { start, end: this.end, kind: 'key', value, name, order, nulls };
        },
      },
    ]);
    return item ?? { start, end: this.end, kind: 'key', value: this.missing(), name: null, order: null, nulls: null };
  });

  #keys(index: number): NamedExpr[] {
    const open = this.take(t.LParen, index);
    const keys: NamedExpr[] = [];
    this.list(index, () => keys.push(this.subrule(index, this.namedExpr)), true);
    this.close(t.RParen, open, index);
    return keys;
  }

  protected readonly joinStage: Rule<JoinStage> = this.RULE('joinStage', (): JoinStage => {
    const start = this.start;
    let type = 'inner' as JoinStage['type'];
    let asof = false;
    this.MANY(() =>
      this.OR1([
        { ALT: () => (type = this.take(t.JoinKind).word as JoinStage['type']) },
        { ALT: () => this.CONSUME(t.Outer) },
        {
          ALT: () => {
            this.CONSUME(t.Asof);
            asof = true;
          },
        },
      ]),
    );
    this.CONSUME(t.Join);
    const table = this.SUBRULE(this.tableExpr);
    let on: Expr | null = null;
    let using: readonly Name[] | null = null;
    this.OPTION(() =>
      this.OR2([
        {
          ALT: () => {
            this.CONSUME(t.On);
            on = this.SUBRULE(this.expression);
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Using);
            const open = this.take(t.LParen);
            const names: Name[] = [];
            this.list(5, () => names.push(this.nameOf(this.take(t.Identifier))), true);
            this.close(t.RParen, open);
            using = exact(names);
          },
        },
      ]),
    );
    const needs = type !== 'cross' && !isUnnest(table);
    if (on === null && using === null && needs && !this.RECORDING_PHASE) this.expected('`on` or `using`');
    return { start, end: this.end, kind: 'join', type, asof, table, on, using };
  });

  protected readonly tableExpr: Rule<TableExpr> = this.RULE('tableExpr', (): TableExpr => {
    const start = this.start;
    if (this.#isLateral()) {
      this.otherForm();
      const name = { start, end: start, text: '' };
      return { start, end: this.end, alias: null, kind: 'dataset', name: { ...name, parts: [name], wildcard: false } };
    }
    let rows: Expr[] = [];
    const table = this.OR({
      ERR_MSG: 'a dataset',
      DEF: [
        {
          ALT: () => {
            const name = this.qualifiedName(0);
            if (this.RECORDING_PHASE) this.OPTION1(() => this.SUBRULE(this.call, { ARGS: [name, start] }));
            else if (this.at(id.LParen) || this.at(id.QueryParen)) {
              const call = this.SUBRULE(this.call, { ARGS: [name, start] });
              return { kind: 'function' as const, call };
            }
            return { kind: 'dataset' as const, name };
          },
        },
        {
          ALT: () => {
            const query = this.SUBRULE(this.parenthesised);
            return { kind: 'subquery' as const, query };
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Values);
            if (!this.RECORDING_PHASE && this.at(id.LParen)) return { kind: 'tuples' as const, tuples: this.#tuples() };
            const open = this.take(t.LBracket);
            rows = [];
            this.list(2, () => rows.push(this.SUBRULE(this.expression)), true);
            this.close(t.RBracket, open);
            return { kind: 'values' as const, rows: exact(rows) };
          },
        },
      ],
    });
    // Below rows of SQL's `values` the alias may stand on a line of its own.
    const own = table?.kind === 'tuples' && this.at(id.Identifier) && this.peek(2).tokenTypeIdx === id.LParen;
    const alias = own ? this.nameOf(this.skipped()) : this.alias(3);
    if (table?.kind === 'dataset' && alias !== null) this.columnAliases();
    if (table?.kind === 'tuples') {
      const names = this.#columnNames();
      const rows = exact(table.tuples.map((tuple) => this.#named(tuple, names)));
      return { start, end: this.end, alias, kind: 'values', rows };
    }
    const end = this.end;
    if (this.RECORDING_PHASE || table === undefined) {
      const name = { start: end, end, text: '' };
      return { start: end, end, alias, kind: 'dataset', name: { start: end, end, parts: [name], wildcard: false } };
    }
    switch (table.kind) {
      case 'dataset':
        return { start, end, alias, kind: 'dataset', name: table.name };
      case 'subquery':
        return { start, end, alias, kind: 'subquery', query: table.query };
      case 'values':
        return { start, end, alias, kind: 'values', rows: table.rows };
      case 'function':
        return { start, end, alias, kind: 'function', call: table.call };
    }
  });

  #isLateral(): boolean {
    if (this.RECORDING_PHASE || this.peek().image.toLowerCase() !== 'lateral') return false;
    const after = this.peek(2);
    return after.tokenTypeIdx === id.QueryParen || (after.tokenTypeIdx === id.Identifier && !after.first);
  }

  /** `from t as x (a, b)` of other SQLs. */
  protected columnAliases(): void {
    if (this.RECORDING_PHASE || !this.at(id.LParen) || this.peek().first) return;
    const open = this.peek();
    do {
      this.skip();
      this.skipBalanced();
    } while (this.at(id.Comma));
    if (this.at(id.RParen)) this.skip();
    this.foreign('t (a, b)', 'write `|> rename x as a, y as b`', open.start, this.previous().end);
  }

  /** SQL's `(1, 'a'), (2, 'b')` after `values`. */
  #tuples(): readonly ListExpr[] {
    const tuples: ListExpr[] = [];
    for (;;) {
      const start = this.start;
      const open = this.take(t.LParen, 4);
      const items: Expr[] = [];
      this.list(2, () => items.push(this.SUBRULE(this.expression)), true);
      this.close(t.RParen, open, 4);
      tuples.push({ start, end: this.end, kind: 'list', items: exact(items) });
      if (!this.at(id.Comma) || this.peek(2).tokenTypeIdx !== id.LParen) return tuples;
      this.skip();
    }
  }

  /** `(a, b)` after the alias of SQL's `values`; nothing else says what the columns are called. */
  #columnNames(): readonly Name[] {
    const names: Name[] = [];
    if (!this.at(id.LParen)) {
      this.expected('the names of the columns, as in `values (1, 2) as t(a, b)`');
      return names;
    }
    const open = this.take(t.LParen, 5);
    this.list(2, () => names.push(this.nameOf(this.take(t.Identifier))), true);
    this.close(t.RParen, open, 5);
    return names;
  }

  /** A tuple as the object that a row of `values [...]` is. */
  #named({ start, end, items }: ListExpr, names: readonly Name[]): Expr {
    if (names.length > 0 && items.length !== names.length)
      this.reporter.report(
        'values-count',
        { values: items.length, names: names.length },
        start + this.base,
        end + this.base,
      );
    const properties = items.flatMap((value, i): Property[] => {
      const name = names[i];
      return name === undefined ? [] : [{ start: value.start, end: value.end, name, value }];
    });
    return { start, end, kind: 'object', properties: exact(properties) };
  }
}

/** Items of a list belong to their row, and are joined without a condition. */
function isUnnest(table: TableExpr): boolean {
  const call = table.kind === 'function' ? table.call : null;
  return call?.kind === 'call' && call.name.parts.length === 1 && call.name.parts[0]?.text.toLowerCase() === 'unnest';
}

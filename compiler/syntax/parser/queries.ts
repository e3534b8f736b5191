/** Queries: `from …` and its stages, and SQL's own `select … from …`. */
import type { OrMethodOpts } from 'chevrotain';
import type {
  Expr,
  GroupItem,
  JoinStage,
  ListExpr,
  Name,
  NamedExpr,
  NamedQuery,
  OrderedExpr,
  OrderKey,
  Property,
  Query,
  SelectItem,
  SqlSelect,
  Stage,
  TableExpr,
} from '../ast.ts';
import { stringValue } from '../characters.ts';
import { nearest } from '../nearest.ts';
import { otherForm, otherStatements } from '../other-sql.ts';
import type { Token } from '../tokens.ts';
import { idOf, joinWords, stageTypes, stageWords, t } from '../tokens.ts';
import type { Rule } from './base.ts';
import { closers, eof, exact, id } from './base.ts';
import { binds, ExpressionParser } from './expressions.ts';

/** What a stage may start with. */
const stageStarts = new Set([...stageTypes.values(), t.Where, t.Select, t.Join, t.With, t.As, t.Distinct].map(idOf));
const setOperations = new Set([id.Union, id.Intersect, id.Except]);
const joinStarts = new Set([id.Join, id.JoinKind, id.Asof]);
/** A query ends before one of these, besides a closing bracket. */
const queryEnds = new Set([eof, id.Semicolon, id.Given, id.Expect, id.Key]);
const allStages = ['where', 'select', 'join', 'with', 'as', 'distinct', ...stageWords, ...joinWords];

/** Stages of published pipe syntax that pipec does not take, and what to write instead. */
const otherStages: ReadonlyMap<string, string> = new Map([
  ['having', 'write `|> where …` after the `aggregate`'],
  ['qualify', 'write `|> where …` after the `extend` that makes the window'],
  ['tablesample', 'a sample differs from run to run: take rows by a hash or a date in `where`'],
  ['window', 'write `|> extend f(…) over (…) as name`'],
  ['natural', 'name the columns: `join … using (a, b)`'],
  ['lateral', 'the engines do not share it: `|> unnest xs as x` spreads a list'],
  ['recursive', 'the engines do not share a meaning for recursion: join as many levels as there are'],
  ['describe', '`pipec query` runs a query as far as it is written, and shows its columns'],
  ['if', 'a program is one query: write each case as a table of its own'],
  ['create', 'a `table` declaration stores what its query gives'],
  ['insert', 'a `table` declaration with `refresh: append` adds rows to what is there'],
  ['export', 'a `table` in a lake is written as files'],
  ['fork', 'name what is shared as a table or with `with`, and write a table for each branch'],
  ['tee', 'name what is shared as a table or with `with`, and write a table for each branch'],
  ['group', 'write `|> aggregate … group by …`'],
  ['sort', 'write `|> order by …`'],
  ['match_recognize', 'the engines have no one meaning for it'],
]);

const UNPIVOT_NULLS = 'rows of nulls are left out: give them a value before, `|> set x = coalesce(x, …)`';

export abstract class QueryParser extends ExpressionParser {
  readonly query: Rule<Query> = this.RULE('query', (): Query => {
    const start = this.start;
    const stages: Stage[] = [];
    if (!this.enter(true)) {
      this.leave();
      return { start, end: this.end, kind: 'query', stages: exact(stages) };
    }
    if (this.#isOtherStatement()) {
      stages.push(this.#missingStage(() => this.#otherStatement()));
      this.leave();
      return { start, end: this.end, kind: 'query', stages: exact(stages) };
    }
    this.OPTION(() => stages.push(this.SUBRULE1(this.withStage)));
    const first = this.OR({
      ERR_MSG: '`from`',
      DEF: [
        { ALT: (): readonly Stage[] => [this.SUBRULE2(this.fromStage)] },
        { ALT: () => this.#tableFirst(() => this.SUBRULE3(this.tableExpr)) },
        { ALT: () => this.#selectFirst() },
      ],
    });
    if (first !== undefined && !this.RECORDING_PHASE) stages.push(...first);
    this.SUBRULE4(this.stages, { ARGS: [stages] });
    this.leave();
    return { start, end: this.end, kind: 'query', stages: exact(stages) };
  });

  /** `|> stage |> stage`, the body of a pipe function. */
  readonly pipeBody: Rule<Query> = this.RULE('pipeBody', (): Query => {
    const start = this.start;
    const stages: Stage[] = [];
    if (this.RECORDING_PHASE) this.CONSUME(t.Pipe);
    this.SUBRULE(this.stages, { ARGS: [stages] });
    return { start, end: this.end, kind: 'query', stages: exact(stages) };
  });

  #isOtherStatement(): boolean {
    if (this.RECORDING_PHASE || !this.at(id.Identifier)) return false;
    const after = this.peek(2);
    const goesOn =
      after.tokenTypeIdx === id.Identifier || after.tokenTypeIdx === id.From || after.tokenTypeIdx === id.Select;
    if (!goesOn || after.first) return false;
    // Spark's `table t` is `t`.
    if (this.peek().image.toLowerCase() === 'table') this.skip();
    return otherStatements.has(this.peek().image.toLowerCase());
  }

  #otherStatement(): void {
    const word = this.peek();
    const statement = word.image.toLowerCase();
    this.foreign(statement, otherStatements.get(statement)!, word.start, word.end);
    do this.#skipStage();
    while (this.at(id.Pipe) && this.skip() !== undefined);
  }

  /** `values […]` where a query is expected: read as `from values […]`. */
  #tableFirst(parse: () => TableExpr): readonly Stage[] {
    const start = this.start;
    const table = parse();
    return [{ start, end: this.end, kind: 'from', tables: [table] }];
  }

  /** A query that begins with `select`, as published pipe syntax may, is `from (select …)`. */
  #selectFirst(): readonly Stage[] {
    const start = this.start;
    const select = this.SUBRULE5(this.sqlSelect);
    const query = this.RECORDING_PHASE ? select : this.afterSelect(select);
    if (query.kind === 'query') return query.stages;
    const end = this.end;
    return [{ start, end, kind: 'from', tables: [{ start, end, alias: null, kind: 'subquery', query }] }];
  }

  /** Stages up to the query's end, pushed onto what is there. */
  protected readonly stages: Rule<void, [into: Stage[]]> = this.RULE('stages', (into: Stage[]) => {
    if (this.RECORDING_PHASE) {
      this.MANY(() => {
        this.CONSUME(t.Pipe);
        this.SUBRULE(this.stage);
      });
      return;
    }
    for (;;) {
      if (this.at(id.Pipe)) this.skip();
      else if (this.#queryEnds() || (this.around > 0 && this.leftOpen())) return;
      else if (this.#isOtherForm()) {
        into.push(this.#missingStage(() => this.otherForm()));
        continue;
      } else if (!this.#continues(into.at(-1)) && !this.#forgottenPipe()) {
        into.push(this.#missingStage(() => this.#skipOddTokens()));
        continue;
      }
      const stage = this.#isStage() ? this.SUBRULE(this.stage) : this.#missingStage(() => this.#noStage());
      if (stage !== undefined) into.push(stage);
    }
  });

  #queryEnds(): boolean {
    const type = this.next;
    if (queryEnds.has(type) || closers.has(type)) return true;
    if (type !== id.Comma) return false;
    const after = this.peek(2).tokenTypeIdx;
    return after !== eof && (queryEnds.has(after) || closers.has(after));
  }

  /** Published pipe syntax has joins within the `from` clause, and an alias after a pivot or a call. */
  #continues(last: Stage | undefined): boolean {
    if (last === undefined) return false;
    if (last.kind === 'from' || last.kind === 'join') return joinStarts.has(this.next);
    return (last.kind === 'pivot' || last.kind === 'unpivot' || last.kind === 'call') && this.at(id.As);
  }

  #isOtherForm(): boolean {
    const { image } = this.peek();
    return image !== 'limit' && otherForm((ahead) => this.peek(ahead)) !== null;
  }

  /** Whether a stage stands here without its `|>`; says so. */
  #forgottenPipe(): boolean {
    const next = this.peek();
    const type = this.#stageTerminal(next);
    if (type === 0) return false;
    next.tokenTypeIdx = type;
    this.reporter.report('missing-pipe', { stage: next.image }, next.start, next.end, {
      fixes: [this.reporter.fix('add `|>`', this.reporter.edit(next.start, next.start, '|> '))],
    });
    return true;
  }

  #stageTerminal(token: Token): number {
    const type = token.tokenTypeIdx;
    if (type === id.As) return 0;
    if (stageStarts.has(type)) return type;
    if (type !== id.Identifier) return 0;
    return this.startsStage(token) && stageTypes.has(token.word) ? idOf(stageTypes.get(token.word)!) : 0;
  }

  protected override startsStage(token: Token): boolean {
    const after = this.peek(2);
    if (otherStages.has(token.image.toLowerCase()) && token.word !== 'group')
      return (
        after.tokenTypeIdx === id.Identifier || after.tokenTypeIdx === id.LParen || after.tokenTypeIdx === id.Number
      );
    return (
      (token.first || (token.word === 'limit' && after.tokenTypeIdx === id.Number)) &&
      stageTypes.has(token.word) &&
      !after.first &&
      after.tokenTypeIdx !== id.Comma &&
      after.tokenTypeIdx !== id.Dot &&
      after.tokenTypeIdx !== id.Equals
    );
  }

  #isStage(): boolean {
    return stageStarts.has(this.next);
  }

  /** What `skip` reports and goes past, as a stage: those who read the rows must know that something is missing. */
  #missingStage(skip: () => void): Stage {
    const start = this.start;
    skip();
    return { start, end: Math.max(start, this.end), kind: 'missing' };
  }

  protected override misspeltBy(): boolean {
    const word = this.peek();
    const by = this.peek(2);
    if (word.tokenTypeIdx !== id.Identifier || by.image.toLowerCase() !== 'by' || by.first) return false;
    const meant = nearest(word.image, ['group', 'order']);
    if (meant === null || word.image.toLowerCase() === meant) return false;
    this.reporter.report('unexpected-token', { found: word.image, expected: null }, word.start, word.end, {
      label: `did you mean \`${meant}\`?`,
      fixes: [
        {
          title: `replace \`${word.image}\` by \`${meant}\``,
          safe: false,
          edits: [this.reporter.edit(word.start, word.end, meant)],
        },
      ],
    });
    word.tokenTypeIdx = meant === 'group' ? id.Group : id.Order;
    by.tokenTypeIdx = id.By;
    return true;
  }

  /** Reports a stage that does not exist, and skips it. */
  #noStage(): void {
    const token = this.peek();
    const other = otherStages.get(token.image.toLowerCase());
    if (other === undefined && this.otherForm()) return this.#skipStage();
    if (token.tokenTypeIdx === id.From) {
      this.reporter.report('second-from', {}, token.start, token.end);
    } else if (other !== undefined)
      this.reporter.report(
        'unsupported-stage',
        { stage: token.image.toLowerCase(), instead: other },
        token.start,
        token.end,
      );
    else if (token.tokenTypeIdx === id.Identifier && !token.first) {
      const meant = nearest(token.image, allStages);
      this.reporter.report('unknown-stage', { stage: token.image }, token.start, token.end, {
        label: meant === null ? 'not a stage' : `did you mean \`${meant}\`?`,
        fixes:
          meant === null
            ? []
            : [
                {
                  title: `replace \`${token.image}\` by \`${meant}\``,
                  safe: false,
                  edits: [this.reporter.edit(token.start, token.end, meant)],
                },
              ],
      });
    } else this.expected('a stage');
    this.#skipStage();
  }

  #skipOddTokens(): void {
    const next = this.peek();
    const other = otherStages.get(next.image.toLowerCase());
    if (next.tokenTypeIdx === id.Group) this.reporter.report('group-without-aggregate', {}, next.start, next.end);
    else if (other !== undefined)
      this.reporter.report(
        'unsupported-stage',
        { stage: next.image.toLowerCase(), instead: other },
        next.start,
        next.end,
      );
    else this.unexpected('`|>` and a stage');
    this.#skipStage();
  }

  /** Skips to the next stage, commas included. */
  #skipStage(): void {
    do {
      if (this.at(id.Comma)) this.skip();
      this.skipBalanced();
    } while (this.at(id.Comma) && !this.#queryEnds());
  }

  // ------------------------------------------------------------------------------------------ stages

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
    this.#columnAliases();
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
    this.#top();
    this.list(2, () => items.push(this.SUBRULE(this.selectItem)), false);
    if (items.length === 0 && !this.RECORDING_PHASE) this.expected('an expression');
    const windows = this.namedWindows(5);
    return { start, end: this.end, kind: 'select', distinct, items: exact(items), windows };
  });

  /** `select top 3 …` of other SQLs. */
  #top(): void {
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
    if (table?.kind === 'dataset' && alias !== null) this.#columnAliases();
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
  #columnAliases(): void {
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
    this.#otherLimit();
    return { start, end: this.end, kind: 'limit', count, offset: offset ?? null };
  });

  /** `limit 2, 3` and `limit n by k` of other SQLs. */
  #otherLimit(): void {
    if (this.RECORDING_PHASE) return;
    const next = this.peek();
    const isPair = next.tokenTypeIdx === id.Comma && this.peek(2).tokenTypeIdx === id.Number;
    if (!isPair && next.image.toLowerCase() !== 'by') return;
    const use = isPair
      ? 'write `limit n offset m`: the number of rows comes first'
      : 'write `|> where row_number() over (partition by k order by t) <= n`';
    this.foreign(isPair ? 'limit m, n' : 'limit … by', use, next.start, next.end);
    this.#skipStage();
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

  // ------------------------------------------------------------------------------------------ SQL's own order

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
    this.#top();
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
      this.#otherLimit();
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
    this.#skipStage();
  }
}

/** Items of a list belong to their row, and are joined without a condition. */
function isUnnest(table: TableExpr): boolean {
  const call = table.kind === 'function' ? table.call : null;
  return call?.kind === 'call' && call.name.parts.length === 1 && call.name.parts[0]?.text.toLowerCase() === 'unnest';
}

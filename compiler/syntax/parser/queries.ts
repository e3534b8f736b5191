/** Queries: `from …` and the stages that follow, and what is said where no stage stands. */
import type { Query, Stage, TableExpr } from '../ast.ts';
import { nearest } from '../nearest.ts';
import { otherForm, otherStages, otherStatements } from '../other-sql.ts';
import type { Token } from '../tokens.ts';
import { idOf, joinWords, stageTypes, stageWords, t } from '../tokens.ts';
import type { Rule } from './base.ts';
import { exact, id } from './base.ts';
import { StageParser } from './stages.ts';

/** What a stage may start with. */
const stageStarts = new Set([...stageTypes.values(), t.Where, t.Select, t.Join, t.With, t.As, t.Distinct].map(idOf));
const joinStarts = new Set([id.Join, id.JoinKind, id.Asof]);
const allStages = ['where', 'select', 'join', 'with', 'as', 'distinct', ...stageWords, ...joinWords];

export abstract class QueryParser extends StageParser {
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
    do this.skipStage();
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
      else if (this.queryEnds() || (this.around > 0 && this.leftOpen())) return;
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
    if (other === undefined && this.otherForm()) return this.skipStage();
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
    this.skipStage();
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
    this.skipStage();
  }
}

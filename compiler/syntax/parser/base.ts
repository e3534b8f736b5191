/**
 * What all rules share: a chevrotain parser that never throws, words for what is missing, and lists that survive errors.
 *
 * Chevrotain's own recovery drops whole expressions, so it is off, and undocumented hooks are overridden instead (the version
 * is pinned): a terminal that is not there is reported and given back as an absent token of no width, and a choice that
 * nothing fits is reported and gives undefined.
 *
 * A parser of chevrotain is one class; it is written as one over the other, each in a file of its own:
 *
 *   base → calls → primaries → expressions → clauses → stages → queries → select → declarations
 */

import type { IToken, ParserMethod, TokenType } from 'chevrotain';
import { EmbeddedActionsParser, EOF } from 'chevrotain';
import type { Fix } from '../../diagnostics/diagnostic.ts';
import type { MissingExpr, Name } from '../ast.ts';
import { otherForm } from '../other-sql.ts';
import { Reporter } from '../report.ts';
import type { Token } from '../tokens.ts';
import { durationOf, idOf, intervalUnits, reservedTypes, stageTypes, t } from '../tokens.ts';
import { type Decider, type Decision, type Decisions, decider, type Lookahead, OneTokenAhead } from './lookahead.ts';

export type Rule<Result, Args extends unknown[] = []> = ParserMethod<Args, Result>;

export const id = Object.fromEntries(Object.entries(t).map(([name, type]) => [name, idOf(type)])) as {
  readonly [name in keyof typeof t]: number;
};
export const eof = idOf(EOF);

/** Expressions, types and queries nest this deep at most: the parser and all that walk the tree recurse. */
export const mostNested = 100;
/** Operators in one row: `a + a + …` is a tree as deep as it is long. */
export const mostChained = 1000;

const reservedIds = new Set([...reservedTypes.values()].map(idOf));
export const headerIds = new Set([id.Of, id.For, id.On, id.From, id.In]);
const openers = new Set([
  id.LParen,
  id.QueryParen,
  id.LBracket,
  id.LBrace,
  id.TypeBrace,
  id.EnumBrace,
  id.ChecksBrace,
  id.TestBrace,
]);
const parameterSigns = new Set([id.At, id.Question, id.Colon]);
const PARAMETERS =
  'a program has no parameters as it runs: a `fn` takes arguments, and properties take `env(…)` and `secret(…)`';
export const closers = new Set([id.RParen, id.RBracket, id.RBrace]);
/** What may follow an item in brackets; `order by` and `ignore nulls` stand after the arguments of a call. */
const listEnds = new Set([id.RParen, id.RBracket, id.RBrace, id.Comma, id.Pipe, id.Order, id.NullTreatment, eof]);
const labels = new Map<number, string>([[eof, 'the end']]);
for (const type of Object.values(t)) labels.set(idOf(type), type.LABEL ?? type.name);

const recorder = EmbeddedActionsParser.prototype as unknown as {
  consumeInternalRecord(this: unknown, ...args: unknown[]): unknown;
};

/** What chevrotain keeps of the grammar in a parser; undocumented. */
interface Analysed {
  readonly lookaheadStrategy: OneTokenAhead;
  readonly fullRuleNameToShort: Readonly<Record<string, number>>;
  readonly lookAheadFuncsCache: readonly (readonly Decider[] | undefined)[];
  selfAnalysisDone: boolean;
  setLaFuncCache(rule: number, place: number, decide: Decider): void;
}

/** How tightly operators bind, loosest first. */
export const binds = { or: 1, and: 2, not: 3, comparison: 4, concat: 5, sum: 6, product: 7, unary: 8 } as const;

export class BaseParser extends EmbeddedActionsParser {
  protected reporter = new Reporter('');
  protected docs: ReadonlyMap<number, string> = new Map();
  /** Where the declaration starts: spans are relative to it. */
  protected base = 0;
  /** End of the last token consumed, relative. */
  protected depth = 0;
  /** How many brackets around queries are open. */
  protected around = 0;
  #tooDeepReported = false;

  readonly #lookahead: Lookahead;

  constructor(lookahead: Lookahead) {
    const skipValidations = lookahead !== 'validated';
    super(t, { recoveryEnabled: false, skipValidations, maxLookahead: 1, lookaheadStrategy: new OneTokenAhead() });
    this.#lookahead = lookahead;
  }

  /** Called when all rules are there. Chevrotain's own records the grammar first, which only its lookahead is made from here. */
  override performSelfAnalysis(): void {
    if (typeof this.#lookahead === 'string') return super.performSelfAnalysis();
    const hooks = this as unknown as Analysed;
    hooks.selfAnalysisDone = true;
    for (const [rule, places] of Object.entries(this.#lookahead))
      for (const [place, decision] of Object.entries(places))
        hooks.setLaFuncCache(hooks.fullRuleNameToShort[rule] ?? -1, Number(place), decider(decision));
  }

  /** What was found out of the grammar, for a bundle. */
  get decisions(): Decisions {
    const { lookaheadStrategy, fullRuleNameToShort, lookAheadFuncsCache } = this as unknown as Analysed;
    const decisionsOf = (rule: number): Record<string, Decision> =>
      Object.fromEntries(
        Object.entries(lookAheadFuncsCache[rule] ?? []).flatMap(([place, decide]) => {
          const decision = lookaheadStrategy.decisions.get(decide);
          return decision === undefined ? [] : [[place, decision]];
        }),
      );
    return Object.fromEntries(Object.entries(fullRuleNameToShort).map(([name, rule]) => [name, decisionsOf(rule)]));
  }

  /** Turns to another run of tokens. */
  protected begin(tokens: Token[], base: number, docs: ReadonlyMap<number, string>, reporter: Reporter): void {
    this.input = tokens as unknown as IToken[];
    this.base = base;
    this.docs = docs;
    this.reporter = reporter;
    this.depth = 0;
    this.around = 0;
    this.#tooDeepReported = false;
  }

  // ------------------------------------------------------------------------------------------ tokens

  protected peek(ahead = 1): Token {
    return this.LA(ahead) as unknown as Token;
  }

  /** Number of the next token's terminal. */
  protected get next(): number {
    return this.LA(1).tokenTypeIdx as number;
  }

  protected at(type: number): boolean {
    return this.LA(1).tokenTypeIdx === type;
  }

  /** The token consumed last; at the run's start, one of no width. */
  protected previous(): Token {
    const token = this.LA(0) as unknown as Token;
    return token.start >= 0 ? token : this.absent(this.base);
  }

  /** End of what was consumed last, relative to the declaration. */
  protected get end(): number {
    return this.previous().end - this.base;
  }

  /** Start of the next token, relative to the declaration. */
  protected get start(): number {
    return this.RECORDING_PHASE ? 0 : this.peek().start - this.base;
  }

  protected take(type: TokenType, index = 0): Token {
    return this.consume(index, type) as unknown as Token;
  }

  protected skip(): Token {
    return this.SKIP_TOKEN() as unknown as Token;
  }

  protected absent(at: number): Token {
    return { tokenTypeIdx: 0, start: at, end: at, image: '', word: '', first: false, columnOne: false };
  }

  // ------------------------------------------------------------------------------------------ the hooks

  /** Chevrotain's `CONSUME`: here it reports instead of throwing. */
  consumeInternal(type: TokenType, _index: number, options?: { ERR_MSG?: string }): IToken {
    const next = this.LA(1) as unknown as Token;
    const hooks = this as unknown as { consumeToken(): void };
    if (next.tokenTypeIdx === type.tokenTypeIdx) {
      hooks.consumeToken();
      return next as unknown as IToken;
    }
    const wantsName = type === t.Identifier;
    if (
      wantsName &&
      reservedIds.has(next.tokenTypeIdx) &&
      !next.first &&
      !(options?.ERR_MSG === 'a type' && headerIds.has(next.tokenTypeIdx))
    ) {
      this.reporter.report('reserved-word', { word: next.image }, next.start, next.end, {
        fixes: [
          this.reporter.fix('put it in back-ticks', this.reporter.edit(next.start, next.end, `\`${next.image}\``)),
        ],
      });
      hooks.consumeToken();
      return next as unknown as IToken;
    }
    this.expected(options?.ERR_MSG ?? labels.get(idOf(type)) ?? type.name);
    return this.absent(this.previous().end) as unknown as IToken;
  }

  /**
   * Chevrotain's `CONSUME` while it records the grammar, where its own gives a token without places. A tree node with `NaN` for
   * a place, once made, has V8 keep the places of all nodes as boxed numbers: a fifth of the tree's memory.
   */
  consumeInternalRecord(...args: unknown[]): IToken {
    recorder.consumeInternalRecord.apply(this, args);
    return this.absent(0) as unknown as IToken;
  }

  /** Chevrotain's `OR` when no alternative fits. */
  raiseNoAltException(_index: number, message: string | undefined): void {
    this.expected(message ?? 'something else');
  }

  // ------------------------------------------------------------------------------------------ reports

  /** Reports that something is missing where the next token stands, or after the last one when its line ends there. */
  protected expected(what: string): void {
    if (this.otherForm()) return;
    const next = this.peek();
    if (what === 'an expression' && parameterSigns.has(next.tokenTypeIdx) && !this.RECORDING_PHASE) {
      this.foreign(next.image, PARAMETERS, next.start, next.end);
      this.skip();
      this.skipBalanced();
      this.reporter.mute(next.start + 1, this.previous().end);
      return;
    }
    const previous = this.previous();
    const code =
      what === 'an expression'
        ? 'expected-expression'
        : /^a (name|column|dataset|type)/.test(what)
          ? 'expected-name'
          : 'expected-token';
    const after = previous.end > previous.start ? shown(previous) : null;
    const isGap =
      next.tokenTypeIdx === eof ||
      next.first ||
      closers.has(next.tokenTypeIdx) ||
      next.tokenTypeIdx === id.Pipe ||
      next.tokenTypeIdx === id.Comma;
    if (isGap) this.reporter.report(code, { expected: what, after, found: null }, previous.end, previous.end);
    else this.reporter.report(code, { expected: what, after: null, found: shown(next) }, next.start, next.end);
  }

  /** Whether a form of another SQL stands here: says what to write instead, and skips the rest of the item. */
  protected otherForm(): boolean {
    if (this.RECORDING_PHASE) return false;
    if (this.#lengthInWords()) return true;
    const other = otherForm((ahead) => this.peek(ahead));
    if (other === null) return false;
    this.foreign(other.form, other.use, this.peek().start, this.peek(other.words).end);
    const { start } = this.peek();
    for (let word = 0; word < other.words && !this.at(eof); word++) this.skip();
    this.skipBalanced();
    this.reporter.mute(start + 1, this.previous().end);
    return true;
  }

  /** Whether the word after a number is a unit: `2 days`. */
  #lengthInWords(): boolean {
    const [number, unit] = [this.previous(), this.peek()];
    const short = durationOf.get(intervalUnits.get(unit.image.toLowerCase()) ?? 'quarter');
    if (number.tokenTypeIdx !== id.Number || unit.first || short === undefined || !/^\d+$/.test(number.image))
      return false;
    const written = `${number.image}${short}`;
    const fix = this.reporter.edit(number.start, unit.end, written);
    this.foreign(`${number.image} ${unit.image}`, `write \`${written}\``, number.start, unit.end, [
      this.reporter.fix(`replace \`${number.image} ${unit.image}\` by \`${written}\``, fix),
    ]);
    this.skip();
    return true;
  }

  protected foreign(form: string, use: string, start: number, end: number, fixes: readonly Fix[] = []): void {
    this.reporter.report('form-elsewhere', { form, use }, start, end, { fixes });
  }

  protected unexpected(expected: string | null): void {
    if (this.otherForm()) return;
    const next = this.peek();
    this.reporter.report('unexpected-token', { found: shown(next), expected }, next.start, next.end);
  }

  /** Goes one level down; false, with one report, where the text nests too deep. Every call is paired with `leave`. */
  protected enter(isQuery = false): boolean {
    this.depth++;
    if (this.depth <= mostNested || this.RECORDING_PHASE) return true;
    if (!this.#tooDeepReported) {
      const next = this.peek();
      this.reporter.report('nesting-too-deep', { most: mostNested }, next.start, next.end);
      this.#tooDeepReported = true;
    }
    do this.skipBalanced();
    while (isQuery && (this.at(id.Pipe) || this.at(id.Comma)) && this.skip() !== undefined);
    return false;
  }

  protected leave(): void {
    this.depth--;
  }

  // ------------------------------------------------------------------------------------------ skipping

  /**
   * Skips to the next comma, closing bracket, stage or end at this level of brackets, or to `stop`.
   * A `|>` ends the skip also in brackets that were opened on the way and never closed.
   */
  protected skipBalanced(stop: (token: Token) => boolean = () => false): void {
    let open = 0;
    for (;;) {
      const token = this.peek();
      const type = token.tokenTypeIdx;
      if (type === eof) return;
      if (open === 0 && (closers.has(type) || type === id.Comma || type === id.Pipe || stop(token))) return;
      if (openers.has(type)) open++;
      else if (closers.has(type)) open--;
      this.skip();
    }
  }

  /** Skips what cannot stand here to the closing bracket of this level, and takes it; reports a bracket that never closes. */
  protected close(type: TokenType, opened: Token, index = 0): void {
    if (this.RECORDING_PHASE) {
      this.consume(index, type);
      return;
    }
    const wanted = idOf(type);
    if (!this.at(wanted) && !this.at(eof) && !this.at(id.Pipe) && !closers.has(this.next) && !this.leftOpen()) {
      this.expected(labels.get(wanted)!);
      do {
        this.skipBalanced();
        if (this.at(id.Comma)) this.skip();
        else break;
      } while (true);
    }
    if (this.at(wanted)) {
      this.skip();
      return;
    }
    if (opened.end === opened.start) return;
    this.reporter.report('unclosed-bracket', { bracket: opened.image }, this.previous().end, this.previous().end, {
      label: `\`${closing(opened.image)}\` is missing`,
      related: [{ place: this.reporter.place(opened.start, opened.end), message: 'opened here' }],
      fixes: [
        {
          title: `add \`${closing(opened.image)}\``,
          safe: false,
          edits: [this.reporter.edit(this.previous().end, this.previous().end, closing(opened.image))],
        },
      ],
    });
  }

  /**
   * Whether the next token tells that the bracket around it was left open: a name for what stands in it (`over (… as n`),
   * or the query after a named one (`with x as (…` and then `from x`), with no bracket to close it further on.
   */
  protected leftOpen(): boolean {
    if (this.RECORDING_PHASE) return false;
    const next = this.peek();
    if (next.tokenTypeIdx !== id.As && !(next.tokenTypeIdx === id.From && next.first)) return false;
    let open = 0;
    for (let ahead = 1; ; ahead++) {
      const type = this.peek(ahead).tokenTypeIdx;
      if (type === eof || (type === id.Pipe && open === 0 && next.tokenTypeIdx === id.As)) return true;
      if (openers.has(type)) open++;
      else if (closers.has(type) && open-- === 0) return false;
    }
  }

  // ------------------------------------------------------------------------------------------ lists

  /**
   * Items with commas between and allowed after them. `index` numbers chevrotain's constructs within the rule;
   * `opened` says that a bracket closes the list, so that odd tokens can be skipped up to the next comma.
   */
  protected list(index: number, item: () => void, opened: boolean): void {
    this.extraCommas();
    let isApart = true;
    this.many(index, () => {
      if (!isApart && !this.RECORDING_PHASE) this.missingComma();
      item();
      this.separate(index, opened);
      isApart = opened || this.at(id.Identifier) || this.previous().tokenTypeIdx === id.Comma;
    });
  }

  protected separate(index: number, opened: boolean): void {
    if (this.RECORDING_PHASE) {
      this.option(index + 150, () => this.consume(index + 100, t.Comma));
      return;
    }
    if (opened) {
      if (!listEnds.has(this.next) && !this.leftOpen()) this.missingComma();
    } else if (this.at(id.Identifier) && !this.misspeltBy()) {
      const next = this.peek();
      // Not a name any more, so that the list ends here and the query's rule sees the stage.
      if (this.startsStage(next)) next.tokenTypeIdx = stageTypes.has(next.word) ? idOf(stageTypes.get(next.word)!) : 0;
      else this.missingComma();
    }
    if (this.at(id.Comma)) {
      this.skip();
      this.extraCommas();
    }
  }

  /** Whether a word at the start of a line begins a stage whose `|>` was forgotten. */
  protected startsStage(_token: Token): boolean {
    return false;
  }

  /** Whether `group by` or `order by` with a misspelt first word stands here; says so, and has it read as meant. */
  protected misspeltBy(): boolean {
    return false;
  }

  /** Says that a comma is missing, and skips to the next item when what stands here cannot begin one. */
  protected missingComma(): void {
    if (this.otherForm()) return;
    const next = this.peek();
    if (next.tokenTypeIdx === id.As) {
      this.foreign('as', 'what a call takes has no names; for parts of a whole keep columns', next.start, next.end);
      return this.skipBalanced();
    }
    const previous = this.previous();
    if (
      next.tokenTypeIdx === id.Identifier ||
      next.tokenTypeIdx === id.Key ||
      next.tokenTypeIdx === id.Number ||
      next.tokenTypeIdx === id.String ||
      next.tokenTypeIdx === id.LBrace
    ) {
      this.reporter.report('missing-comma', {}, previous.end, previous.end, {
        fixes: [this.reporter.fix('add `,`', this.reporter.edit(previous.end, previous.end, ','))],
      });
      return;
    }
    this.unexpected(null);
    this.skipBalanced();
  }

  protected extraCommas(): void {
    if (this.RECORDING_PHASE) return;
    while (this.at(id.Comma)) {
      const comma = this.skipped();
      this.reporter.report('extra-comma', {}, comma.start, comma.end, {
        fixes: [this.reporter.fix('remove it', this.reporter.edit(comma.start, comma.end, ''))],
      });
    }
  }

  /** Consumes the next token whatever it is, and gives it. */
  protected skipped(): Token {
    const token = this.peek();
    this.skip();
    return token;
  }

  // ------------------------------------------------------------------------------------------ small nodes

  protected nameOf(token: Token): Name {
    return { start: token.start - this.base, end: token.end - this.base, text: token.image };
  }

  protected missing(): MissingExpr {
    const at = this.end;
    return { start: at, end: at, kind: 'missing' };
  }
}

/**
 * An array without the room to grow that pushing left in it (16 places, mostly for one or two items): a third of the
 * tree's memory. Empty ones are one and the same.
 */
export function exact<Item>(items: readonly Item[]): readonly Item[] {
  return items.length === 0 ? nothing : items.slice();
}
const nothing: readonly never[] = Object.freeze([]);

export function shown(token: Token): string {
  if (token.tokenTypeIdx === eof) return 'the end';
  return token.image.length > 30 ? `${token.image.slice(0, 29)}…` : token.image;
}

function closing(bracket: string): string {
  return bracket === '(' ? ')' : bracket === '[' ? ']' : '}';
}

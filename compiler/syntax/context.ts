/**
 * The one pass over the tokens that makes the grammar LL(1): it decides, from the tokens around a word, whether the word
 * is a keyword there or a name (`order` in `order by`, `rows` in a `checks` block, `date` before a string), and cuts the
 * tokens into declarations. The cut comes before parsing, so a half-typed query cannot swallow the next declaration.
 */
import { EOF } from 'chevrotain';
import { nearest } from './nearest.ts';
import type { Token } from './tokens.ts';
import { idOf, intervalUnits, kindWords, reservedTypes, stageTypes, t } from './tokens.ts';

const id = Object.fromEntries(Object.entries(t).map(([name, type]) => [name, idOf(type)])) as {
  readonly [name in keyof typeof t]: number;
};
const eof = idOf(EOF);

const kinds = new Set<string>(kindWords);
const reservedIds = new Set([...reservedTypes.values()].map(idOf));
/** What a query that begins with `select` may follow. */
const selectFollows = new Set([id.Equals, id.RParen]);
const stageIds = new Map([...stageTypes].map(([word, type]) => [word, idOf(type)]));
const headerIds = new Set([id.Of, id.For, id.On, id.From, id.In]);
/** What may stand after `kind name`. */
const afterName = new Set([id.Colon, id.Equals, id.LBrace, id.LParen, ...headerIds]);
/** Tokens after which an operand is complete, so that an operator or a word may follow. */
export const operandEndings: ReadonlySet<number> = new Set([
  id.Identifier,
  id.Number,
  id.String,
  id.Duration,
  id.SqlText,
  id.RParen,
  id.RBracket,
  id.RBrace,
  id.End,
  id.Null,
  id.True,
  id.False,
  id.Star,
  id.Asc,
  id.Desc,
  id.First,
  id.Last,
]);
/** Tokens after which an expression, a name or a clause is complete. */
const endings = new Set([...operandEndings, id.Severity]);
/** Words that begin a clause or a stage, and so never an unknown kind. */
const neverKind = new Set([
  'expect',
  'given',
  'rows',
  'fresh',
  'order',
  'group',
  'inner',
  'left',
  'right',
  'full',
  'cross',
  'semi',
  'anti',
  'asof',
  ...stageIds.keys(),
]);
/** After one of these a name is still to come, so that what follows is that name and no declaration. */
const awaitsName = new Set([id.From, id.Join, id.Dot, id.As, id.By, id.All]);

/** The kind that a word says, a misspelt one too: what stands in its braces is read as the kind's. */
function meantKind(word: string): string {
  return kinds.has(word) ? word : (nearest(word, kindWords) ?? word);
}

/** What a bracket holds, as far as words inside depend on it. */
type Inside = 'paren' | 'select' | 'over' | 'star' | 'bracket' | 'object' | 'type' | 'checks' | 'test';

/** Cuts tokens into one run a declaration, each closed by an EOF token; what stands before the first is a run of its own. */
export function declarationRuns(tokens: readonly Token[]): Token[][] {
  return new Context(tokens, true).run();
}

/** The same for a query that stands alone: one run. */
export function queryRun(tokens: readonly Token[]): Token[] {
  return new Context(tokens, false).run()[0] ?? [tokens.at(-1)!];
}

class Context {
  readonly #tokens: readonly Token[];
  readonly #cuts: boolean;
  #inside: Inside[] = [];
  /** What the next bracket will hold, where a word before it said so. */
  #opening: Inside | null = null;
  /** The kind of the declaration at hand, until its own braces open. */
  #kind = '';
  #starListClosed = false;
  /** How many brackets are open around `window w as (…), v as (…)`, until the stage ends. */
  #windowsAt: number | null = null;

  constructor(tokens: readonly Token[], cuts: boolean) {
    this.#tokens = tokens;
    this.#cuts = cuts;
  }

  run(): Token[][] {
    const tokens = this.#tokens;
    const runs: Token[][] = [];
    let run: Token[] = [];
    const close = () => {
      if (run.length === 0) return;
      const end = run.at(-1)!.end;
      run.push({ tokenTypeIdx: eof, start: end, end, image: '', word: '', first: true, columnOne: false });
      runs.push(run);
      run = [];
    };
    const last = tokens.length - 1;
    for (let at = 0; at < last; at++) {
      const token = tokens[at]!;
      if (
        this.#cuts &&
        token.tokenTypeIdx === id.Identifier &&
        (token.word !== '' || token.columnOne) &&
        this.#startsDeclaration(at, token)
      ) {
        close();
        token.tokenTypeIdx = id.Kind;
        this.#inside = [];
        this.#opening = null;
        this.#kind = meantKind(token.image);
      } else this.#classify(at, token);
      run.push(token);
    }
    close();
    return runs;
  }

  #startsDeclaration(at: number, token: Token): boolean {
    const known = kinds.has(token.image);
    if (!known && !token.columnOne) return false;
    if (!token.columnOne && this.#inside.length > 0) return false;
    const before = this.#tokens[at - 1]?.tokenTypeIdx ?? eof;
    const full = token.columnOne && known;
    if (!full && (awaitsName.has(before) || before === id.Pipe || (before === id.Comma && !token.columnOne)))
      return false;
    const name = this.#tokens[at + 1]!;
    const next = this.#tokens[at + 2];
    if (known && name.tokenTypeIdx === id.Of) return true;
    if (name.tokenTypeIdx === id.Identifier && next !== undefined && !name.columnOne) {
      if (afterName.has(next.tokenTypeIdx)) return known || !neverKind.has(token.word);
      // Half typed: `table x` with nothing after it on its line.
      return (
        full &&
        before !== id.Comma &&
        (next.first || next.tokenTypeIdx === eof) &&
        next.word !== 'by' &&
        next.tokenTypeIdx !== id.Comma
      );
    }
    // A reserved word as the name: the parser says that it needs back-ticks.
    if (
      full &&
      reservedIds.has(name.tokenTypeIdx) &&
      !name.first &&
      !headerIds.has(name.tokenTypeIdx) &&
      next !== undefined &&
      afterName.has(next.tokenTypeIdx)
    )
      return true;
    // Half typed: the kind's word alone, or with its name missing.
    if (!full || before === id.Comma) return false;
    if (name.tokenTypeIdx === eof) return this.#inside.length === 0;
    if (name.first) return name.columnOne && name.tokenTypeIdx === id.Identifier;
    return name.tokenTypeIdx === id.LBrace || (headerIds.has(name.tokenTypeIdx) && this.#inside.length === 0);
  }

  #classify(at: number, token: Token): void {
    const type = token.tokenTypeIdx;
    switch (type) {
      case id.LParen:
        return this.#openParen(at, token);
      case id.LBracket:
        return this.#open('bracket');
      case id.LBrace:
        return this.#openBrace(at, token);
      case id.RParen:
      case id.RBracket:
      case id.RBrace:
        return this.#close(type);
      case id.Multiply: {
        if (token.image !== '*') return;
        const before = this.#tokens[at - 1]?.tokenTypeIdx;
        if (
          before === id.Select ||
          before === id.Comma ||
          before === id.Dot ||
          before === id.LParen ||
          before === id.Distinct
        )
          token.tokenTypeIdx = id.Star;
        return;
      }
      case id.Compare: {
        // `list<` of a type: the word before is `list`, and the matching `>` follows a type's name.
        if (token.image === '<' && this.#isListOpen(at)) token.tokenTypeIdx = id.TypeOpen;
        else if (token.image === '>' && this.#isListClose(at)) token.tokenTypeIdx = id.TypeClose;
        return;
      }
      case id.Select:
        // A query that begins with `select`, or with `with … as (…)` and `select`, has SQL's clauses.
        if (this.#inside.length === 0 && (at === 0 || selectFollows.has(this.#tokens[at - 1]!.tokenTypeIdx)))
          this.#open('select');
        return;
      case id.Pipe:
        this.#starListClosed = false;
        this.#windowsAt = null;
        return;
    }
    if (type !== id.Identifier && !reservedIds.has(type)) return;
    const next = this.#tokens[at + 1]!;
    const before = this.#tokens[at - 1]?.tokenTypeIdx;
    // After a dot or `@` any word is a name; a dot at the line's end is half typed.
    if ((before === id.Dot || before === id.At) && !token.first) token.tokenTypeIdx = id.Identifier;
    else if (
      next.tokenTypeIdx === id.Colon &&
      this.#inside.length > 0 &&
      this.#tokens[at + 2]?.tokenTypeIdx !== id.Colon
    )
      token.tokenTypeIdx = id.Key;
    else if (token.word !== '' && type === id.Identifier) {
      const keyword = this.#keyword(at, token, next);
      if (keyword !== 0) token.tokenTypeIdx = keyword;
    }
  }

  // ------------------------------------------------------------------------------------------ brackets

  #open(inside: Inside): void {
    this.#inside.push(inside);
  }

  #openParen(at: number, token: Token): void {
    const next = this.#tokens[at + 1]!.tokenTypeIdx;
    if (this.#opening !== null) {
      this.#open(this.#opening);
      this.#opening = null;
    } else if (next === id.Select || next === id.With) this.#open('select');
    else if (this.#inside.length === this.#windowsAt && this.#tokens[at - 1]?.tokenTypeIdx === id.As)
      this.#open('over');
    else this.#open('paren');
    // A column of `with` or `from` cannot be meant: both are reserved.
    if ((next === id.Select || next === id.With || next === id.From) && this.#tokens[at + 2]?.tokenTypeIdx !== id.Colon)
      token.tokenTypeIdx = id.QueryParen;
  }

  #openBrace(at: number, token: Token): void {
    if (this.#opening !== null) {
      this.#open(this.#opening);
      this.#opening = null;
      token.tokenTypeIdx = id.ChecksBrace;
      return;
    }
    const isBody = this.#inside.length === 0 && this.#tokens[at - 1]?.tokenTypeIdx !== id.Equals;
    const kind = isBody ? this.#kind : '';
    if (isBody) this.#kind = '';
    switch (kind) {
      case 'type':
        token.tokenTypeIdx = id.TypeBrace;
        return this.#open('type');
      case 'enum':
        token.tokenTypeIdx = id.EnumBrace;
        return this.#open('paren');
      case 'check':
        token.tokenTypeIdx = id.ChecksBrace;
        return this.#open('checks');
      case 'test':
        token.tokenTypeIdx = id.TestBrace;
        return this.#open('test');
      default:
        return this.#open('object');
    }
  }

  #close(type: number): void {
    const fits = (inside: Inside): boolean => {
      switch (inside) {
        case 'paren':
          return type === id.RParen || type === id.RBrace;
        case 'select':
        case 'over':
        case 'star':
          return type === id.RParen;
        case 'bracket':
          return type === id.RBracket;
        default:
          return type === id.RBrace;
      }
    };
    // A closing bracket closes what was forgotten inside it; one that nothing opened is left to the parser.
    let depth = this.#inside.length - 1;
    while (depth >= 0 && !fits(this.#inside[depth]!)) depth--;
    if (depth < 0) return;
    this.#starListClosed = this.#inside[depth] === 'star';
    this.#inside.length = depth;
  }

  #isListOpen(at: number): boolean {
    const word = this.#tokens[at - 1];
    if (word === undefined || (word.word !== 'list' && word.image.toLowerCase() !== 'array')) return false;
    const before = this.#tokens[at - 2]?.tokenTypeIdx;
    if (before === id.TypeOpen) return true;
    const after = this.#tokens[at + 2];
    // GoogleSQL's `array<int64>[1, 2]` stands where an expression does; `decimal(10, 2)` is the longest of such types.
    for (let ahead = at + 2; ahead < at + 9; ahead++)
      if (this.#tokens[ahead]?.image === '>') {
        if (this.#tokens[ahead + 1]?.tokenTypeIdx === id.LBracket) return true;
        break;
      }
    if (before !== id.Colon && before !== id.As) return false;
    return (
      after !== undefined &&
      (after.image === '>' || after.image === '>=' || after.image === '<' || after.image === '(' || after.image === '?')
    );
  }

  /** Counts opened lists back to the colon or `as` before the type. */
  #isListClose(at: number): boolean {
    let open = 0;
    for (let back = at - 1; back >= 0 && back > at - 250; back--) {
      const type = this.#tokens[back]!.tokenTypeIdx;
      if (type === id.TypeOpen) open++;
      else if (type === id.TypeClose) open--;
      else if (type === id.Colon || type === id.As || type === id.Compare || type === id.Pipe) break;
    }
    return open > 0;
  }

  // ------------------------------------------------------------------------------------------ words

  /** The keyword a contextual word is here, or 0 where it is a name. */
  #keyword(at: number, token: Token, next: Token): number {
    const before = this.#tokens[at - 1];
    const beforeId = before === undefined ? 0 : before.tokenTypeIdx;
    if (beforeId === id.Dot || beforeId === id.As || beforeId === id.Kind) return 0;
    if (beforeId === id.Pipe)
      return token.word === 'unnest' && next.tokenTypeIdx === id.LParen ? id.Unnest : (stageIds.get(token.word) ?? 0);
    const nextId = next.tokenTypeIdx;
    if (nextId === id.Dot) return 0;
    const inside = this.#inside.at(-1);
    const ended = endings.has(beforeId);
    switch (token.word) {
      case 'order':
        return next.word === 'by' && nextId === id.Identifier && this.#tokens[at + 2]?.tokenTypeIdx !== id.Colon
          ? id.Order
          : 0;
      case 'group':
        if (next.word === 'by') return id.Group;
        return nextId === id.And && this.#tokens[at + 2]?.word === 'order' && this.#tokens[at + 3]?.word === 'by'
          ? id.Group
          : 0;
      case 'partition':
        return next.word === 'by' ? id.Partition : 0;
      case 'by':
        return beforeId === id.Order ||
          beforeId === id.Group ||
          beforeId === id.Partition ||
          ((beforeId === id.All || beforeId === id.Distinct) && next.word === 'name')
          ? id.By
          : 0;
      case 'asc':
        return ended ? id.Asc : 0;
      case 'desc':
        return ended ? id.Desc : 0;
      case 'nulls':
        return (ended && (next.word === 'first' || next.word === 'last')) || beforeId === id.NullTreatment
          ? id.Nulls
          : 0;
      case 'first':
        return beforeId === id.Nulls ? id.First : 0;
      case 'last':
        return beforeId === id.Nulls ? id.Last : 0;
      case 'respect':
      case 'ignore':
        return ended && next.word === 'nulls' ? id.NullTreatment : 0;
      case 'over':
        if (beforeId !== id.RParen && beforeId !== id.Nulls) return 0;
        if (nextId === id.Identifier && !next.first) return id.Over;
        if (nextId !== id.LParen) return 0;
        this.#opening = 'over';
        return id.Over;
      case 'window':
        if (!ended || nextId !== id.Identifier || this.#tokens[at + 2]?.tokenTypeIdx !== id.As) return 0;
        this.#windowsAt = this.#inside.length;
        return id.Window;
      case 'filter':
        return nextId === id.LParen && beforeId === id.RParen && this.#tokens[at + 2]?.tokenTypeIdx === id.Where
          ? id.Filter
          : 0;
      case 'rows':
        if (inside === 'checks' && (ended || this.#isClauseStart(token, before))) return id.RowsCheck;
        return this.#isFrame(inside, beforeId, ended, next) ? id.FrameUnit : 0;
      case 'range':
      case 'groups':
        return this.#isFrame(inside, beforeId, ended, next) ? id.FrameUnit : 0;
      case 'unbounded':
        return inside === 'over' && (next.word === 'preceding' || next.word === 'following') ? id.Unbounded : 0;
      case 'preceding':
        return inside === 'over' && (ended || beforeId === id.Unbounded) ? id.Preceding : 0;
      case 'following':
        return inside === 'over' && (ended || beforeId === id.Unbounded) ? id.Following : 0;
      case 'current':
        return next.word === 'row' && inside === 'over' ? id.Current : 0;
      case 'row':
        return beforeId === id.Current ? id.Row : 0;
      case 'inner':
      case 'left':
      case 'right':
      case 'full':
      case 'cross':
      case 'semi':
      case 'anti':
        return nextId === id.Join ||
          next.word === 'outer' ||
          next.word === 'asof' ||
          next.word === 'semi' ||
          next.word === 'anti'
          ? id.JoinKind
          : 0;
      case 'asof':
        return nextId === id.Join ? id.Asof : 0;
      case 'outer':
        return beforeId === id.JoinKind ? id.Outer : 0;
      case 'except':
        if ((beforeId === id.Star || (this.#starListClosed && beforeId === id.RParen)) && nextId === id.LParen)
          return this.#starList(id.StarExcept);
        return this.#isSetOperation(inside, ended, next) ? id.Except : 0;
      case 'replace':
        return (beforeId === id.Star || (this.#starListClosed && beforeId === id.RParen)) && nextId === id.LParen
          ? this.#starList(id.StarReplace)
          : 0;
      case 'union':
        return this.#isSetOperation(inside, ended, next) ? id.Union : 0;
      case 'intersect':
        return this.#isSetOperation(inside, ended, next) ? id.Intersect : 0;
      case 'all':
        return beforeId === id.Union || beforeId === id.Intersect || beforeId === id.Except ? id.All : 0;
      case 'name':
        // Only after `union all` and its like: in `group by name` it is a column.
        return beforeId === id.By && ['all', 'distinct'].includes(this.#tokens[at - 2]?.word ?? '') ? id.ByName : 0;
      case 'limit':
        return inside === 'select' && ended ? id.Limit : 0;
      case 'offset':
        return ended && this.#tokens.slice(Math.max(0, at - 12), at).some((token) => token.tokenTypeIdx === id.Limit)
          ? id.Offset
          : 0;
      case 'having':
        return inside === 'select' && ended ? id.Having : 0;
      case 'values':
        return (nextId === id.LBracket || nextId === id.LParen) && !ended ? id.Values : 0;
      case 'date':
      case 'timestamp':
        return nextId === id.String && !next.first ? id.DateWord : 0;
      case 'interval':
        return !next.first && this.#isInterval(at) ? id.Interval : 0;
      case 'cast':
      case 'try_cast':
      case 'safe_cast':
        return nextId === id.LParen ? id.Cast : 0;
      case 'extract':
        return nextId === id.LParen && this.#tokens[at + 3]?.tokenTypeIdx === id.From ? id.Extract : 0;
      case 'at':
        return ended && next.word === 'time' && this.#tokens[at + 2]?.word === 'zone' ? id.AtTime : 0;
      case 'time':
        return beforeId === id.AtTime ? id.Time : 0;
      case 'zone':
        return beforeId === id.Time ? id.Zone : 0;
      case 'grouping':
        return next.word === 'sets' ? id.Grouping : 0;
      case 'sets':
        return beforeId === id.Grouping ? id.Sets : 0;
      case 'rollup':
      case 'cube':
        return nextId === id.LParen && (beforeId === id.By || beforeId === id.Comma) ? id.Rollup : 0;
      case 'checks':
        if (nextId !== id.LBrace || inside !== 'object') return 0;
        this.#opening = 'checks';
        return id.Checks;
      case 'expect':
        if (inside === 'test' && ended && nextId === id.Equals) return id.Expect;
        if ((inside === 'checks' || inside === 'type') && (ended || beforeId === id.Question))
          return nextId === id.Colon || nextId === id.RBrace ? 0 : id.Expect;
        return (inside === 'checks' || inside === 'type' || inside === 'test') && this.#isClauseStart(token, before)
          ? id.Expect
          : 0;
      case 'given':
        return inside === 'test' && (this.#isClauseStart(token, before) || (ended && nextId === id.Identifier))
          ? id.Given
          : 0;
      case 'fresh':
        return inside === 'checks' && next.word === 'within' ? id.Fresh : 0;
      case 'within':
        return beforeId === id.Fresh ? id.Within : 0;
      case 'mostly':
        return ended && nextId === id.Number && (inside === 'checks' || inside === 'type') ? id.Mostly : 0;
      case 'warn':
      case 'error':
        return ended &&
          !token.first &&
          (inside === 'checks' || inside === 'type') &&
          (next.first || nextId === id.RBrace || nextId === id.Comma || nextId === eof || next.word === 'mostly')
          ? id.Severity
          : 0;
      default:
        return 0;
    }
  }

  /** A number or a text, and where a unit follows also a column, what stands in parentheses, or a negative number. */
  #isInterval(at: number): boolean {
    const isUnit = (ahead: number): boolean => intervalUnits.has(this.#tokens[at + ahead]?.image.toLowerCase() ?? '');
    switch (this.#tokens[at + 1]?.tokenTypeIdx) {
      case id.Number:
      case id.String:
      case id.LParen:
        return true;
      case id.Sign:
        return this.#tokens[at + 2]?.tokenTypeIdx === id.Number && isUnit(3);
      case id.Identifier:
        return isUnit(2) || (this.#tokens[at + 2]?.tokenTypeIdx === id.Dot && isUnit(4));
      default:
        return false;
    }
  }

  #starList(keyword: number): number {
    this.#opening = 'star';
    return keyword;
  }

  /** Clauses of a body stand one a line, or after a comma. */
  #isClauseStart(token: Token, before: Token | undefined): boolean {
    if (before === undefined) return false;
    const type = before.tokenTypeIdx;
    return (
      type === id.ChecksBrace ||
      type === id.TypeBrace ||
      type === id.TestBrace ||
      type === id.Comma ||
      type === id.Semicolon ||
      (token.first && (endings.has(type) || type === id.Question || type === id.TypeClose))
    );
  }

  #isFrame(inside: Inside | undefined, beforeId: number, ended: boolean, next: Token): boolean {
    return (
      inside === 'over' &&
      (ended || beforeId === id.LParen) &&
      (next.tokenTypeIdx === id.Between ||
        next.tokenTypeIdx === id.Number ||
        next.tokenTypeIdx === id.Duration ||
        next.word === 'unbounded' ||
        next.word === 'current')
    );
  }

  #isSetOperation(inside: Inside | undefined, ended: boolean, next: Token): boolean {
    return (
      inside === 'select' &&
      ended &&
      (next.word === 'all' || next.word === 'distinct' || next.word === 'select' || next.tokenTypeIdx === id.LParen)
    );
  }
}

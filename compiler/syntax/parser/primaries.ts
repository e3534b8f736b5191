/** Types, and what operators stand between: literals, names, brackets, queries in parentheses, objects. */
import type { IOrAlt, OrMethodOpts } from 'chevrotain';
import type { ChecksBody, DurationUnit, Expr, IntervalUnit, Property, Query, SqlSelect, TypeExpr } from '../ast.ts';
import { stringValue } from '../characters.ts';
import type { Token } from '../tokens.ts';
import { intervalUnits, t } from '../tokens.ts';
import type { Rule } from './base.ts';
import { binds, eof, exact, id, mostChained } from './base.ts';
import { CallParser } from './calls.ts';

const ROWS = 'a value is one thing: write `a = 1 and b = 2`, or a `semi join` with the rows';

const durationUnits: Readonly<Record<IntervalUnit, readonly [number, DurationUnit]>> = {
  millisecond: [1, 'ms'],
  second: [1, 's'],
  minute: [1, 'm'],
  hour: [1, 'h'],
  day: [1, 'd'],
  week: [1, 'w'],
  month: [1, 'mo'],
  quarter: [3, 'mo'],
  year: [1, 'y'],
};

export abstract class PrimaryParser extends CallParser {
  protected abstract readonly query: Rule<Query>;
  protected abstract readonly sqlSelect: Rule<SqlSelect>;
  protected abstract afterSelect(select: SqlSelect): Query | SqlSelect;
  protected abstract readonly checks: Rule<ChecksBody>;

  protected readonly type: Rule<TypeExpr> = this.RULE('type', (): TypeExpr => {
    const start = this.start;
    const isShallow = this.enter();
    const name = isShallow
      ? this.nameOf(this.CONSUME(t.Identifier, { ERR_MSG: 'a type' }) as unknown as Token)
      : { start, end: start, text: '' };
    let element: TypeExpr | null = null;
    const args: Expr[] = [];
    this.OPTION1(() => {
      this.CONSUME(t.TypeOpen);
      element = this.SUBRULE(this.type);
      this.CONSUME(t.TypeClose);
    });
    this.OPTION2(() => {
      const open = this.take(t.LParen, 2);
      this.list(3, () => args.push(this.SUBRULE(this.expression)), true);
      this.close(t.RParen, open, 2);
    });
    const nullable = this.OPTION3(() => this.CONSUME(t.Question)) !== undefined;
    this.leave();
    return { start: name.text === '' ? this.end : start, end: this.end, name, args: exact(args), element, nullable };
  });

  #primaries: OrMethodOpts<Expr> | undefined;

  readonly primary: Rule<Expr> = this.RULE('primary', (): Expr => {
    const start = this.start;
    let value =
      this.OR((this.#primaries ??= { DEF: this.#primaryAlternatives(), ERR_MSG: 'an expression' })) ?? this.missing();
    if (this.RECORDING_PHASE) {
      this.MANY(() => (value = this.#index(value, start)));
    } else {
      value = this.#otherCasts(value, start);
      for (let length = 0; this.at(id.LBracket) && !this.peek().first; length++) {
        if (length === mostChained) {
          const next = this.peek();
          this.reporter.report('expression-too-long', { most: mostChained }, next.start, next.end);
          this.skipBalanced();
          break;
        }
        value = this.#index(value, start);
      }
    }
    return value;
  });

  /** `x::type` of other SQLs, read as the `cast` it is. */
  #otherCasts(inner: Expr, start: number): Expr {
    let value = inner;
    while (this.at(id.Colon) && this.peek(2).tokenTypeIdx === id.Colon && this.peek(2).start === this.peek().end) {
      const sign = this.skipped();
      this.skip();
      const type = this.SUBRULE3(this.type);
      this.foreign('::', 'write `cast(x as type)`, or `try_cast` for null where it fails', sign.start, sign.end + 1, [
        this.reporter.fix(
          'write a `cast`',
          this.reporter.edit(start + this.base, start + this.base, 'cast('),
          this.reporter.edit(sign.start, sign.end + 1, ' as '),
          this.reporter.edit(this.end + this.base, this.end + this.base, ')'),
        ),
      ]);
      value = { start, end: this.end, kind: 'cast', safe: false, value, type };
    }
    return value;
  }

  #index(value: Expr, start: number): Expr {
    const open = this.take(t.LBracket, 9);
    const index = this.subrule(29, this.expression);
    this.close(t.RBracket, open, 9);
    return { start, end: this.end, kind: 'index', value, index };
  }

  #primaryAlternatives(): IOrAlt<Expr>[] {
    const leaf = (type: (typeof t)[keyof typeof t], make: (token: Token, start: number, end: number) => Expr) => ({
      ALT: () => {
        const token = this.consume(0, type) as unknown as Token;
        return make(token, token.start - this.base, token.end - this.base);
      },
    });
    return [
      { ALT: () => this.nameOrCall() },
      leaf(t.Number, (token, start, end) => ({
        start,
        end,
        kind: 'number',
        form: numberForm(token.image),
        text: numberText(token.image),
      })),
      leaf(t.String, (token, start, end) => ({ start, end, kind: 'string', value: stringValue(token.image) })),
      leaf(t.Null, (_, start, end) => ({ start, end, kind: 'null' })),
      leaf(t.True, (_, start, end) => ({ start, end, kind: 'bool', value: true })),
      leaf(t.False, (_, start, end) => ({ start, end, kind: 'bool', value: false })),
      leaf(t.Duration, (token, start, end) => ({
        start,
        end,
        kind: 'duration',
        ...durationOf(token.image),
        sqlInterval: false,
      })),
      leaf(t.SqlText, (token, start, end) => ({ start, end, kind: 'sql', text: stringValue(token.image.slice(3)) })),
      {
        ALT: () => {
          const open = this.consume(1, t.LParen) as unknown as Token;
          const inner = this.subrule(1, this.expression);
          if (!this.RECORDING_PHASE && this.at(id.Comma)) return this.#tuple(open);
          this.close(t.RParen, open, 1);
          return { start: open.start - this.base, end: this.end, kind: 'paren', inner };
        },
      },
      {
        ALT: () => {
          const start = this.start;
          const query = this.subrule(1, this.parenthesised);
          return { start, end: this.end, kind: 'query-expr', exists: false, query };
        },
      },
      {
        ALT: () => {
          const start = this.start;
          this.consume(1, t.Exists);
          const query = this.subrule(2, this.parenthesised);
          return { start, end: this.end, kind: 'query-expr', exists: true, query };
        },
      },
      {
        ALT: () => {
          const open = this.consume(1, t.LBracket) as unknown as Token;
          const items: Expr[] = [];
          this.list(2, () => items.push(this.subrule(2, this.expression)), true);
          this.close(t.RBracket, open, 1);
          return { start: open.start - this.base, end: this.end, kind: 'list', items: exact(items) };
        },
      },
      { ALT: () => this.#object() },
      { ALT: () => this.subrule(1, this.caseExpression) },
      { ALT: () => this.#cast() },
      { ALT: () => this.#extract() },
      {
        ALT: () => {
          const word = this.consume(1, t.DateWord) as unknown as Token;
          const text = this.consume(1, t.String) as unknown as Token;
          return {
            start: word.start - this.base,
            end: this.end,
            kind: 'date-literal',
            type: word.word as 'date' | 'timestamp',
            value: stringValue(text.image),
          };
        },
      },
      { ALT: () => this.#interval() },
    ];
  }

  /** `(a, b)` as a value, which is read over. */
  #tuple(open: Token): Expr {
    let depth = 1;
    while (depth > 0 && !this.at(eof) && !this.at(id.Pipe)) {
      if (this.at(id.LParen) || this.at(id.QueryParen)) depth++;
      else if (this.at(id.RParen)) depth--;
      this.skip();
    }
    this.foreign('(a, b)', ROWS, open.start, this.previous().end);
    return { start: open.start - this.base, end: this.end, kind: 'missing' };
  }

  protected nameOrCall(): Expr {
    const start = this.start;
    const name = this.qualifiedName(50);
    if (!this.RECORDING_PHASE && this.at(id.String) && this.peek().start === this.previous().end)
      return this.#prefixed(start);
    if (this.RECORDING_PHASE) this.option(3, () => this.subrule(1, this.call, { ARGS: [name, start] }));
    else if (!name.wildcard && (this.at(id.LParen) || this.at(id.QueryParen)))
      return this.subrule(1, this.call, { ARGS: [name, start] });
    else if (this.at(id.TypeOpen)) return this.#typedList(start);
    return { start, end: name.end, kind: 'name', name };
  }

  /** `e'…'`, `b'…'`, `x'…'` and `n'…'` of other SQLs, read as the text. */
  #prefixed(start: number): Expr {
    const prefix = this.previous();
    const text = this.skipped();
    const use =
      prefix.image.toLowerCase() === 'e'
        ? "strings have `\\n` and its like as they are: `'…'`"
        : "a text is `'…'`; bytes cannot be written out";
    this.foreign(`${prefix.image}'…'`, use, prefix.start, text.end);
    return { start, end: this.end, kind: 'missing' };
  }

  /** GoogleSQL's `array<int64>[1, 2]`: a list whose items are of that type. */
  #typedList(start: number): Expr {
    this.skip();
    const type = this.subrule(2, this.type);
    if (this.at(id.TypeClose)) this.skip();
    const open = this.take(t.LBracket, 9);
    const items: Expr[] = [];
    const word = type.name.text.toLowerCase();
    this.list(
      2,
      () => {
        const value = this.subrule(2, this.expression);
        const is =
          (value.kind === 'number' && value.form === 'integer' && word === 'int64') ||
          (value.kind === 'string' && word === 'string');
        const { start, end } = value;
        items.push(is ? value : { start, end, kind: 'cast', safe: false, value, type });
      },
      true,
    );
    this.close(t.RBracket, open, 9);
    return { start, end: this.end, kind: 'list', items: exact(items) };
  }

  #object(): Expr {
    const open = this.consume(1, t.LBrace) as unknown as Token;
    const properties: Property[] = [];
    this.properties(4, properties);
    this.close(t.RBrace, open, 1);
    return { start: open.start - this.base, end: this.end, kind: 'object', properties: exact(properties) };
  }

  #cast(): Expr {
    const word = this.consume(1, t.Cast) as unknown as Token;
    const open = this.consume(2, t.LParen) as unknown as Token;
    const value = this.subrule(3, this.expression);
    this.consume(2, t.As);
    const type = this.subrule(1, this.type);
    this.close(t.RParen, open, 2);
    return { start: word.start - this.base, end: this.end, kind: 'cast', safe: word.word !== 'cast', value, type };
  }

  /** Whether what `extract(part from …)` takes is being read, after which `at time zone` is its own. */
  protected extracting = false;

  #extract(): Expr {
    const word = this.consume(1, t.Extract) as unknown as Token;
    const open = this.consume(3, t.LParen) as unknown as Token;
    const field = this.nameOf(this.consume(51, t.Identifier) as unknown as Token);
    this.consume(1, t.From);
    this.extracting = true;
    const value = this.subrule(4, this.expression);
    this.extracting = false;
    const zone = this.option(5, () => {
      this.consume(1, t.AtTime);
      this.consume(1, t.Time);
      this.consume(1, t.Zone);
      return this.subrule(5, this.expression);
    });
    this.close(t.RParen, open, 3);
    return { start: word.start - this.base, end: this.end, kind: 'extract', field, value, zone: zone ?? null };
  }

  /** `interval 3 month`, `interval '3' month`, PostgreSQL's `interval '3 months'`, and `interval n day` of a column. */
  #interval(): Expr {
    const word = this.consume(1, t.Interval) as unknown as Token;
    const amount = this.subrule(30, this.expression, { ARGS: [binds.unary] });
    const written = writtenCount(amount);
    const ownUnit = written === null ? '' : written.unit;
    const token = ownUnit === '' ? this.consume(52, t.Identifier, { ERR_MSG: 'a unit, such as `day`' }) : null;
    const start = word.start - this.base;
    const end = this.end;
    if (this.RECORDING_PHASE) return this.missing();
    const image = token?.image ?? ownUnit;
    const unit = intervalUnits.get(image.toLowerCase());
    if ((unit === undefined && image !== '') || (written !== null && !/^\d+$/.test(written.count)))
      this.reporter.report(
        'invalid-interval',
        { text: `${written?.count ?? '…'}${image === '' ? '' : ` ${image}`}` },
        amount.start + this.base,
        end + this.base,
      );
    if (written === null) return { start, end, kind: 'interval', count: amount, unit: unit ?? 'day' };
    const [factor, name] = durationUnits[unit ?? 'day'];
    const count = factor * (Number.parseInt(written.count, 10) || 0);
    return { start, end, kind: 'duration', count, unit: name, sqlInterval: true };
  }

  protected readonly caseExpression: Rule<Expr> = this.RULE('caseExpression', (): Expr => {
    const word = this.take(t.Case);
    const subject = this.OPTION1(() => this.SUBRULE1(this.expression)) ?? null;
    const branches: { when: Expr; then: Expr }[] = [];
    this.MANY(() => {
      this.CONSUME(t.When);
      const when = this.SUBRULE2(this.expression);
      this.CONSUME(t.Then);
      const then = this.SUBRULE3(this.expression);
      branches.push({ when, then });
    });
    if (branches.length === 0 && !this.RECORDING_PHASE) this.expected('`when`');
    const otherwise = this.OPTION2(() => {
      this.CONSUME(t.Else);
      return this.SUBRULE4(this.expression);
    });
    this.CONSUME(t.End);
    return {
      start: word.start - this.base,
      end: this.end,
      kind: 'case',
      subject,
      branches: exact(branches),
      otherwise: otherwise ?? null,
    };
  });

  /** A query in parentheses. */
  protected readonly parenthesised: Rule<Query | SqlSelect> = this.RULE('parenthesised', (): Query | SqlSelect => {
    const open = this.take(t.QueryParen);
    this.around++;
    const query = this.subquery(0);
    this.around--;
    this.close(t.RParen, open);
    return query;
  });

  /** `from …` and `with … from …` are queries, `select …` and `with … select …` are SQL's own order. */
  protected subquery(index: number): Query | SqlSelect {
    if (this.RECORDING_PHASE) {
      const IGNORE_AMBIGUITIES = true;
      return this.or(index, {
        IGNORE_AMBIGUITIES,
        DEF: [{ ALT: () => this.subrule(index, this.query) }, { ALT: () => this.subrule(index, this.sqlSelect) }],
      }) as Query;
    }
    if (!this.#isSqlSelect()) return this.subrule(index, this.query);
    const select = this.subrule(index, this.sqlSelect);
    return this.afterSelect(select);
  }

  /** Whether a `select` follows, past the queries of a `with`. */
  #isSqlSelect(): boolean {
    if (!this.at(id.With)) return this.at(id.Select);
    let open = 0;
    for (let ahead = 2; ; ahead++) {
      const type = this.peek(ahead).tokenTypeIdx;
      if (type === id.LParen || type === id.QueryParen) open++;
      else if (type === id.RParen) open--;
      else if (open === 0 && (type === id.Select || type === id.From || type === id.Pipe)) return type === id.Select;
      if (open < 0 || type === eof) return false;
    }
  }

  /** What stands between the braces of an object or a declaration; commas are optional. */
  protected properties(index: number, into: Property[]): void {
    this.extraCommas();
    this.many(index, () => {
      into.push(this.subrule(index, this.property));
      if (this.RECORDING_PHASE) this.option(index, () => this.consume(index, t.Comma));
      else this.#betweenProperties();
    });
  }

  #betweenProperties(): void {
    const next = this.peek();
    const type = next.tokenTypeIdx;
    if (type === id.Comma) {
      this.skip();
      this.extraCommas();
    } else if (type === id.Key || type === id.Checks || (type === id.Identifier && next.first)) {
      if (!next.first && type === id.Key) this.missingComma();
    } else if (type !== id.RBrace && type !== eof) {
      this.unexpected(null);
      this.skipBalanced((token) => token.tokenTypeIdx === id.Key && token.first);
      if (this.at(id.Comma)) this.skip();
    }
  }

  protected readonly property: Rule<Property> = this.RULE('property', (): Property => {
    const start = this.start;
    const property = this.OR([
      {
        ALT: (): Property => {
          const name = this.nameOf(this.take(t.Key));
          this.CONSUME(t.Colon);
          const value = this.SUBRULE(this.expression);
          return { start, end: this.end, name, value };
        },
      },
      {
        ALT: (): Property => {
          const name = this.nameOf(this.take(t.Checks));
          const value = this.SUBRULE(this.checks);
          return { start, end: this.end, name, value };
        },
      },
      {
        // Half typed: a name without its colon.
        ALT: (): Property => {
          const name = this.nameOf(this.take(t.Identifier));
          if (!this.RECORDING_PHASE) this.expected('`:`');
          const at = this.end;
          if (!this.RECORDING_PHASE && !this.peek().first) this.skipBalanced((token) => token.first);
          return { start, end: this.end, name, value: { start: at, end: at, kind: 'missing' } };
        },
      },
    ]);
    return property ?? { start, end: start, name: { start, end: start, text: '' }, value: this.missing() };
  });
}

/** What an interval counts where that is written out, with the unit where the text has it too; null where it is worked out. */
function writtenCount(amount: Expr): { readonly count: string; readonly unit: string } | null {
  if (amount.kind === 'number') return { count: amount.text, unit: '' };
  if (amount.kind !== 'string') return null;
  const [count = '', unit = ''] = amount.value.trim().split(/ +/, 2);
  return { count, unit };
}

function numberForm(text: string): 'integer' | 'decimal' | 'float' {
  if (/[eE]/.test(text)) return 'float';
  return text.includes('.') ? 'decimal' : 'integer';
}

function numberText(text: string): string {
  const plain = text.includes('_') ? text.replaceAll('_', '') : text;
  return plain.startsWith('.') ? `0${plain}` : plain;
}

function durationOf(text: string): { count: number; unit: DurationUnit } {
  const unitAt = text.search(/[a-z]/);
  return { count: Number.parseInt(text.replaceAll('_', ''), 10), unit: text.slice(unitAt) as DurationUnit };
}

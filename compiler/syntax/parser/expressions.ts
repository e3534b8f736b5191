/** Expressions and types. Operators go by one precedence-climbing rule; eleven nested rules would overflow the stack. */
import type { IOrAlt, OrMethodOpts } from 'chevrotain';
import type {
  Argument,
  BinaryOperator,
  CallExpr,
  ChecksBody,
  DurationUnit,
  Expr,
  FrameBound,
  IntervalUnit,
  Name,
  NamedWindow,
  OrderKey,
  Property,
  QualifiedName,
  Query,
  SqlSelect,
  TypeExpr,
  WindowFrame,
  WindowSpec,
} from '../ast.ts';
import { stringValue } from '../characters.ts';
import { otherOperator } from '../other-sql.ts';
import type { Token } from '../tokens.ts';
import { intervalUnits, t } from '../tokens.ts';
import type { Rule } from './base.ts';
import { BaseParser, eof, exact, id, mostChained } from './base.ts';

/** How tightly operators bind, loosest first. */
export const binds = { or: 1, and: 2, not: 3, comparison: 4, concat: 5, sum: 6, product: 7, unary: 8 } as const;

const powers = new Uint8Array(512);
powers[id.Or] = binds.or;
powers[id.And] = binds.and;
for (const type of [id.Equals, id.Compare, id.Is, id.In, id.Between, id.Like, id.Ilike])
  powers[type] = binds.comparison;
powers[id.Concat] = binds.concat;
powers[id.Sign] = binds.sum;
powers[id.Multiply] = binds.product;
powers[id.Foreign] = binds.product;

const ROWS = 'a value is one thing: write `a = 1 and b = 2`, or a `semi join` with the rows';
const ZONES = "an instant has no zone: write `date(t, 'zone')`, `hour(t, 'zone')` and their like";

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

export abstract class ExpressionParser extends BaseParser {
  protected abstract readonly query: Rule<Query>;
  protected abstract readonly sqlSelect: Rule<SqlSelect>;
  protected abstract afterSelect(select: SqlSelect): Query | SqlSelect;
  protected abstract readonly checks: Rule<ChecksBody>;

  /** Height of the expressions built since the one at hand began: a chain of operators is as deep a tree as it is long. */
  #height = 0;

  // ------------------------------------------------------------------------------------------ names and types

  protected qualifiedName(index: number): QualifiedName {
    const first = this.nameOf(this.take(t.Identifier, index));
    let parts: readonly Name[] = [first];
    let wildcard = false;
    if (this.RECORDING_PHASE) this.option(index, () => this.consume(index, t.Dot));
    while (!wildcard && this.at(id.Dot)) {
      this.skip();
      if (this.at(id.Star)) {
        this.skip();
        wildcard = true;
      } else if (this.at(id.Identifier)) parts = exact([...parts, this.nameOf(this.skipped())]);
      else {
        this.expected('a name');
        parts = [...parts, { start: this.end, end: this.end, text: '' }];
        break;
      }
    }
    return { start: first.start, end: this.end, parts, wildcard };
  }

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

  // ------------------------------------------------------------------------------------------ operators

  readonly expression: Rule<Expr, [min?: number]> = this.RULE('expression', (min = 0): Expr => {
    if (!this.enter()) {
      this.leave();
      return this.missing();
    }
    const outer = this.#height;
    this.#height = 0;
    const start = this.start;
    let left =
      this.OR((this.#prefixes ??= { DEF: this.#prefixAlternatives(), ERR_MSG: 'an expression' })) ?? this.missing();
    let length = 1;
    let compared = false;
    if (this.RECORDING_PHASE) {
      this.MANY(() => this.SUBRULE2(this.operation, { ARGS: [left, start] }));
    } else {
      for (let power = this.#power(); power > min; power = this.#power()) {
        if (power === binds.comparison) {
          if (compared) this.#chained();
          compared = true;
        }
        if (this.#height + length >= mostChained) {
          const next = this.peek();
          this.reporter.report('expression-too-long', { most: mostChained }, next.start, next.end);
          this.skipBalanced((token) => powers[token.tokenTypeIdx] === 0 && token.first);
          break;
        }
        left = this.#otherOperation(start) ?? this.SUBRULE2(this.operation, { ARGS: [left, start] });
        length++;
      }
    }
    const height = this.#height + length;
    this.#height = Math.max(outer, height);
    this.leave();
    return left;
  });

  #prefixes: OrMethodOpts<Expr> | undefined;
  #prefixAlternatives(): IOrAlt<Expr>[] {
    return [
      { ALT: () => this.SUBRULE(this.primary) },
      {
        ALT: () => {
          const token = this.take(t.Not);
          const operand = this.SUBRULE3(this.expression, { ARGS: [binds.not - 1] });
          return { start: token.start - this.base, end: this.end, kind: 'unary', operator: 'not', operand };
        },
      },
      {
        ALT: () => {
          const token = this.take(t.Sign);
          const operand = this.SUBRULE4(this.expression, { ARGS: [binds.unary] });
          return {
            start: token.start - this.base,
            end: this.end,
            kind: 'unary',
            operator: token.image as '-' | '+',
            operand,
          };
        },
      },
    ];
  }

  /** How tightly the next token binds as an operator; 0 where it is none. */
  #power(): number {
    const type = this.next;
    if (type === id.Identifier) return this.#otherPower(1);
    if (type === id.AtTime) return this.#extracting ? 0 : binds.comparison;
    if (type === id.Not) {
      const after = this.peek(2).tokenTypeIdx;
      if (after === id.Identifier) return this.#otherPower(2);
      return after === id.In || after === id.Like || after === id.Ilike || after === id.Between ? binds.comparison : 0;
    }
    return powers[type]!;
  }

  #otherPower(from: number): number {
    const other = this.#otherOperator(from);
    return other === null ? 0 : other.tight ? binds.product : binds.comparison;
  }

  #otherOperator(from: number): ReturnType<typeof otherOperator> {
    return otherOperator((ahead) => this.peek(ahead), from);
  }

  /** An operator of another SQL with what stands right of it, as something missing; null where none stands here. */
  #otherOperation(start: number): Expr | null {
    const type = this.next;
    if (type !== id.Foreign && type !== id.Identifier && type !== id.AtTime && type !== id.Not) return null;
    const negated = type === id.Not;
    let power: number = type === id.Foreign ? binds.product : binds.comparison;
    if (type === id.Foreign) this.skip();
    else if (type === id.AtTime) {
      this.foreign('at time zone', ZONES, this.peek().start, this.peek(3).end);
      for (let word = 0; word < 3; word++) this.skip();
    } else {
      const other = this.#otherOperator(negated ? 2 : 1);
      if (other === null) return null;
      if (other.tight) power = binds.product;
      if (negated) this.skip();
      this.foreign(other.form, other.use, this.peek().start, this.peek(other.words).end);
      for (let word = 0; word < other.words; word++) this.skip();
      if (!other.operand) return { start, end: this.end, kind: 'missing' };
    }
    this.SUBRULE5(this.expression, { ARGS: [power] });
    return { start, end: this.end, kind: 'missing' };
  }

  #chained(): void {
    const next = this.peek();
    this.reporter.report('chained-comparison', { operator: next.image }, next.start, next.end);
  }

  /** Whether what `extract(part from …)` takes is being read, after which `at time zone` is its own. */
  #extracting = false;
  #operations: IOrAlt<Expr>[] | undefined;
  #left: Expr = { start: 0, end: 0, kind: 'missing' };
  #leftStart = 0;

  /** An operator and what stands right of it; `left` is complete. */
  protected readonly operation: Rule<Expr, [left: Expr, start: number]> = this.RULE(
    'operation',
    (left: Expr, start: number): Expr => {
      this.#left = left;
      this.#leftStart = start;
      return this.OR((this.#operations ??= this.#operationAlternatives())) ?? left;
    },
  );

  #operationAlternatives(): IOrAlt<Expr>[] {
    const binary = (index: number, type: (typeof t)[keyof typeof t], power: number) => ({
      ALT: (): Expr => {
        const left = this.#left;
        const start = this.#leftStart;
        const operator = this.consume(index, type) as unknown as Token;
        const right = this.subrule(index, this.expression, { ARGS: [power] });
        return { start, end: this.end, kind: 'binary', operator: operatorOf(operator), left, right };
      },
    });
    return [
      binary(0, t.Or, binds.or),
      binary(1, t.And, binds.and),
      binary(2, t.Equals, binds.comparison),
      binary(3, t.Compare, binds.comparison),
      binary(4, t.Concat, binds.concat),
      binary(5, t.Sign, binds.sum),
      binary(6, t.Multiply, binds.product),
      { ALT: () => this.#is(this.#left, this.#leftStart) },
      {
        ALT: () => {
          const value = this.#left;
          const start = this.#leftStart;
          const negated = this.option(1, () => this.consume(1, t.Not)) !== undefined;
          const make: Expr | undefined = this.or(1, [
            { ALT: () => this.#in(value, start, negated) },
            { ALT: () => this.#like(7, t.Like, value, start, negated) },
            { ALT: () => this.#like(8, t.Ilike, value, start, negated) },
            {
              ALT: (): Expr => {
                this.consume(9, t.Between);
                this.#betweenSymmetric();
                const low = this.subrule(9, this.expression, { ARGS: [binds.comparison] });
                this.consume(9, t.And);
                const high = this.subrule(10, this.expression, { ARGS: [binds.comparison] });
                return { start, end: this.end, kind: 'between', negated, value, low, high };
              },
            },
          ]);
          return make ?? value;
        },
      },
    ];
  }

  #is(left: Expr, start: number): Expr {
    this.consume(0, t.Is);
    const negated = this.option(2, () => this.consume(2, t.Not)) !== undefined;
    const test = (name: 'null' | 'true' | 'false'): Expr => ({
      start,
      end: this.end,
      kind: 'is',
      test: name,
      negated,
      left,
      right: null,
    });
    if (!this.RECORDING_PHASE && this.peek().image.toLowerCase() === 'unknown') {
      const word = this.skipped();
      this.foreign('is unknown', 'write `is null`', word.start, word.end);
      return test('null');
    }
    const result: Expr | undefined = this.or(2, {
      ERR_MSG: '`null`, `true`, `false` or `distinct from`',
      DEF: [
        { ALT: () => (this.consume(0, t.Null), test('null')) },
        { ALT: () => (this.consume(0, t.True), test('true')) },
        { ALT: () => (this.consume(0, t.False), test('false')) },
        {
          ALT: (): Expr => {
            this.consume(0, t.Distinct);
            this.consume(0, t.From);
            const right = this.subrule(11, this.expression, { ARGS: [binds.comparison] });
            return { start, end: this.end, kind: 'is', test: 'distinct', negated, left, right };
          },
        },
      ],
    });
    return result ?? { start, end: this.end, kind: 'is', test: 'null', negated, left, right: null };
  }

  #betweenSymmetric(): void {
    if (this.RECORDING_PHASE || this.peek().image.toLowerCase() !== 'symmetric' || this.peek(2).tokenTypeIdx === id.And)
      return;
    const word = this.skipped();
    this.foreign('between symmetric', 'write `between least(a, b) and greatest(a, b)`', word.start, word.end);
  }

  #like(index: number, type: typeof t.Like, value: Expr, start: number, negated: boolean): Expr {
    this.consume(index, type);
    const pattern = this.subrule(index, this.expression, { ARGS: [binds.comparison] });
    return { start, end: this.end, kind: 'like', caseInsensitive: type === t.Ilike, negated, value, pattern };
  }

  #in(value: Expr, start: number, negated: boolean): Expr {
    this.consume(0, t.In);
    if (!this.RECORDING_PHASE && this.at(id.LBracket)) return this.#inBrackets(value, start, negated);
    const items: Expr[] = [];
    let query: Query | SqlSelect | null = null;
    this.or(3, {
      ERR_MSG: '`(`',
      DEF: [
        {
          ALT: () => {
            const open = this.take(t.LParen, 1);
            this.list(20, () => items.push(this.subrule(12, this.expression)), true);
            this.close(t.RParen, open, 1);
          },
        },
        {
          ALT: () => {
            query = this.subrule(0, this.parenthesised);
          },
        },
        // `in unnest(xs)` of GoogleSQL.
        { ALT: () => items.push(this.#nameOrCall()) },
      ],
    });
    return { start, end: this.end, kind: 'in', negated, value, items: query ?? exact(items) };
  }

  #inBrackets(value: Expr, start: number, negated: boolean): Expr {
    const open = this.peek();
    const list = this.SUBRULE6(this.primary);
    const end = this.previous().end;
    this.foreign('in […]', 'a list that is written out stands in parentheses', open.start, open.end, [
      this.reporter.fix(
        'write parentheses',
        this.reporter.edit(open.start, open.end, '('),
        this.reporter.edit(end - 1, end, ')'),
      ),
    ]);
    return { start, end: this.end, kind: 'in', negated, value, items: list.kind === 'list' ? list.items : exact([]) };
  }

  // ------------------------------------------------------------------------------------------ primaries

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
      { ALT: () => this.#nameOrCall() },
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

  #nameOrCall(): Expr {
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

  #extract(): Expr {
    const word = this.consume(1, t.Extract) as unknown as Token;
    const open = this.consume(3, t.LParen) as unknown as Token;
    const field = this.nameOf(this.consume(51, t.Identifier) as unknown as Token);
    this.consume(1, t.From);
    this.#extracting = true;
    const value = this.subrule(4, this.expression);
    this.#extracting = false;
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

  // ------------------------------------------------------------------------------------------ calls

  protected readonly call: Rule<CallExpr, [name: QualifiedName, start: number]> = this.RULE(
    'call',
    (name: QualifiedName, start: number): CallExpr => {
      const args: Argument[] = [];
      let distinct = false;
      let order: readonly OrderKey[] = exact([]);
      let nulls: 'respect' | 'ignore' | null = null;
      this.OR([
        {
          ALT: () => {
            const open = this.take(t.LParen);
            distinct = this.OPTION1(() => this.CONSUME(t.Distinct)) !== undefined;
            this.list(1, () => args.push(this.SUBRULE(this.argument)), true);
            nulls = this.#nullTreatment(2);
            order = this.OPTION3(() => this.SUBRULE(this.orderBy)) ?? order;
            this.close(t.RParen, open);
          },
        },
        {
          ALT: () => {
            const from = this.start;
            const query = this.SUBRULE(this.parenthesised);
            args.push({
              start: from,
              end: this.end,
              name: null,
              value: { start: from, end: this.end, kind: 'query-expr', exists: false, query },
            });
          },
        },
      ]);
      nulls = this.#nullTreatment(4) ?? nulls;
      const filter = this.OPTION5(() => {
        this.CONSUME(t.Filter);
        const open = this.take(t.LParen, 2);
        this.CONSUME(t.Where);
        const condition = this.SUBRULE(this.expression);
        this.close(t.RParen, open, 2);
        return condition;
      });
      const over = this.OPTION6(() => this.SUBRULE(this.window));
      return {
        start,
        end: this.end,
        kind: 'call',
        name,
        args: exact(args),
        distinct,
        order,
        nulls,
        filter: filter ?? null,
        over: over ?? null,
      };
    },
  );

  #nullTreatment(index: number): 'respect' | 'ignore' | null {
    return (
      this.option(index, () => {
        const word = this.consume(index, t.NullTreatment) as unknown as Token;
        this.consume(index, t.Nulls);
        return word.word as 'respect' | 'ignore';
      }) ?? null
    );
  }

  protected readonly argument: Rule<Argument> = this.RULE('argument', (): Argument => {
    const start = this.start;
    let name: Name | null = null;
    this.OPTION(() => {
      name = this.nameOf(this.take(t.Key));
      this.CONSUME(t.Colon);
    });
    const value = this.OR({
      ERR_MSG: 'an expression',
      DEF: [
        {
          ALT: (): Expr => {
            const star = this.take(t.Star);
            return { start: star.start - this.base, end: star.end - this.base, kind: 'star-argument' };
          },
        },
        { ALT: () => this.SUBRULE(this.expression) },
      ],
    });
    return { start, end: this.end, name, value: value ?? this.missing() };
  });

  readonly orderBy: Rule<readonly OrderKey[]> = this.RULE('orderBy', (): readonly OrderKey[] => {
    this.CONSUME(t.Order);
    this.CONSUME(t.By);
    const keys: OrderKey[] = [];
    this.list(0, () => keys.push(this.SUBRULE(this.orderKey)), false);
    if (keys.length === 0 && !this.RECORDING_PHASE) {
      this.expected('an expression');
    }
    return exact(keys);
  });

  protected readonly orderKey: Rule<OrderKey> = this.RULE('orderKey', (): OrderKey => {
    const start = this.start;
    const value = this.SUBRULE(this.expression);
    const order = this.direction(0);
    const nulls = this.nullOrder(2);
    return { start, end: this.end, value, order, nulls };
  });

  /** `nulls first` or `nulls last`, where it stands. */
  protected nullOrder(index: number): 'first' | 'last' | null {
    const nulls = this.option(index, () => {
      this.consume(index, t.Nulls);
      return this.or(index, {
        ERR_MSG: '`first` or `last`',
        DEF: [
          { ALT: () => (this.consume(index, t.First), 'first' as const) },
          { ALT: () => (this.consume(index, t.Last), 'last' as const) },
        ],
      });
    });
    return nulls ?? null;
  }

  /** `asc` or `desc`, where it stands. */
  protected direction(index: number): 'asc' | 'desc' | null {
    if (this.RECORDING_PHASE) {
      this.option(index, () =>
        this.or(index + 40, [{ ALT: () => this.consume(index, t.Asc) }, { ALT: () => this.consume(index, t.Desc) }]),
      );
    } else if (this.at(id.Asc) || this.at(id.Desc)) return this.skipped().word as 'asc' | 'desc';
    return null;
  }

  protected readonly window: Rule<WindowSpec> = this.RULE('window', (): WindowSpec => {
    this.CONSUME(t.Over);
    const window = this.OR({
      ERR_MSG: '`(`',
      DEF: [
        { ALT: () => this.SUBRULE(this.windowSpec) },
        {
          ALT: (): WindowSpec => {
            const base = this.nameOf(this.take(t.Identifier));
            return { ...base, base, partition: exact([]), order: exact([]), frame: null };
          },
        },
      ],
    });
    const at = this.end;
    return window ?? { start: at, end: at, base: null, partition: exact([]), order: exact([]), frame: null };
  });

  /** `window w as (…), v as (…)`, where it stands. */
  protected namedWindows(index: number): readonly NamedWindow[] {
    const windows: NamedWindow[] = [];
    this.option(index, () => {
      this.consume(index, t.Window);
      this.list(index + 1, () => windows.push(this.subrule(index, this.namedWindow)), false);
    });
    return exact(windows);
  }

  protected readonly namedWindow: Rule<NamedWindow> = this.RULE('namedWindow', (): NamedWindow => {
    const start = this.start;
    const name = this.nameOf(this.take(t.Identifier));
    this.CONSUME(t.As);
    const window = this.SUBRULE(this.windowSpec);
    return { start, end: this.end, name, window };
  });

  protected readonly windowSpec: Rule<WindowSpec> = this.RULE('windowSpec', (): WindowSpec => {
    const open = this.take(t.LParen);
    const start = open.start - this.base;
    const base = this.OPTION(() => this.nameOf(this.take(t.Identifier))) ?? null;
    const partition: Expr[] = [];
    this.OPTION1(() => {
      this.CONSUME(t.Partition);
      this.CONSUME(t.By);
      this.list(2, () => partition.push(this.SUBRULE(this.expression)), false);
    });
    const order = this.OPTION3(() => this.SUBRULE(this.orderBy)) ?? [];
    const frame = this.OPTION4(() => this.SUBRULE(this.frame)) ?? null;
    this.close(t.RParen, open);
    return { start, end: this.end, base, partition: exact(partition), order, frame };
  });

  protected readonly frame: Rule<WindowFrame> = this.RULE('frame', (): WindowFrame => {
    const unit = this.take(t.FrameUnit);
    const start = unit.start - this.base;
    let to: FrameBound | null = null;
    const from = this.OR({
      ERR_MSG: '`between`, `unbounded`, `current row` or a number',
      DEF: [
        {
          ALT: () => {
            this.CONSUME(t.Between);
            const low = this.SUBRULE1(this.frameBound);
            this.CONSUME(t.And);
            to = this.SUBRULE2(this.frameBound);
            return low;
          },
        },
        { ALT: () => this.SUBRULE3(this.frameBound) },
      ],
    });
    return {
      start,
      end: this.end,
      unit: unit.word as WindowFrame['unit'],
      from: from ?? { start, end: this.end, kind: 'current-row', offset: null },
      to,
    };
  });

  protected readonly frameBound: Rule<FrameBound> = this.RULE('frameBound', (): FrameBound => {
    const start = this.start;
    const bound = (kind: FrameBound['kind'], offset: Expr | null): FrameBound => ({
      start,
      end: this.end,
      kind,
      offset,
    });
    const direction = (index: number) =>
      this.or(index, {
        ERR_MSG: '`preceding` or `following`',
        DEF: [
          { ALT: () => (this.consume(index, t.Preceding), 'preceding' as const) },
          { ALT: () => (this.consume(index, t.Following), 'following' as const) },
        ],
      }) ?? 'preceding';
    const result = this.OR({
      ERR_MSG: '`unbounded`, `current row` or a number',
      DEF: [
        { ALT: () => (this.CONSUME(t.Unbounded), bound(`unbounded-${direction(1)}`, null)) },
        { ALT: () => (this.CONSUME(t.Current), this.CONSUME(t.Row), bound('current-row', null)) },
        {
          ALT: () => {
            const offset = this.SUBRULE(this.expression, { ARGS: [binds.comparison] });
            return bound(direction(2), offset);
          },
        },
      ],
    });
    return result ?? bound('current-row', null);
  });

  // ------------------------------------------------------------------------------------------ properties

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

function operatorOf(token: Token): BinaryOperator {
  if (token.word !== '') return token.word as BinaryOperator;
  return token.image === '!=' ? '<>' : (token.image as BinaryOperator);
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

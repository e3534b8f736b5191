/** Operators: by one precedence-climbing rule, as eleven nested rules would overflow the stack. */
import type { IOrAlt, OrMethodOpts } from 'chevrotain';
import type { BinaryOperator, Expr, Query, SqlSelect } from '../ast.ts';
import { otherOperator } from '../other-sql.ts';
import type { Token } from '../tokens.ts';
import { t } from '../tokens.ts';
import type { Rule } from './base.ts';
import { binds, exact, id, mostChained } from './base.ts';
import { PrimaryParser } from './primaries.ts';

const powers = new Uint8Array(512);
powers[id.Or] = binds.or;
powers[id.And] = binds.and;
for (const type of [id.Equals, id.Compare, id.Is, id.In, id.Between, id.Like, id.Ilike])
  powers[type] = binds.comparison;
powers[id.Concat] = binds.concat;
powers[id.Sign] = binds.sum;
powers[id.Multiply] = binds.product;
powers[id.Foreign] = binds.product;

const ZONES = "an instant has no zone: write `date(t, 'zone')`, `hour(t, 'zone')` and their like";

export abstract class ExpressionParser extends PrimaryParser {
  /** Height of the expressions built since the one at hand began: a chain of operators is as deep a tree as it is long. */
  #height = 0;

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
    if (type === id.AtTime) return this.extracting ? 0 : binds.comparison;
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
        { ALT: () => items.push(this.nameOrCall()) },
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
}

function operatorOf(token: Token): BinaryOperator {
  if (token.word !== '') return token.word as BinaryOperator;
  return token.image === '!=' ? '<>' : (token.image as BinaryOperator);
}

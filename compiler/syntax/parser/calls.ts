/** Names and calls, with what a call may have beside its arguments: an order, a window. */
import type {
  Argument,
  CallExpr,
  Expr,
  FrameBound,
  Name,
  NamedWindow,
  OrderKey,
  QualifiedName,
  Query,
  SqlSelect,
  WindowFrame,
  WindowSpec,
} from '../ast.ts';
import type { Token } from '../tokens.ts';
import { t } from '../tokens.ts';
import type { Rule } from './base.ts';
import { BaseParser, binds, exact, id } from './base.ts';

export abstract class CallParser extends BaseParser {
  protected abstract readonly expression: Rule<Expr, [min?: number]>;
  protected abstract readonly parenthesised: Rule<Query | SqlSelect>;

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
}

/** Frames of windows: so many rows away, or as far as the one key of the order says. */
import type { SortKey, WindowBound, WindowFrame } from '../relational/rel.ts';
import { INT64, typeName, type ValueType } from '../relational/types.ts';
import type { DurationUnit, FrameBound, WindowFrame as WrittenFrame } from '../syntax/ast.ts';
import { type ExprEnv, isError } from './expression-env.ts';
import { literalOf } from './widening.ts';

/** What a distance is written as, in the words of an error, and how long a unit is; null where it is a bare number. */
interface Distance {
  readonly wanted: string;
  readonly units: Readonly<Partial<Record<DurationUnit, number>>> | null;
}

const COUNT: Distance = { wanted: 'a whole number written out', units: null };
const DAYS: Distance = { wanted: 'a length of days or weeks such as `7d`', units: { d: 1, w: 7 } };
/** The most that ClickHouse counts to, of rows and of a distance. */
const MOST = 2 ** 31 - 1;

/** The frame, checked against the order that it stands beside; `wrong` after an error. */
export function windowFrame(frame: WrittenFrame, order: readonly SortKey[], at: ExprEnv): WindowFrame | 'wrong' {
  if (frame.unit === 'groups') {
    const instead = 'engines have frames in `rows` and in `range` in common';
    at.env.context.report('not-supported-yet', { what: 'a frame in `groups`', instead }, frame);
    return 'wrong';
  }
  const isFar = [frame.from, frame.to].some((bound) => bound !== null && bound.offset !== null);
  const distance = frame.unit === 'range' && isFar ? distanceOf(frame, order, at) : COUNT;
  if (distance === null) return 'wrong';
  const from = frameBound(frame.from, distance, at);
  const to = frame.to === null ? { kind: 'current-row' as const } : frameBound(frame.to, distance, at);
  if (from === null || to === null) return 'wrong';
  return { unit: frame.unit, from, to };
}

/** A frame that has rows with each row's own cannot be empty. */
export function mayBeEmpty(frame: WindowFrame): boolean {
  const before = (bound: WindowBound): boolean =>
    bound.kind === 'preceding' || bound.kind === 'unbounded-preceding' || bound.kind === 'current-row';
  const after = (bound: WindowBound): boolean =>
    bound.kind === 'following' || bound.kind === 'unbounded-following' || bound.kind === 'current-row';
  return !(before(frame.from) && after(frame.to));
}

/** How far away is said beside the order; null after an error. */
function distanceOf(frame: WrittenFrame, order: readonly SortKey[], at: ExprEnv): Distance | null {
  const { context } = at.env;
  const [key] = order;
  if (key === undefined || order.length > 1) {
    const how = 'of one key, from which its distance is counted: `over (order by day range 7d preceding)`';
    context.report('order-required', { name: 'range', how }, frame);
    return null;
  }
  const { type, nullable } = key.value;
  const distance = distanceBy(type);
  if (distance !== null && !nullable) return distance;
  context.report(
    'not-supported-yet',
    distance === null
      ? { what: `a distance in \`${typeName(type)}\``, instead: 'order by an `int64` or a `date`, such as `date(ts)`' }
      : {
          // ClickHouse takes nulls at the end of an ascending order for values that are near.
          what: 'a distance from a key that may be null',
          instead: 'leave its nulls out with `|> where … is not null`, or give them a value with `coalesce`',
        },
    frame,
  );
  return null;
}

function distanceBy(type: ValueType): Distance | null {
  if (type.kind === 'date') return DAYS;
  return type.kind === 'int64' ? COUNT : null;
}

function frameBound(bound: FrameBound, { wanted, units }: Distance, at: ExprEnv): WindowBound | null {
  if (bound.kind !== 'preceding' && bound.kind !== 'following') return { kind: bound.kind };
  const written = bound.offset;
  if (written === null) return null;
  const report = (found: string): null => {
    at.env.context.report('type-mismatch', { what: 'the distance of a frame', found, wanted }, written);
    return null;
  };
  if (written.kind === 'duration') {
    const unit = units?.[written.unit];
    const offset = unit === undefined ? Number.NaN : written.count * unit;
    return offset >= 0 && offset <= MOST ? { kind: bound.kind, offset } : report('this length of time');
  }
  const value = at.expression(written, at);
  if (isError(value)) return null;
  const offset = units === null && value.type === INT64 ? literalOf(value) : undefined;
  return typeof offset === 'string' && !offset.startsWith('-') && Number(offset) <= MOST
    ? { kind: bound.kind, offset: Number(offset) }
    : report(`\`${typeName(value.type)}\``);
}

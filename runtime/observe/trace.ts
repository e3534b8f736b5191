/**
 * The trace that a run belongs to, by W3C Trace Context: the ids follow from the run, so that its spans, its log and the
 * messages about it find each other without being told. https://www.w3.org/TR/trace-context
 */
import { createHash } from 'node:crypto';
import type { Environment } from './observer.ts';

export interface Trace {
  /** 32 digits of hex. */
  readonly id: string;
  /** The span that the run is a part of, 16 digits of hex; null where it begins the trace. */
  readonly parent: string | null;
  /** Whether who began it keeps it; null where the run begins it. */
  readonly isSampled: boolean | null;
  /** `TRACESTATE`, as it was given. */
  readonly state: string | null;
}

/** Version 00; of a later version the same fields are read, as the specification asks. */
const HEADER = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;

/** The trace of `TRACEPARENT`, which a run is then a part of; where there is none, or it is none, one of the run's own. */
export function traceOf(run: string, env: Environment): Trace {
  const [, id = '', parent = '', flags = ''] = HEADER.exec((env['TRACEPARENT'] ?? '').trim()) ?? [];
  if (!/[^0]/.test(id) || !/[^0]/.test(parent))
    return { id: digits(32, run), parent: null, isSampled: null, state: null };
  return {
    id,
    parent,
    isSampled: (Number.parseInt(flags, 16) & 1) === 1,
    state: (env['TRACESTATE'] ?? '').trim() || null,
  };
}

/** The span of a run, of a task of it, or of an attempt of that. */
export const spanOf = (run: string, ...what: readonly (string | number)[]): string =>
  digits(16, JSON.stringify([run, ...what]));

/** What is handed on, as the header `traceparent` or in `TRACEPARENT`. */
export const traceparent = ({ id, isSampled }: Trace, span: string): string =>
  `00-${id}-${span}-${isSampled === false ? '00' : '01'}`;

/** All zeros is no id: that a hash begins so will not happen. */
const digits = (count: number, text: string): string => createHash('sha256').update(text).digest('hex').slice(0, count);

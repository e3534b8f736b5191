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
  /** Whether its spans are kept, as `OTEL_TRACES_SAMPLER` has it. */
  readonly isSampled: boolean;
  /** `TRACESTATE`, as it was given. */
  readonly state: string | null;
}

/** Version 00; of a later version the same fields are read, as the specification asks. */
const HEADER = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;

/** The trace of `TRACEPARENT`, which a run is then a part of; where there is none, or it is none, one of the run's own. */
export function traceOf(run: string, env: Environment): Trace {
  const [, given = '', from = '', flags = ''] = HEADER.exec((env['TRACEPARENT'] ?? '').trim()) ?? [];
  const isGiven = /[^0]/.test(given) && /[^0]/.test(from);
  const id = isGiven ? given : digits(32, run);
  const isKept = isGiven ? (Number.parseInt(flags, 16) & 1) === 1 : null;
  const { sampler } = samplerOf(env);
  return {
    id,
    parent: isGiven ? from : null,
    isSampled: sampler(id, isKept),
    state: isGiven ? (env['TRACESTATE'] ?? '').trim() || null : null,
  };
}

/** @param isKept whether who began the trace keeps it; null where the run begins it */
type Sampler = (id: string, isKept: boolean | null) => boolean;

const always: Sampler = () => true;
const never: Sampler = () => false;
const parentBased =
  (root: Sampler): Sampler =>
  (id, isKept) =>
    isKept ?? root(id, null);

/** The last 56 bits of an id are a number by chance: a trace is kept by all or by none who keep the same share. */
const ratio =
  (share: number): Sampler =>
  (id) =>
    Number.parseInt(id.slice(-14), 16) >= 2 ** 56 * (1 - share);

const samplers: Readonly<Record<string, (share: number) => Sampler>> = {
  always_on: () => always,
  always_off: () => never,
  traceidratio: ratio,
  parentbased_always_on: () => parentBased(always),
  parentbased_always_off: () => parentBased(never),
  parentbased_traceidratio: (share) => parentBased(ratio(share)),
};

/** By `OTEL_TRACES_SAMPLER` and its argument, and what is wrong with them; what is wrong is as if it were not there. */
export function samplerOf(env: Environment): { readonly sampler: Sampler; readonly wrong: string | null } {
  const name = (env['OTEL_TRACES_SAMPLER'] ?? '').trim() || 'parentbased_always_on';
  const given = (env['OTEL_TRACES_SAMPLER_ARG'] ?? '').trim();
  const share = given === '' ? 1 : Number(given);
  const make = samplers[name];
  if (make === undefined)
    return {
      sampler: parentBased(always),
      wrong: `OTEL_TRACES_SAMPLER is \`${name}\`, and there are ${Object.keys(samplers).join(', ')}: every trace is kept`,
    };
  if (!(share >= 0 && share <= 1))
    return {
      sampler: make(1),
      wrong: `OTEL_TRACES_SAMPLER_ARG is \`${given}\` and no share from 0 to 1: it is taken as 1`,
    };
  return { sampler: make(share), wrong: null };
}

/** The span of a run, of a task of it, or of an attempt of that. */
export const spanOf = (run: string, ...what: readonly (string | number)[]): string =>
  digits(16, JSON.stringify([run, ...what]));

/** What is handed on, as the header `traceparent` or in `TRACEPARENT`. */
export const traceparent = ({ id, isSampled }: Trace, span: string): string =>
  `00-${id}-${span}-${isSampled ? '01' : '00'}`;

/** The same of a run by its id: of itself, of a task of it, or of an attempt. */
export const traceparentOf = (run: string, env: Environment, ...what: readonly (string | number)[]): string =>
  traceparent(traceOf(run, env), spanOf(run, ...what));

/** All zeros is no id: that a hash begins so will not happen. */
const digits = (count: number, text: string): string => createHash('sha256').update(text).digest('hex').slice(0, count);

/**
 * What is sent by the OpenTelemetry protocol, as its JSON: ids are hex, and numbers of 64 bits are texts.
 * https://opentelemetry.io/docs/specs/otlp
 */

export type Value =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: string }
  | { readonly doubleValue: number };
export interface Attribute {
  readonly key: string;
  readonly value: Value;
}

export const SPAN_KIND = { internal: 1, client: 3 } as const;
export const STATUS = { ok: 1, error: 2 } as const;
/** How the sums and histograms of two messages belong together. */
export const TEMPORALITY = { delta: 1, cumulative: 2 } as const;

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly flags: number;
  readonly name: string;
  readonly kind: (typeof SPAN_KIND)[keyof typeof SPAN_KIND];
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly events: readonly SpanEvent[];
  readonly status: { readonly code?: (typeof STATUS)[keyof typeof STATUS]; readonly message?: string };
}
export interface SpanEvent {
  readonly timeUnixNano: string;
  readonly name: string;
  readonly attributes: readonly Attribute[];
}

export interface Metric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly sum?: Data<NumberPoint> & { readonly isMonotonic: boolean };
  readonly histogram?: Data<HistogramPoint>;
}
interface Data<Point> {
  readonly dataPoints: readonly Point[];
  readonly aggregationTemporality: (typeof TEMPORALITY)[keyof typeof TEMPORALITY];
}
interface Point {
  readonly attributes: readonly Attribute[];
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
}
export type NumberPoint = Point & { readonly asInt: string };
export type HistogramPoint = Point & {
  readonly count: string;
  readonly sum: number;
  readonly bucketCounts: readonly string[];
  readonly explicitBounds: readonly number[];
};

export interface Resource {
  readonly attributes: readonly Attribute[];
}
export interface Scope {
  readonly name: string;
  readonly version?: string;
}

export const tracesOf = (resource: Resource, scope: Scope, spans: readonly Span[]) => ({
  resourceSpans: [{ resource, scopeSpans: [{ scope, spans }] }],
});
export const metricsOf = (resource: Resource, scope: Scope, metrics: readonly Metric[]) => ({
  resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics }] }],
});

/** Null and undefined are left out: an attribute has a value. */
export function attributesOf(
  values: Readonly<Record<string, string | number | boolean | null | undefined>>,
): readonly Attribute[] {
  return Object.entries(values).flatMap(([key, value]) =>
    value === null || value === undefined ? [] : [{ key, value: otlpValue(value) }],
  );
}

function otlpValue(value: string | number | boolean): Value {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** Of a time in ISO 8601 with milliseconds. */
export const nanosOf = (at: string): string => `${Date.parse(at)}000000`;

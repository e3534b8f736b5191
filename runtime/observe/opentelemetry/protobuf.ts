/**
 * The messages of the protocol in binary, as its definitions number their fields.
 * https://github.com/open-telemetry/opentelemetry-proto (v1), https://protobuf.dev/programming-guides/encoding
 */
import type { metricsOf, tracesOf } from './model.ts';

type Scalar =
  | 'string'
  /** Bytes, which JSON has in hex. */
  | 'hex'
  | 'bool'
  | 'varint'
  | 'double'
  | 'fixed32'
  | 'fixed64'
  /** Many numbers as one value. */
  | 'packed double'
  | 'packed fixed64';
type Field = readonly [number: number, Scalar | Message];
interface Message {
  readonly [name: string]: Field;
}

const KEY_VALUE: Message = {
  key: [1, 'string'],
  value: [
    2,
    { stringValue: [1, 'string'], boolValue: [2, 'bool'], intValue: [3, 'varint'], doubleValue: [4, 'double'] },
  ],
};
const RESOURCE: Message = { attributes: [1, KEY_VALUE] };
const SCOPE: Message = { name: [1, 'string'], version: [2, 'string'] };
const SPAN: Message = {
  traceId: [1, 'hex'],
  spanId: [2, 'hex'],
  traceState: [3, 'string'],
  parentSpanId: [4, 'hex'],
  name: [5, 'string'],
  kind: [6, 'varint'],
  startTimeUnixNano: [7, 'fixed64'],
  endTimeUnixNano: [8, 'fixed64'],
  attributes: [9, KEY_VALUE],
  events: [11, { timeUnixNano: [1, 'fixed64'], name: [2, 'string'], attributes: [3, KEY_VALUE] }],
  status: [15, { message: [2, 'string'], code: [3, 'varint'] }],
  flags: [16, 'fixed32'],
};
const TIMES: Message = { startTimeUnixNano: [2, 'fixed64'], timeUnixNano: [3, 'fixed64'] };
const METRIC: Message = {
  name: [1, 'string'],
  description: [2, 'string'],
  unit: [3, 'string'],
  sum: [
    7,
    {
      dataPoints: [1, { ...TIMES, asInt: [6, 'fixed64'], attributes: [7, KEY_VALUE] }],
      aggregationTemporality: [2, 'varint'],
      isMonotonic: [3, 'bool'],
    },
  ],
  histogram: [
    9,
    {
      dataPoints: [
        1,
        {
          ...TIMES,
          count: [4, 'fixed64'],
          sum: [5, 'double'],
          bucketCounts: [6, 'packed fixed64'],
          explicitBounds: [7, 'packed double'],
          attributes: [9, KEY_VALUE],
        },
      ],
      aggregationTemporality: [2, 'varint'],
    },
  ],
};
const of = (name: string, scopes: string, item: string, message: Message): Message => ({
  [name]: [1, { resource: [1, RESOURCE], [scopes]: [2, { scope: [1, SCOPE], [item]: [2, message] }] }],
});
/** A message is one of traces or of metrics: each has fields of its own. */
const REQUEST: Message = {
  ...of('resourceSpans', 'scopeSpans', 'spans', SPAN),
  ...of('resourceMetrics', 'scopeMetrics', 'metrics', METRIC),
};

export type Document = ReturnType<typeof tracesOf> | ReturnType<typeof metricsOf>;

export const binary = (document: Document): Buffer<ArrayBuffer> => messageOf(REQUEST, document);

function messageOf(message: Message, value: object): Buffer<ArrayBuffer> {
  return Buffer.concat(
    Object.entries(value).flatMap(([name, given]) => {
      const field = message[name];
      if (field === undefined) throw new Error(`the protocol has no field ${name}`);
      if (given === undefined) return [];
      const [number, type] = field;
      const isRepeated = Array.isArray(given) && !(typeof type === 'string' && type.startsWith('packed'));
      return (isRepeated ? given : [given]).flatMap((one) => fieldOf(number, type, one));
    }),
  );
}

/** How a value says where it ends. */
const WIRE = { varint: 0, eight: 1, counted: 2, four: 5 } as const;

function fieldOf(number: number, type: Field[1], value: unknown): readonly Buffer[] {
  const tagged = (wire: number, ...parts: readonly Buffer[]): readonly Buffer[] => [
    varint((number << 3) | wire),
    ...parts,
  ];
  const counted = (bytes: Buffer): readonly Buffer[] => tagged(WIRE.counted, varint(bytes.length), bytes);
  switch (type) {
    case 'string':
      return counted(Buffer.from(String(value), 'utf8'));
    case 'hex':
      return counted(Buffer.from(String(value), 'hex'));
    case 'bool':
      return tagged(WIRE.varint, varint(value === true ? 1 : 0));
    case 'varint':
      return tagged(WIRE.varint, varint(value as number | string));
    case 'double':
      return tagged(WIRE.eight, double(value as number));
    case 'fixed64':
      return tagged(WIRE.eight, fixed64(value as string));
    case 'fixed32': {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(value as number);
      return tagged(WIRE.four, bytes);
    }
    case 'packed double':
      return counted(Buffer.concat((value as readonly number[]).map(double)));
    case 'packed fixed64':
      return counted(Buffer.concat((value as readonly string[]).map(fixed64)));
    default:
      return counted(messageOf(type, value as object));
  }
}

/** Seven bits a byte, the lowest first; a negative number as one of 64 bits. */
function varint(value: number | string): Buffer {
  let left = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  for (; left > 0x7fn; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(left)]);
}

function double(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

function fixed64(value: string): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
  return bytes;
}

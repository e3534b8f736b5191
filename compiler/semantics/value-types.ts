/** What a type written in the program means as a value type. */
import {
  BOOL,
  BYTES,
  DATE,
  decimal,
  FLOAT64,
  INT64,
  JSON_TYPE,
  STRING,
  TIMESTAMP,
  UUID,
  type ValueType,
} from '../relational/types.ts';
import type { TypeExpr } from '../syntax/ast.ts';
import type { CheckContext } from './context.ts';
import { suggestion } from './suggest.ts';

const SIMPLE: ReadonlyMap<string, ValueType> = new Map([
  ['bool', BOOL],
  ['int64', INT64],
  ['float64', FLOAT64],
  ['string', STRING],
  ['bytes', BYTES],
  ['date', DATE],
  ['timestamp', TIMESTAMP],
  ['uuid', UUID],
  ['json', JSON_TYPE],
]);

/** Names from other SQLs, and what they are called here. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['boolean', 'bool'],
  ['int', 'int64'],
  ['integer', 'int64'],
  ['bigint', 'int64'],
  ['smallint', 'int64'],
  ['int32', 'int64'],
  ['tinyint', 'int64'],
  ['long', 'int64'],
  ['double', 'float64'],
  ['float', 'float64'],
  ['float8', 'float64'],
  ['real', 'float64'],
  ['text', 'string'],
  ['varchar', 'string'],
  ['char', 'string'],
  ['blob', 'bytes'],
  ['bytea', 'bytes'],
  ['datetime', 'timestamp'],
  ['timestamptz', 'timestamp'],
  ['jsonb', 'json'],
]);

export const valueTypeNames: readonly string[] = [...SIMPLE.keys(), 'decimal', 'list'];

/** The value type, or null after a report. A bare `decimal` has no precision, so it is only taken where `anyDecimal` stands in for it. */
export function valueType(
  type: TypeExpr,
  context: CheckContext,
  anyDecimal: ValueType | null = null,
): ValueType | null {
  const written = type.name.text;
  if (written === '') return null;
  const name = written.toLowerCase();
  const simple = SIMPLE.get(name);
  if (simple !== undefined) return simple;
  if (name === 'list') {
    const element = type.element === null ? null : valueType(type.element, context);
    return element === null ? null : { kind: 'list', element };
  }
  if (name === 'decimal' || name === 'numeric') return decimalType(type, context, anyDecimal);
  const enumType = context.enumType(written);
  if (enumType !== null) {
    context.trace?.name(type.name, { kind: 'declaration', namespace: 'type', name: written });
    return enumType;
  }
  const use = ELSEWHERE.get(name);
  context.report('unknown-value-type', { name: written }, type.name, {
    notes: use === undefined ? [`there are: ${valueTypeNames.join(', ')}, and the enums of the project`] : [],
    ...(use === undefined
      ? suggestion(type.name, [...valueTypeNames, ...context.enumNames()], context)
      : {
          label: `write \`${use}\``,
          fixes: [
            {
              title: `write \`${use}\``,
              safe: true,
              edits: [{ place: context.place(type.args.length === 0 ? type.name : type), text: use }],
            },
          ],
        }),
  });
  return null;
}

function decimalType(type: TypeExpr, context: CheckContext, anyDecimal: ValueType | null): ValueType | null {
  if (type.args.length === 0 && anyDecimal !== null) return anyDecimal;
  const [precision, scale] = type.args.map((arg) =>
    arg.kind === 'number' && arg.form === 'integer' ? Number(arg.text) : Number.NaN,
  );
  const digits = scale ?? 0;
  if (
    precision !== undefined &&
    precision >= 1 &&
    precision <= 38 &&
    digits >= 0 &&
    digits <= precision &&
    type.args.length <= 2
  )
    return decimal(precision, digits);
  context.report('unknown-value-type', { name: context.text(type) }, type, {
    notes: ['`decimal(p, s)` has p digits, 38 at most, s of them after the point'],
  });
  return null;
}

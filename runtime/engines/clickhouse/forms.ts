/** ClickHouse's texts of values that are compared. */
import { type ComparedType, sharedAs, shownAs, type ValueForms } from '../forms.ts';

/** Only asked where it is not null; its type says so then. */
const there = (value: string): string => `assumeNotNull(${value})`;

/** Texts of floats are the shortest that give the value again; a sum with zero has no negative zero. */
function own(value: string, type: ComparedType): string {
  switch (type.kind) {
    case 'bool':
      return `if(${there(value)}, '1', '0')`;
    case 'int64':
    case 'string':
    case 'uuid':
    case 'json':
    case 'list':
      return `toString(${there(value)})`;
    case 'decimal':
      return `toDecimalString(CAST(${there(value)} AS Decimal(38, ${type.scale})), ${type.scale})`;
    case 'float64':
      return `toString(${there(value)} + toFloat64(0))`;
    case 'bytes':
      return `hex(${there(value)})`;
    case 'date':
      return `toString(toInt32(${there(value)}))`;
    case 'timestamp':
      return `toString(toUnixTimestamp64Micro(${there(value)}))`;
  }
}

const shown = shownAs(own);

export const forms: ValueForms = {
  own,
  shared: sharedAs(
    own,
    // Leading zeros are left out of the digits.
    (value) =>
      `if(isNaN(${there(value)}), 'nan', leftPad(hex(reinterpretAsUInt64(${there(value)} + toFloat64(0))), 16, '0'))`,
  ),
  // Its JSON has no form for bytes that are no text: as from the other engines, they go as base64.
  shown: (value, type) =>
    type.kind === 'list' && type.element.kind === 'bytes'
      ? `arrayMap(item -> base64Encode(item), ${value})`
      : shown(value, type),
  bytes: (text) => `length(${text})`,
  digest: (text) => `lower(hex(MD5(${text})))`,
  number: (hex) => `reinterpretAsInt64(reverse(unhex(concat('0', ${hex}))))`,
  sum: (number) => `toString(sum(toInt128(${number})))`,
  order: (hex) => hex,
};

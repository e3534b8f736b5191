/** Value types and row types: what a column may hold, and what the checker knows about it. */

export type ValueType =
  | { readonly kind: 'bool' }
  | { readonly kind: 'int64' }
  | { readonly kind: 'float64' }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'string' }
  | { readonly kind: 'bytes' }
  | { readonly kind: 'date' }
  | { readonly kind: 'timestamp' }
  | { readonly kind: 'uuid' }
  | { readonly kind: 'json' }
  | { readonly kind: 'enum'; readonly name: string; readonly values: readonly string[] }
  | { readonly kind: 'list'; readonly element: ValueType }
  /** The type of a bare `null`; it widens to any type. No stored column has it. */
  | { readonly kind: 'null' }
  /** What follows from an error that is already reported; it agrees with everything and is never reported again. */
  | { readonly kind: 'error' };

/** What is known of a value: its type, whether it may be null, whether engines may differ in its last places. */
export interface ValueInfo {
  readonly type: ValueType;
  readonly nullable: boolean;
  /** float results whose last places depend on engine or order (`semantics.md`): may not decide which rows exist. */
  readonly inexact: boolean;
}

/** `@pii(email)` → { name: 'pii', value: 'email' }; travels through direct lineage. */
export interface Tag {
  readonly name: string;
  readonly value: string;
}

/** A column of an upstream dataset that this value comes from. `dataset` is the qualified name, such as `dwh.core.orders`. */
export interface Origin {
  readonly dataset: string;
  readonly column: string;
  /** direct: the value (or a part of it) is carried. indirect: it only decides (filter, join, group, order, case condition). */
  readonly kind: 'direct' | 'indirect';
}

/** A named column of a row type: the public face of a dataset. */
export interface Column extends ValueInfo {
  readonly name: string;
  readonly doc: string | null;
  readonly tags: readonly Tag[];
  readonly origins: readonly Origin[];
}

/** The row type of a dataset. Column names are unique. */
export interface RowType {
  readonly columns: readonly Column[];
  /** Sets of columns proven unique together; the declared key is among them only where it is proven or checked. */
  readonly keys: readonly (readonly string[])[];
  /** Where each row holds for a time. */
  readonly validity?: Validity<string> | null;
}

/** Of a key at most one row holds at an instant: from one on, until another, which is no longer part of it, or null. */
export interface Validity<C> {
  readonly key: readonly C[];
  readonly from: C;
  readonly until: C;
  /** True in those whose end is null. */
  readonly current: C;
}

export const BOOL: ValueType = { kind: 'bool' };
export const INT64: ValueType = { kind: 'int64' };
export const FLOAT64: ValueType = { kind: 'float64' };
export const STRING: ValueType = { kind: 'string' };
export const BYTES: ValueType = { kind: 'bytes' };
export const DATE: ValueType = { kind: 'date' };
export const TIMESTAMP: ValueType = { kind: 'timestamp' };
export const UUID: ValueType = { kind: 'uuid' };
export const JSON_TYPE: ValueType = { kind: 'json' };
export const ERROR_TYPE: ValueType = { kind: 'error' };
export const decimal = (precision: number, scale: number): ValueType => ({ kind: 'decimal', precision, scale });

/** The type in the language's words: `decimal(12, 2)`, `list<string>`, `order_status`. */
export function typeName(type: ValueType): string {
  switch (type.kind) {
    case 'decimal':
      return `decimal(${type.precision}, ${type.scale})`;
    case 'enum':
      return type.name;
    case 'list':
      return `list<${typeName(type.element)}>`;
    default:
      return type.kind;
  }
}

/** `decimal(12, 2)?` where it may be null. */
export function valueName(value: { readonly type: ValueType; readonly nullable: boolean }): string {
  return value.nullable && value.type.kind !== 'null' ? `${typeName(value.type)}?` : typeName(value.type);
}

export function sameType(a: ValueType, b: ValueType): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === 'decimal' && b.kind === 'decimal') return a.precision === b.precision && a.scale === b.scale;
  if (a.kind === 'enum' && b.kind === 'enum') return a.name === b.name;
  if (a.kind === 'list' && b.kind === 'list') return sameType(a.element, b.element);
  return true;
}

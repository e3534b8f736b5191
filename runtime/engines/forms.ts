/**
 * Values as texts that are compared: SQL of an engine over a value that is not null. Equal texts are equal values; values that are
 * equal may have other texts, which only costs a closer look. So a digest of them decides what need not be looked at.
 */

/** A type of the language as far as values of it differ. An enum is a string. */
export type ComparedType =
  | { readonly kind: 'bool' | 'int64' | 'float64' | 'string' | 'bytes' | 'date' | 'timestamp' | 'uuid' | 'json' }
  /** All numbers that are exact, with so many digits after the point. */
  | { readonly kind: 'decimal'; readonly scale: number }
  | { readonly kind: 'list'; readonly element: ComparedType };

export interface ValueForms {
  /** The same text on every engine; null where there is none. */
  readonly shared: (value: string, type: ComparedType) => string | null;
  /** The same text on this engine. */
  readonly own: (value: string, type: ComparedType) => string;
  /** What the reader gives in a form that is the same whatever the engine; a null is null. */
  readonly shown: (value: string, type: ComparedType) => string;
  /** How many bytes a text has. */
  readonly bytes: (text: string) => string;
  /** MD5 of a text, 32 lower-case hex digits. */
  readonly digest: (text: string) => string;
  /** 15 hex digits as a number. */
  readonly number: (hex: string) => string;
  /** The sum of such numbers, however many, as text. */
  readonly sum: (number: string) => string;
  /** An order of hex digits that is the same on every engine. */
  readonly order: (hex: string) => string;
}

/** Types whose values readers give as each engine has them, though there is one text for all. */
export function shownAs(own: ValueForms['own']): ValueForms['shown'] {
  return (value, type) => {
    switch (type.kind) {
      case 'int64':
      case 'decimal':
      case 'bytes':
      case 'uuid':
      case 'json':
        return `CASE WHEN ${value} IS NULL THEN NULL ELSE ${own(value, type)} END`;
      case 'bool':
      case 'float64':
      case 'string':
      case 'date':
      case 'timestamp':
      case 'list':
        return value;
    }
  };
}

/** Those whose own text is the same everywhere are shared; a float64 has a text of its bits that is. */
export function sharedAs(own: ValueForms['own'], bits: (value: string) => string): ValueForms['shared'] {
  return (value, type) => {
    switch (type.kind) {
      case 'json':
      case 'list':
        return null;
      case 'float64':
        return bits(value);
      default:
        return own(value, type);
    }
  };
}

/** Types of columns as targets record them, in the language's words, and how values of two of them are compared. */
import type { ComparedType } from '../engines/forms.ts';

type Spelt = ComparedType | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number };

const PLAIN = new Set(['bool', 'int64', 'float64', 'string', 'bytes', 'date', 'timestamp', 'uuid', 'json']);
/** Digits before the point of an int64. */
const WHOLE_DIGITS = 19;
const MOST_DIGITS = 38;

/**
 * What values of a column on both sides are compared as; null where they cannot be equal or different.
 * @param from in the language's words: `decimal(12, 2)?`, `list<string>`; a name that is no type's is an enum's
 */
export function commonType(from: string, to: string): ComparedType | null {
  return common(spelt(from), spelt(to));
}

function spelt(text: string): Spelt {
  const name = text.replace(/\?$/, '');
  const [, precision, scale] = /^decimal\((\d+), ?(\d+)\)$/.exec(name) ?? [];
  if (precision !== undefined) return { kind: 'decimal', precision: Number(precision), scale: Number(scale) };
  const [, element] = /^list<(.*)>$/.exec(name) ?? [];
  if (element !== undefined) return { kind: 'list', element: spelt(element) };
  return PLAIN.has(name) ? ({ kind: name } as ComparedType) : { kind: 'string' };
}

function common(from: Spelt, to: Spelt): ComparedType | null {
  const digits = [digitsOf(from), digitsOf(to)];
  if (from.kind !== 'int64' || to.kind !== 'int64') {
    const [one, other] = digits;
    if (one != null && other != null) {
      const scale = Math.max(one.scale, other.scale);
      return Math.max(one.whole, other.whole) + scale > MOST_DIGITS ? null : { kind: 'decimal', scale };
    }
  }
  if (from.kind !== to.kind) return null;
  if (from.kind !== 'list' || to.kind !== 'list') return from;
  const element = common(from.element, to.element);
  // Items are compared as they are.
  return element === null || JSON.stringify(from.element) !== JSON.stringify(to.element)
    ? null
    : { kind: 'list', element };
}

/** Digits before and after the point. */
function digitsOf(type: Spelt): { readonly whole: number; readonly scale: number } | null {
  if (type.kind === 'int64') return { whole: WHOLE_DIGITS, scale: 0 };
  return type.kind === 'decimal' && 'precision' in type
    ? { whole: type.precision - type.scale, scale: type.scale }
    : null;
}

/** When two values of a column are equal: as the language has it. Values are in the forms of `ValueForms.shown`. */
import type { ComparedType } from '../engines/forms.ts';

/** Inexact values are equal where so many significant digits are. */
const DIGITS = 12;

/** A text or number for a value: equal ones, equal values. A null is null. */
export function canonicalOf(type: ComparedType): (value: unknown) => string | number | null {
  const canonical = canonicalText(type);
  return (value) => (value === null || value === undefined ? null : canonical(value));
}

function canonicalText(type: ComparedType): (value: unknown) => string | number {
  switch (type.kind) {
    case 'float64':
      // The reader has no number for what is not finite, and JavaScript two zeros.
      return (value) => (typeof value === 'number' ? value + 0 : String(value));
    case 'json':
      return (value) => canonicalJson(String(value));
    case 'list': {
      const item = canonicalOf(type.element);
      return (value) => JSON.stringify(Array.isArray(value) ? value.map(item) : value);
    }
    default:
      return String;
  }
}

/** Of inexact numbers: they agree in as many digits as engines do. */
export function isClose(a: string | number | null, b: string | number | null): boolean {
  if (a === b) return true;
  if (typeof a !== 'number' || typeof b !== 'number') return false;
  return Math.abs(a - b) <= 10 ** (1 - DIGITS) * 0.5 * Math.max(Math.abs(a), Math.abs(b));
}

/** Engines keep a document's text, or what it means: names in order, the last of each, numbers by their value. */
function canonicalJson(text: string): string {
  try {
    // Numbers that do not fit into a double are compared by their digits.
    return JSON.stringify(
      sorted(JSON.parse(text.replaceAll(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, numbersAsTexts))),
    );
  } catch {
    return text;
  }
}

/** Strings are marked, so that no number is one of them. */
function numbersAsTexts(token: string): string {
  return token.startsWith('"') ? `"s${token.slice(1)}` : `"n${plainNumber(token)}"`;
}

/** `1.50e2` → `150`: the digits without an exponent and without zeros that say nothing. */
function plainNumber(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const trimmed = digits.replace(/0+$/, '');
  if (trimmed === '') return '0';
  return `${sign}${trimmed}e${Number(exponent) - fraction.length + digits.length - trimmed.length}`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([name, item]) => [name, sorted(item)]),
  );
}

/** Literals: read and checked once, here. */
import type { Expr as Rex } from '../relational/rel.ts';
import { DATE, decimal, FLOAT64, INT64, TIMESTAMP, type ValueType } from '../relational/types.ts';
import type { DateLiteral, NumberLiteral } from '../syntax/ast.ts';
import type { Span } from '../syntax/source.ts';
import { ERROR, type ExprEnv, literal } from './expression-env.ts';
import { floatText, literalShape, readDate, readTimestamp } from './widening.ts';

const INT64_MAX = 9223372036854775807n;

export function numberLiteral(expr: NumberLiteral, negative: boolean, span: Span, at: ExprEnv): Rex {
  const sign = negative ? '-' : '';
  switch (expr.form) {
    case 'integer': {
      const text = expr.text.replace(/^0+(?=\d)/, '');
      if (text.length >= 19 && BigInt(text) > INT64_MAX + (negative ? 1n : 0n)) {
        at.env.context.report(
          'number-out-of-range',
          { text: `${sign}${expr.text}`, type: 'int64', limit: 'the most is 9223372036854775807' },
          span,
        );
        return ERROR;
      }
      return literal(text === '0' ? '0' : `${sign}${text}`, INT64);
    }
    case 'decimal': {
      const point = expr.text.indexOf('.');
      const whole = expr.text.slice(0, point).replace(/^0+(?=\d)/, '') || '0';
      const fraction = expr.text.slice(point + 1);
      const precision = Math.max(1, (whole === '0' ? 0 : whole.length) + fraction.length);
      if (precision > 38) {
        at.env.context.report(
          'number-out-of-range',
          { text: `${sign}${expr.text}`, type: 'decimal', limit: 'it has 38 digits at most' },
          span,
        );
        return ERROR;
      }
      return literal(
        fraction === '' ? `${sign}${whole}` : `${sign}${whole}.${fraction}`,
        decimal(precision, fraction.length),
      );
    }
    case 'float': {
      const value = Number(`${sign}${expr.text}`);
      if (!Number.isFinite(value)) {
        at.env.context.report(
          'number-out-of-range',
          { text: `${sign}${expr.text}`, type: 'float64', limit: 'it is beyond the greatest finite one' },
          span,
        );
        return ERROR;
      }
      return literal(floatText(value === 0 ? 0 : value), FLOAT64);
    }
  }
}

export function dateLiteral(expr: DateLiteral, at: ExprEnv): Rex {
  const type: ValueType = expr.type === 'date' ? DATE : TIMESTAMP;
  const value = expr.type === 'date' ? readDate(expr.value) : readTimestamp(expr.value);
  if (value !== null) return literal(value, type);
  reportInvalid(expr.value, type, expr, at);
  return ERROR;
}

export function reportInvalid(text: string, type: ValueType, span: Span, at: ExprEnv): void {
  at.env.context.report('invalid-literal', { text, type: type.kind, shape: literalShape(type) ?? '' }, span);
}

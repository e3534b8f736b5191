/**
 * Checks as queries over the relation `this`, the new build. One scan measures all that can be measured in passing
 * (`count(*) FILTER …`); what compares rows with each other or with another dataset is a query of its own.
 */
import type { AuditPlan, CheckPlan } from '../../runtime/plan.ts';
import { isPersonal, MASK } from '../relational/mask.ts';
import type { ColumnId, Expr, RelColumn } from '../relational/rel.ts';
import type { CheckModel, DatasetModel } from '../semantics/model.ts';
import type { Dialect } from '../sql/dialect.ts';
import { renderExpr } from '../sql/expr.ts';
import type { Relation } from './destination.ts';

interface Measured {
  readonly plan: CheckPlan;
  /** The check's column in the shared scan, without its name. */
  readonly column: string | null;
}

export function auditOf(
  dataset: DatasetModel,
  relations: ReadonlyMap<string, Relation>,
  dialect: Dialect,
): AuditPlan | null {
  if (dataset.checks.length === 0) return null;
  const measured = dataset.checks.map((check, i) => measure(check, `check_${i + 1}`, dataset, relations, dialect));
  const columns = measured.flatMap(({ column, plan }) =>
    column === null || plan.measure === null ? [] : [`${column} AS ${dialect.quote(plan.measure)}`],
  );
  const shared = measured.some(({ plan }) => plan.measure !== null || plan.relative);
  const lines = [`count(*) AS ${dialect.quote('rows')}`, ...columns];
  return {
    sql: shared ? `SELECT\n  ${lines.join(',\n  ')}\nFROM this` : null,
    checks: measured.map(({ plan }) => plan),
  };
}

function measure(
  check: CheckModel,
  name: string,
  dataset: DatasetModel,
  relations: ReadonlyMap<string, Relation>,
  dialect: Dialect,
): Measured {
  const base = {
    text: check.text,
    severity: check.severity,
    at: { file: check.at.file, line: check.at.line },
    measure: name,
    sql: null,
    low: null,
    high: 0,
    relative: false,
    sample: null,
  };
  const quote = (column: string): string => dialect.quote(column);
  const { personal, shown, sampled } = samples(dataset, dialect);
  const { test } = check;
  switch (test.kind) {
    case 'rows-hold': {
      const condition = renderExpr(test.condition, (id) => quote(columnName(dataset, id)), dialect);
      // A null condition is neither broken nor counted, so `not` is enough.
      const broken = `NOT (${condition})`;
      const relative = test.mostly < 1;
      return {
        column: `count(*) FILTER (WHERE ${broken})`,
        plan: {
          ...base,
          high: relative ? Number((1 - test.mostly).toFixed(12)) : 0,
          relative,
          sample: `SELECT ${sampled('this')} FROM this WHERE ${broken}`,
        },
      };
    }
    case 'not-null': {
      const broken = test.columns.map((column) => `${quote(column)} IS NULL`).join(' OR ');
      return {
        column: `count(*) FILTER (WHERE ${broken})`,
        plan: { ...base, sample: `SELECT ${sampled('this')} FROM this WHERE ${broken}` },
      };
    }
    case 'unique': {
      const columns = test.columns.map(quote);
      const repeated = `SELECT ${columns.join(', ')}, count(*) AS "repeats" FROM this WHERE ${columns.map((column) => `${column} IS NOT NULL`).join(' AND ')} GROUP BY ${columns.join(', ')} HAVING count(*) > 1`;
      return {
        column: null,
        plan: {
          ...base,
          measure: null,
          sql: `SELECT coalesce(CAST(sum(repeated."repeats" - 1) AS BIGINT), 0) AS "failing" FROM (${repeated}) AS repeated`,
          sample: test.columns.some((column) => personal.has(column))
            ? `SELECT ${test.columns.map((column) => shown('repeated', column)).join(', ')}, repeated."repeats" FROM (${repeated}) AS repeated`
            : repeated,
        },
      };
    }
    case 'row-count':
      return { column: null, plan: { ...base, measure: 'rows', low: test.low, high: test.high } };
    case 'fresh':
      return { column: dialect.ageMs(`max(${quote(test.column)})`), plan: { ...base, high: test.withinMs } };
    case 'references': {
      const other = relations.get(test.dataset);
      if (other === undefined)
        throw new Error(`${dataset.name} refers to ${test.dataset}, which is not in the program`);
      const column = `this.${quote(test.column)}`;
      const missing = `FROM this WHERE ${column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ${quote(other.schema)}.${quote(other.name)} AS other WHERE other.${quote(test.otherColumn)} = ${column})`;
      return {
        column: null,
        plan: {
          ...base,
          measure: null,
          sql: `SELECT count(*) AS "failing" ${missing}`,
          sample: `SELECT ${sampled('this')} ${missing}`,
        },
      };
    }
  }
}

/** Rows of the new build, as they may be shown: personal data masked. */
function samples(dataset: DatasetModel, dialect: Dialect) {
  const quote = (column: string): string => dialect.quote(column);
  const personal = new Set(dataset.row.columns.filter(isPersonal).map((column) => column.name));
  const shown = (of: string, column: string): string =>
    personal.has(column)
      ? `CASE WHEN ${of}.${quote(column)} IS NOT NULL THEN '${MASK}' END AS ${quote(column)}`
      : `${of}.${quote(column)}`;
  const sampled = (of: string): string =>
    personal.size === 0 ? `${of}.*` : dataset.row.columns.map((column) => shown(of, column.name)).join(', ');
  return { personal, shown, sampled };
}

/** The rows of the new build for which a condition over these columns of its query holds. */
export function rowsOfBuild(
  dataset: DatasetModel,
  condition: Expr,
  columns: readonly RelColumn[],
  dialect: Dialect,
): string {
  const name = (id: ColumnId): string => dialect.quote(columns.find((column) => column.id === id)?.name ?? '');
  return `SELECT ${samples(dataset, dialect).sampled('this')} FROM this WHERE ${renderExpr(condition, name, dialect)}`;
}

/** Conditions of checks are over the dataset's columns, whose ids are their positions. */
export function columnName(dataset: DatasetModel, id: number): string {
  const column = dataset.row.columns[id];
  if (column === undefined)
    throw new Error(`a condition on ${dataset.name} reads column ${id} of ${dataset.row.columns.length}`);
  return column.name;
}

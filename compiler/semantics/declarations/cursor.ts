/** How a source that is asked tells what has come since: the column that grows. */
import type { RowType } from '../../relational/types.ts';
import { typeName } from '../../relational/types.ts';
import type { Declaration, Name } from '../../syntax/ast.ts';
import { duration, integer, name, oneOf, optional } from '../config.ts';
import type { ContractColumn, CursorModel } from '../model.ts';
import { columnOf, type DeclarationContext } from './context.ts';
import type { Home } from './dataset.ts';

/** What JavaScript counts without a loss. */
const MOST_BACK = Number.MAX_SAFE_INTEGER;

export const cursorProperties = {
  cursor: optional(
    name('a column of the source'),
    'pulled sources: the column that grows; a load asks for the rows from the greatest value on that was let in',
  ),
  lookback: optional(
    oneOf('a duration, such as `2d`, or of an int64 a number, such as `1000`', duration(0), integer(0, MOST_BACK)),
    'pulled sources: what is asked again before the cursor',
  ),
};

/** `lookback` says how far before the cursor, so that alone it says nothing. */
export function lookbackAlone(
  value: number | null,
  { properties: given }: Declaration,
  context: DeclarationContext,
): null {
  const lookback = given.find((property) => property.name.text === 'lookback');
  if (value !== null && lookback !== undefined && given.every((property) => property.name.text !== 'cursor'))
    context.report(
      'missing-property',
      { owner: 'a source with a `lookback`', property: 'cursor', expected: 'the column that grows' },
      lookback,
    );
  return null;
}

/** The column that tells what has come since: one that is ordered, always there, and stands by itself at the source. */
export function cursorOf(
  given: { readonly column: Name; readonly lookback: number | null },
  {
    row,
    broken,
    contract,
    home,
  }: {
    readonly row: RowType;
    readonly broken: boolean;
    readonly contract: readonly ContractColumn[];
    readonly home: Home;
  },
  declaration: Declaration,
  context: DeclarationContext,
): CursorModel | null {
  const { column: at, lookback } = given;
  const column = columnOf(context.symbol.name, row, at, broken, context);
  if (column === null || column.type.kind === 'error') return null;
  const wrong = (expected: string, found: string): null => {
    context.report('wrong-property-value', { property: 'cursor', expected, found }, at);
    return null;
  };
  const own = `\`${column.name}\``;
  const { kind } = column.type;
  if ((kind !== 'int64' && kind !== 'date' && kind !== 'timestamp') || column.nullable)
    return wrong(
      'a date, timestamp or int64 that is never null',
      `${own}, which is ${typeName(column.type)}${column.nullable ? '?' : ''}`,
    );
  const path = contract.find(({ name: each }) => each === column.name)?.path ?? [];
  if (path.length > 1)
    return wrong('a column of its own at the source', `${own}, which is read from \`${path.join('.')}\``);
  if (home.model?.kind === 'lake') {
    const instead = 'keep the source in a warehouse, or leave `cursor` out: it is then read whole at each run';
    context.report('not-supported-yet', { what: 'a `cursor` of a source that is kept in a lake', instead }, at);
    return null;
  }
  const property = declaration.properties.find((each) => each.name.text === 'lookback');
  const isCount = property?.value.kind !== 'duration';
  if (lookback !== null && property !== undefined && isCount !== (kind === 'int64')) {
    const expected =
      kind === 'int64'
        ? `a number, such as \`1000\`, as ${own} is an int64`
        : `a duration, such as \`2d\`, as ${own} is a ${kind}`;
    const found = `\`${context.text(property.value)}\``;
    context.report('wrong-property-value', { property: 'lookback', expected, found }, property.value);
    return null;
  }
  return { column: column.name, type: kind, lookback };
}

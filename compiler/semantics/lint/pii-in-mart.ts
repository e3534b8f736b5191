import type { Fix, Related } from '../../diagnostics/diagnostic.ts';
import type { Column } from '../../relational/types.ts';
import type { Declaration, NamedExpr, Query } from '../../syntax/ast.ts';
import type { Span } from '../../syntax/source.ts';
import type { DeclarationContext } from '../declarations/context.ts';
import { builtKinds } from '../declarations/registry.ts';
import { symbolPlace } from '../symbols.ts';
import { lintOf } from './lint.ts';

/**
 * Personal data travels with values: through every column computed from them, until it is dropped. Marts are read by many, so
 * it may not arrive there. What only decides which rows there are carries nothing on, and is fine.
 */
export const piiInMart = lintOf('pii-in-mart', builtKinds, (declaration, table, context) => {
  if (table.layer !== 'mart') return;
  const [first, ...others] = table.row.columns.filter(isPersonal);
  if (first === undefined) return;
  const at = columnSpan(declaration, first.name) ?? declaration.name ?? declaration.kind;
  context.report('pii-in-mart', { dataset: table.name, column: first.name }, at, {
    label: `carries ${kindsOf(first)}`,
    related: pathOf(first, context),
    notes: [
      ...others.map((column) => `\`${column.name}\` carries ${kindsOf(column)} too`),
      'drop the column, or keep only what it decides, such as `email is not null as has_email`',
    ],
    fixes: dropped([first, ...others], declaration, context),
  });
});

function isPersonal(column: Column): boolean {
  return column.tags.some((tag) => tag.name === 'pii');
}

function kindsOf(column: Column): string {
  return column.tags
    .filter((tag) => tag.name === 'pii')
    .map((tag) => `pii(${tag.value})`)
    .join(', ');
}

/** From where it starts to where it last passes, the start first. */
function pathOf(column: Column, context: DeclarationContext): readonly Related[] {
  const path: Related[] = [];
  const seen = new Set<string>();
  for (let at: Column | undefined = column; at !== undefined; ) {
    const origin: Column['origins'][number] | undefined = at.origins.find(
      (each) => each.kind === 'direct' && columnIn(each, context) !== null,
    );
    if (origin === undefined || seen.has(`${origin.dataset} ${origin.column}`)) break;
    seen.add(`${origin.dataset} ${origin.column}`);
    const symbol = context.find('dataset', origin.dataset);
    if (symbol === null) break;
    at = columnIn(origin, context) ?? undefined;
    const declaration = context.tree(symbol);
    const comesFrom = at?.origins.some((each) => each.kind === 'direct' && columnIn(each, context) !== null) === true;
    const field = comesFrom ? null : fieldPlace(declaration, origin.column, context);
    const span = columnSpan(declaration, origin.column);
    path.unshift({
      place: field ?? (span === null ? symbolPlace(symbol) : { file: symbol.file, declaration: symbol.id, ...span }),
      message: comesFrom ? `and passes here, as \`${origin.dataset}.${origin.column}\`` : 'it starts here',
    });
  }
  return path;
}

/** The column that an origin names, where personal data is in it. */
function columnIn(origin: Column['origins'][number], context: DeclarationContext): Column | null {
  const column = context.rowsOf(origin.dataset)?.columns.find((each) => each.name === origin.column);
  return column !== undefined && isPersonal(column) ? column : null;
}

function fieldPlace({ type }: Declaration, column: string, context: DeclarationContext): Related['place'] | null {
  const symbol = type === null ? null : context.find('type', type.name.text);
  const body = symbol === null ? null : context.tree(symbol).body;
  const field = body?.kind === 'type-body' ? body.fields.find((each) => each.name.text === column) : undefined;
  return symbol === null || field === undefined
    ? null
    : { file: symbol.file, declaration: symbol.id, start: field.start, end: field.end };
}

/** Where the table's query makes the column, or lets it through with all others; the last such place counts. */
function columnSpan({ value }: Declaration, column: string): Span | null {
  if (value?.kind !== 'query') return null;
  for (const stage of [...value.stages].reverse()) {
    const made = madeBy(stage, column);
    if (made !== undefined) return { start: made.start, end: made.end };
  }
  return null;
}

function madeBy(stage: Query['stages'][number], column: string): Span | undefined {
  switch (stage.kind) {
    case 'select':
      return (
        stage.items.find((item) => item.kind === 'column' && nameOf(item) === column) ??
        stage.items.find((item) => item.kind === 'star')
      );
    case 'extend':
      return stage.items.find((item) => nameOf(item) === column);
    case 'set':
      return stage.assignments.find(({ name }) => name.text === column)?.name;
    case 'rename':
      return stage.pairs.find(({ to }) => to.text === column)?.to;
    case 'aggregate':
      return (
        stage.items.find((item) => nameOf(item) === column) ??
        stage.groups.find((item) => item.kind === 'key' && nameOf(item) === column)
      );
    default:
      return undefined;
  }
}

/** A column's name: its alias, or the last part of the name it is. */
function nameOf({ name, value }: NamedExpr): string | null {
  if (name !== null) return name.text;
  return value.kind === 'name' ? (value.name.parts.at(-1)?.text ?? null) : null;
}

/** Dropping is a choice: the columns may be wanted masked, or the table in another layer. */
function dropped(columns: readonly Column[], { value }: Declaration, context: DeclarationContext): readonly Fix[] {
  if (value?.kind !== 'query') return [];
  const names = columns.map((column) => column.name).join(', ');
  const place = context.place({ start: value.end, end: value.end });
  return [{ title: `add \`|> drop ${names}\``, safe: false, edits: [{ place, text: `\n  |> drop ${names}` }] }];
}

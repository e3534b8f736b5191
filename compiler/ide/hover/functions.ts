/** What a function is: one of the language's own, or of the project. */
import { type FunctionRow, functionRow } from '../../semantics/functions/table.ts';
import type { DeclarationSymbol } from '../../semantics/symbols.ts';
import type { Workspace } from '../../workspace/workspace.ts';
import { code, fence, list, paragraphs } from './markdown.ts';

/** Signatures that are shown. */
const MOST = 6;

/** `if` is written as a call and is a `case`. */
const IF = 'if(condition: bool, then: T, otherwise?: T) -> T';

/** @param refused why engines cannot run the call that is looked at, a sentence each */
export function functionCard(name: string, refused: readonly string[] = []): string | null {
  if (name === 'if')
    return paragraphs([
      fence('pipe', IF),
      'One value where the condition is true, else the other, or null where there is none.',
    ]);
  const row = functionRow(name);
  if (row === undefined) return null;
  const { signatures, doc, example } = row;
  const rest = signatures.length > MOST ? [`// and ${signatures.length - MOST} more`] : [];
  return paragraphs([
    fence('pipe', [...signatures.slice(0, MOST), ...rest].join('\n')),
    doc,
    example === null ? null : `${code(example.call)} gives ${code(example.gives)}`,
    list([...refused, ...rowFacts(row)]),
  ]);
}

function rowFacts(row: FunctionRow): readonly string[] {
  const { kind, strict, order, overNothing, carries } = row;
  return [
    ...(kind === 'scalar'
      ? []
      : [kind === 'aggregate' ? 'Aggregate: one value of many rows' : 'Window: needs `over (…)`']),
    ...(kind === 'scalar' && strict ? ['Null where an argument is null'] : []),
    ...(kind === 'aggregate' && overNothing === 'null' ? ['Null over no rows'] : []),
    ...(order === 'required' ? ['Needs an order: its result would be arbitrary'] : []),
    ...(carries === 'none' ? ['Tells nothing of its input: tags such as `@pii` end here'] : []),
  ];
}

/** `fn vat(x: decimal, rate: decimal) = round(x * rate, 2)`, as written. */
export function userFunctionCard(workspace: Workspace, symbol: DeclarationSymbol): string {
  const { tree, start, end } = workspace.declaration(symbol);
  return paragraphs([fence('pipe', workspace.text(symbol.file).slice(start, end)), tree.doc]);
}

/** Tables of program text, checked against datasets given by hand: the way from text to Rel without a whole project. */

import type { Rel } from '../../compiler/relational/rel.ts';
import type { RowType } from '../../compiler/relational/types.ts';
import type { CheckContext } from '../../compiler/semantics/context.ts';
import { elaborateQuery } from '../../compiler/semantics/queries.ts';
import { parseFile } from '../../compiler/syntax/parser.ts';
import { SourceFile } from '../../compiler/syntax/source.ts';
import { columns } from './rel.ts';

export interface CheckedTable {
  readonly name: string;
  readonly rel: Rel;
  readonly row: RowType;
  readonly doc: string | null;
  readonly line: number;
}

/**
 * The tables of the text in its order; each sees those before it and `given` (qualified name → `a string, b int64?`).
 * @throws Error with the first diagnostic
 */
export function checkTables(text: string, path: string, given: ReadonlyMap<string, RowType>): readonly CheckedTable[] {
  const source = new SourceFile(path, text);
  const file = parseFile(source);
  const datasets = new Map(given);
  const functions = new Map(
    file.declarations
      .filter((d) => d.kind.text === 'fn')
      .map((declaration) => [declaration.name?.text ?? '', { declaration, file: path }]),
  );
  const fail = (what: unknown): never => {
    throw new Error(`${path}: ${JSON.stringify(what)}`);
  };
  if (file.diagnostics.length > 0) fail(file.diagnostics[0]);
  return file.declarations.flatMap((declaration) => {
    if (declaration.kind.text !== 'table') return [];
    const { value } = declaration;
    if (value === null || value.kind !== 'query')
      return fail(`${declaration.name?.text} has no query`);
    let id = 0;
    const context: CheckContext = {
      report: (code, params, span) =>
        fail([code, params, text.slice(declaration.start + span.start, declaration.start + span.end)]),
      place: (span) => ({ file: path, declaration: declaration.start, start: span.start, end: span.end }) as never,
      text: (span) => text.slice(declaration.start + span.start, declaration.start + span.end),
      dataset: (name) => {
        const wanted = name.parts.map((part) => part.text).join('.');
        const found = [...datasets].find(([known]) => known === wanted || known.endsWith(`.${wanted}`));
        return found === undefined
          ? fail(`no dataset ${wanted}`)
          : { name: found[0], row: found[1], broken: false, place: null };
      },
      enumType: () => null,
      userFunction: (name) => functions.get(name) ?? null,
      userFunctionNames: () => [...functions.keys()],
      freshId: () => id++,
    };
    const { rel, row } = elaborateQuery(value, context);
    const name = [...(declaration.in?.parts.map((part) => part.text) ?? ['dwh']), declaration.name?.text ?? ''].join(
      '.',
    );
    datasets.set(name, row);
    return [{ name, rel, row, doc: declaration.doc, line: source.position(declaration.start).line }];
  });
}

export const rowOf = (spec: string): RowType => ({
  columns: columns(spec).map(({ id: _, ...column }) => column),
  keys: [],
});

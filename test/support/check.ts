/**
 * Checked programs as annotated text. Below a line of the program stand, in this order and as an exact set:
 *
 *     table t in dwh.core =
 *       from orders
 *       => order_id int64, status status, amount decimal(12, 2), note string?
 *       |> select order_id, amuont as paid
 *                           ^^^^^^ error[unknown-column]: there is no column `amuont` here
 *                           | label: did you mean `amount`?
 *                           | fix: replace `amuont` by `amount`
 *       => order_id int64, paid error
 *       <- order_id: orders.order_id
 *
 * - `^^^ severity[code]: message`: what is reported, with everything that comes with it: `label` (the words beside the
 *   carets), `see` (related places), `note`, `fix` (safe: `check --fix` applies it) and `choice` (a fix for a person to take);
 * - `=> …`: the row after the stage that ends on the line above. Shown for all stages of a declaration in which one such line
 *   stands, so that a lone `=>` with `UPDATE_FIXTURES=1` brings them all; `=> same` where the stage left it as it was;
 * - `<- column: dataset.column, …`: where the values of a dataset's columns come from, `(…)` around columns that only decide.
 *   Shown for all columns of a declaration in which one such line stands.
 *
 * `given` are files that the fixture stands beside, without annotations: nothing may be wrong in them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Column, valueName } from '../../compiler/relational/types.ts';
import type { SourceFile } from '../../compiler/syntax/source.ts';
import { type Declared, Workspace } from '../../compiler/workspace/workspace.ts';
import { caretNote, type Fixture, fixturesIn, type Note, parseFixture, updatesFixtures, withNotes } from './fixture.ts';

const given = (path: string) => ({
  path,
  text: readFileSync(join(import.meta.dirname, '../fixtures/check', path), 'utf8'),
});

/** Types and sources for the fixtures of queries to stand beside. */
export const shop = given('shop.pipe');
/** The tables of TPC-H. */
export const tpch = given('tpch.pipe');

type Files = readonly { readonly path: string; readonly text: string }[];

/** One test for each fixture file of a folder of test/fixtures: what it says is what the checker says. */
export function testCheckFixtures(
  folder: string,
  given: Files = [],
  prepare: (workspace: Workspace) => Promise<void> = async () => undefined,
): void {
  for (const { name, text, write } of fixturesIn(folder)) {
    test(name, async () => {
      const checked = await checkedText(text, given, prepare);
      if (updatesFixtures) write(checked);
      expect(checked).toBe(updatesFixtures ? checked : text);
    });
  }
}

/** The fixture's text, annotated with what checking it says. `prepare` answers the questions that it asks outside. */
async function checkedText(
  text: string,
  given: Files,
  prepare: (workspace: Workspace) => Promise<void>,
): Promise<string> {
  const fixture = parseFixture(text);
  const workspace = workspaceOf([...given, ...fixture.files]);
  await prepare(workspace);
  return withNotes(fixture, [...rowNotes(fixture, workspace), ...diagnosticNotes(fixture, workspace)].sort(byPlace));
}

/** A workspace of these files. */
export function workspaceOf(files: Files): Workspace {
  const workspace = new Workspace();
  for (const { path, text } of files) workspace.setFile(path, text);
  return workspace;
}

/** Errors stand in order of place, then the rows in order of checking: `rank` says which is which. */
interface Ranked extends Note {
  readonly offset: number;
  readonly rank: number;
}

function byPlace(a: Ranked, b: Ranked): number {
  return a.line - b.line || a.rank - b.rank || (a.rank === 0 ? a.offset - b.offset : 0);
}

function diagnosticNotes(fixture: Fixture, workspace: Workspace): Ranked[] {
  return workspace.check().flatMap((diagnostic) => {
    const { place, label, related, notes, fixes } = diagnostic;
    const file = fixture.files.find((each) => each.path === place.file);
    const at = workspace.absolute(place);
    if (file === undefined) throw new Error(`outside of the fixture, in ${place.file}: ${diagnostic.message}`);
    const head = caretNote(file, { ...place, ...at }, diagnostic);
    const indent = ' '.repeat(file.position(at.start).column - 1);
    const below = [
      ...(label === null ? [] : [`label: ${label}`]),
      ...related.map((each) => {
        const source = fixture.files.find(({ path }) => path === each.place.file);
        const { start, end } = workspace.absolute(each.place);
        const where = source === undefined ? '' : `\`${firstLine(source.text.slice(start, end))}\` in `;
        return `see: ${where}${each.place.file}: ${each.message}`;
      }),
      ...notes.map((each) => `note: ${each}`),
      ...fixes.map((fix) => `${fix.safe ? 'fix' : 'choice'}: ${fix.title}`),
    ];
    return [head, ...below.map((text) => ({ ...head, text: `${indent}| ${text}` }))].map((note) => ({
      ...note,
      offset: at.start,
      rank: 0,
    }));
  });
}

function firstLine(text: string): string {
  const [first = '', ...rest] = text.split('\n');
  return rest.length === 0 ? first : `${first} …`;
}

function rowNotes(fixture: Fixture, workspace: Workspace): Ranked[] {
  return fixture.files.flatMap((file) =>
    workspace.declared(file.path).flatMap((dataset) => {
      if (dataset.symbol.namespace !== 'dataset') return [];
      const [from, to] = [dataset.start, dataset.end].map((offset) => file.position(offset).line);
      const asks = (sign: string): boolean =>
        fixture.notes.some(
          (note) =>
            note.file === file.path &&
            note.line >= (from ?? 0) &&
            note.line <= (to ?? 0) &&
            note.text.trim().startsWith(sign),
        );
      return [
        ...(asks('=>') ? stageNotes(file, dataset, workspace) : []),
        ...(asks('<-') ? originNotes(file, dataset, workspace) : []),
      ];
    }),
  );
}

function stageNotes(file: SourceFile, { symbol, start }: Declared, workspace: Workspace): Ranked[] {
  let before = '';
  return workspace.trace(symbol).seen.flatMap(({ span, after }) => {
    if (after === null) return [];
    const end = start + span.end;
    const row = after.map(columnText).join(', ');
    const text = `  => ${row === before ? 'same' : row}`;
    before = row;
    return [{ file: file.path, line: file.position(end).line, text, offset: end, rank: 1 }];
  });
}

function columnText(column: Pick<Column, 'name' | 'type' | 'nullable' | 'inexact'>): string {
  const inexact = column.inexact ? ' inexact' : '';
  return `${column.name} ${valueName(column)}${inexact}`;
}

function originNotes(file: SourceFile, { symbol, end }: Declared, workspace: Workspace): Ranked[] {
  return (workspace.row(symbol.name)?.columns ?? []).map(({ name, origins, tags }) => {
    const from = origins.map(({ dataset, column, kind }) =>
      kind === 'direct' ? `${dataset}.${column}` : `(${dataset}.${column})`,
    );
    const tagged = tags.map((tag) => ` @${tag.name}(${tag.value})`).join('');
    const text = `  <- ${name}: ${from.length === 0 ? 'nothing' : from.join(', ')}${tagged}`;
    return { file: file.path, line: file.position(end).line, text, offset: end, rank: 2 };
  });
}

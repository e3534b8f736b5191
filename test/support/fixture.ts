/**
 * Annotated programs. A fixture is one text:
 *
 *     --- main.pipe
 *     table t in dwh.core =
 *       from orders
 *       |> where a ==$0 1
 *                ^^ error[wrong-operator]: `==` is not an operator here: write `=`
 *     --- other.pipe
 *     …
 *
 * `--- name` begins a file (without one, all is `main.pipe`), `$0` is a cursor, and a line of carets with a severity, a code
 * and a message says what is reported on the line above; a single caret is also a place of no width. The set is exact:
 * `annotate` writes what was reported into the text, and the test compares the two texts. What else may stand between the
 * lines of a checked program is told in check.ts.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic, Place } from '../../compiler/diagnostics/diagnostic.ts';
import { SourceFile } from '../../compiler/syntax/source.ts';

export interface Fixture {
  readonly files: readonly SourceFile[];
  readonly cursor: { readonly file: string; readonly offset: number } | null;
  /** Whether the text named its files. */
  readonly named: boolean;
  /** The lines taken out, each with the file and the line (from 1) below which it stood. */
  readonly notes: readonly Note[];
}

/** A line that says something of the line above it. */
export interface Note {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

const annotation =
  /^ *(?:\^+ (?:error|warning|info)\[[a-z0-9-]+\]: |\| (?:label|see|note|fix|choice): |(?:=>|<-)(?: |$))/;

/** Takes annotations and cursors out of a fixture's text. */
export function parseFixture(text: string): Fixture {
  const files: SourceFile[] = [];
  let cursor: Fixture['cursor'] = null;
  let path = 'main.pipe';
  let lines: string[] = [];
  let named = false;
  const notes: Note[] = [];
  const close = () => {
    let content = lines.join('\n');
    const at = content.indexOf('$0');
    if (at !== -1) {
      cursor = { file: path, offset: at };
      content = content.slice(0, at) + content.slice(at + 2);
    }
    files.push(new SourceFile(path, content));
    lines = [];
  };
  for (const line of text.split('\n')) {
    const header = /^--- (\S+)$/.exec(line);
    if (header !== null) {
      if (named || lines.some((other) => other.trim() !== '')) close();
      lines = [];
      path = header[1] ?? '';
      named = true;
    } else if (annotation.test(line)) notes.push({ file: path, line: lines.length, text: line });
    else lines.push(line);
  }
  close();
  return { files, cursor, named, notes };
}

/** The fixture's text with what was reported, in the form of the annotations. Places must be absolute offsets. */
export function annotate(
  fixture: Fixture,
  diagnostics: readonly Diagnostic[],
  absolute: (place: Place) => Place = (place) => place,
): string {
  const notes = diagnostics.flatMap((diagnostic) => {
    const place = absolute(diagnostic.place);
    const file = fixture.files.find((each) => each.path === place.file);
    return file === undefined ? [] : [caretNote(file, place, diagnostic)];
  });
  return withNotes(fixture, notes);
}

/** The annotation of a diagnostic. */
export function caretNote(file: SourceFile, place: Place, diagnostic: Diagnostic): Note {
  const start = file.position(place.start);
  const width = Math.min(place.end, place.start + file.line(start.line).length - start.column + 1) - place.start;
  const carets = ' '.repeat(start.column - 1) + '^'.repeat(Math.max(1, width));
  return {
    file: file.path,
    line: start.line,
    text: `${carets} ${diagnostic.severity}[${diagnostic.code}]: ${diagnostic.message}`,
  };
}

/** The fixture's text with these notes below their lines, in the order given. */
export function withNotes(fixture: Fixture, notes: readonly Note[]): string {
  const parts: string[] = [];
  for (const file of fixture.files) {
    const byLine = Map.groupBy(
      notes.filter((note) => note.file === file.path),
      (note) => note.line,
    );
    if (fixture.named) parts.push(`--- ${file.path}`);
    file.text.split('\n').forEach((line, at) => {
      const cursor = fixture.cursor?.file === file.path ? file.position(fixture.cursor.offset) : null;
      parts.push(
        cursor?.line === at + 1 ? `${line.slice(0, cursor.column - 1)}$0${line.slice(cursor.column - 1)}` : line,
        ...(byLine.get(at + 1) ?? []).map((note) => note.text),
      );
    });
  }
  return parts.join('\n');
}

export interface NamedText {
  readonly name: string;
  readonly text: string;
  /** Writes another text in its place: how fixtures are renewed with `UPDATE_FIXTURES=1`. */
  readonly write: (text: string) => void;
}

/** The fixture files of a folder of test/fixtures, in order of name. */
export function fixturesIn(folder: string): NamedText[] {
  const path = join(import.meta.dirname, '..', 'fixtures', folder);
  return readdirSync(path)
    .sort()
    .map((name) => ({
      name,
      text: readFileSync(join(path, name), 'utf8'),
      write: (text: string) => writeFileSync(join(path, name), text),
    }));
}

export const updatesFixtures = process.env['UPDATE_FIXTURES'] !== undefined;

/** The text with the safe fixes of its diagnostics applied, the first where two overlap. */
export function applySafeFixes(
  file: SourceFile,
  diagnostics: readonly Diagnostic[],
  absolute: (place: Place) => Place = (place) => place,
): string {
  const edits = diagnostics
    .flatMap((diagnostic) => diagnostic.fixes.filter((fix) => fix.safe).slice(0, 1))
    .flatMap((fix) => fix.edits)
    .map((edit) => ({ ...absolute(edit.place), text: edit.text }))
    .filter((edit) => edit.file === file.path)
    .sort((a, b) => a.start - b.start);
  let out = '';
  let at = 0;
  for (const edit of edits) {
    if (edit.start < at) continue;
    out += file.text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return out + file.text.slice(at);
}

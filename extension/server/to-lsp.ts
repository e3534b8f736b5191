/**
 * The only place that turns what the compiler says, offsets and plain data, into what an editor is told. Positions are
 * counted in UTF-16 units, as the protocol has it unless both sides agree on something else, and as JavaScript does.
 */
import {
  type ClientCapabilities,
  type CodeDescription,
  DiagnosticSeverity,
  DiagnosticTag,
  type Location,
  type Diagnostic as LspDiagnostic,
  type Position,
  type Range,
  type TextDocumentEdit,
  type TextEdit,
  type WorkspaceEdit,
} from 'vscode-languageserver';
import { type Code, codes } from '../../compiler/diagnostics/codes.ts';
import type { CodeRow, Diagnostic, Place, Severity } from '../../compiler/diagnostics/diagnostic.ts';
import type { FileSpan } from '../../compiler/ide/occurrences.ts';

/** Where the lines of a text begin. Unlike in the language, a lone carriage return ends a line for editors. */
export class Lines {
  readonly #starts: readonly number[];
  readonly #text: string;

  constructor(text: string) {
    const starts = [0];
    if (text.includes('\r'))
      for (const { index, 0: end } of text.matchAll(/\r\n|\r|\n/g)) starts.push(index + end.length);
    else for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.#starts = starts;
    this.#text = text;
  }

  position(offset: number): Position {
    const starts = this.#starts;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low, character: Math.min(offset, this.#text.length) - (starts[low] ?? 0) };
  }

  range({ start, end }: { readonly start: number; readonly end: number }): Range {
    return { start: this.position(start), end: this.position(end) };
  }

  /** A position beyond the end of its line, or of the text, means that end. */
  offset({ line, character }: Position): number {
    const start = this.#starts[line];
    if (start === undefined) return line < 0 ? 0 : this.#text.length;
    const next = this.#starts[line + 1];
    const end = next === undefined ? this.#text.length : this.#withoutLineEnd(start, next);
    return Math.max(start, Math.min(start + character, end));
  }

  #withoutLineEnd(start: number, next: number): number {
    let end = next;
    while (end > start && '\r\n'.includes(this.#text.charAt(end - 1))) end -= 1;
    return end;
  }
}

/** A place in a file as an editor finds it; null where there is no such place any more. */
export type Locate = (place: Place) => Location | null;

const SEVERITIES: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
};

/** `docs` answers with the page of a code. Null where the place is gone. */
export function toDiagnostic(
  found: Diagnostic,
  locate: Locate,
  docs: (code: string) => CodeDescription | null,
): LspDiagnostic | null {
  const at = locate(found.place);
  if (at === null) return null;
  const description = docs(found.code);
  const row: CodeRow<never> | undefined = codes[found.code as Code];
  const related = found.related.flatMap(({ place, message }) => {
    const location = locate(place);
    return location === null ? [] : [{ location, message }];
  });
  return {
    range: at.range,
    severity: SEVERITIES[found.severity],
    code: found.code,
    ...(description === null ? {} : { codeDescription: description }),
    source: 'pipec',
    message: [found.message, ...(found.label === null ? [] : [found.label]), ...found.notes].join('\n'),
    ...(row?.tag === 'unused' ? { tags: [DiagnosticTag.Unnecessary] } : {}),
    ...(related.length === 0 ? {} : { relatedInformation: related }),
  };
}

/** A replacement in a file, as features of the compiler give it. */
export interface FileEdit {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What can be asked of a project's files. */
export interface Files {
  file(path: string): { readonly uri: string; readonly version: number | null; readonly lines: Lines } | null;
}

/** In one file. */
export function toTextEdits(edits: readonly FileEdit[], lines: Lines): TextEdit[] {
  return edits.map(({ text, ...span }) => ({ range: lines.range(span), newText: text }));
}

/** Over files, for the texts as the editor has them now: it refuses the edits where it has gone on since. */
export function toWorkspaceEdit(edits: readonly FileEdit[], files: Files, client: ClientCapabilities): WorkspaceEdit {
  const changes: Record<string, TextEdit[]> = {};
  const documentChanges: TextDocumentEdit[] = [];
  for (const [path, ofFile] of Map.groupBy(edits, ({ file }) => file)) {
    const file = files.file(path);
    if (file === null) continue;
    const { uri, version, lines } = file;
    const textEdits = toTextEdits(ofFile, lines);
    changes[uri] = textEdits;
    documentChanges.push({ textDocument: { uri, version }, edits: textEdits });
  }
  return client.workspace?.workspaceEdit?.documentChanges === true ? { documentChanges } : { changes };
}

/** A place of a file; null where the file is gone. */
export function toLocation({ file, start, end }: FileSpan, files: Files): Location | null {
  const found = files.file(file);
  return found === null ? null : { uri: found.uri, range: found.lines.range({ start, end }) };
}

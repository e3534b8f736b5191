/** From text to tree. Never throws, and loses no declaration: what is wrong in one stays in it. */

import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Declaration, Query } from './ast.ts';
import { loneSurrogate } from './characters.ts';
import { declarationRuns, queryRun } from './context.ts';
import type { Comment } from './lexer.ts';
import { lex } from './lexer.ts';
import { PipeParser } from './parser/declarations.ts';
import { Reporter } from './report.ts';
import type { SourceFile } from './source.ts';

export type { Comment } from './lexer.ts';

export interface ParsedFile {
  readonly source: SourceFile;
  readonly declarations: readonly Declaration[];
  /** Their places are absolute offsets (`declaration` is null). */
  readonly diagnostics: readonly Diagnostic[];
  readonly comments: readonly Comment[];
}

/** One for all files, made when first used: chevrotain analyses the grammar as it starts. */
let shared: PipeParser | null = null;

export function parseFile(source: SourceFile): ParsedFile {
  const reporter = new Reporter(source.path);
  const lexed = lex(source.text, reporter);
  reportSurrogate(source.text, reporter);
  shared ??= new PipeParser();
  const declarations: Declaration[] = [];
  for (const run of declarationRuns(lexed.tokens)) {
    const declaration = shared.parseDeclaration(run, lexed.docs, reporter);
    if (declaration !== null) declarations.push(declaration);
  }
  return { source, declarations, diagnostics: inOrder(reporter), comments: lexed.comments };
}

/** Parses a query that stands alone, as in `pipec query 'from …'`; spans and places are offsets in the text. */
export function parseQuery(
  text: string,
  path = '<query>',
): { readonly query: Query; readonly diagnostics: readonly Diagnostic[] } {
  const reporter = new Reporter(path);
  const lexed = lex(text, reporter);
  reportSurrogate(text, reporter);
  shared ??= new PipeParser();
  const query = shared.parseQuery(queryRun(lexed.tokens), reporter);
  return { query, diagnostics: inOrder(reporter) };
}

function reportSurrogate(text: string, reporter: Reporter): void {
  const at = loneSurrogate(text);
  if (at !== -1) reporter.report('invisible-character', { what: 'half of a surrogate pair' }, at, at + 1);
}

function inOrder(reporter: Reporter): readonly Diagnostic[] {
  return reporter.diagnostics.sort((a, b) => a.place.start - b.place.start);
}

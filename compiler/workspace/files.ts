/** The files of a project, and what follows from each alone. */
import { hash } from 'node:crypto';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { namespaceOf } from '../semantics/declarations/registry.ts';
import { type DeclarationSymbol, symbolsOf } from '../semantics/symbols.ts';
import { type ParsedFile, parseFile } from '../syntax/parser.ts';
import { SourceFile } from '../syntax/source.ts';
import { symbolsForm } from './forms.ts';
import { type Database, type Input, KEPT, type Query, sameData } from './query.ts';

export class Files {
  readonly #texts: Input<string>;
  readonly #list: Input<readonly string[]>;
  #paths = new Set<string>();

  readonly parse: Query<ParsedFile>;
  /** What is wrong in a file's text. */
  readonly syntax: Query<readonly Diagnostic[]>;
  readonly symbols: Query<readonly DeclarationSymbol[]>;
  /** Where a file's declarations begin. Nothing that is checked may depend on it. */
  readonly starts: Query<readonly number[]>;

  constructor(db: Database) {
    this.#texts = db.input('text', (text) => (text === undefined ? '' : hash('sha256', text, 'base64')));
    this.#list = db.input('files', (files) => JSON.stringify(files ?? []));
    this.parse = db.query('parse', (file) => parseFile(new SourceFile(file, this.text(file))));
    this.syntax = db.query('syntax', (file) => this.parse.get(file).diagnostics, KEPT);
    this.symbols = db.query('symbols', (file) => symbolsOf(file, this.parse.get(file).declarations, namespaceOf), {
      equal: sameData,
      kept: symbolsForm,
    });
    this.starts = db.query(
      'starts',
      (file) => this.parse.get(file).declarations.map((declaration) => declaration.start),
      KEPT,
    );
  }

  /** Paths, in order. */
  all(): readonly string[] {
    return this.#list.get('') ?? [];
  }

  has(path: string): boolean {
    return this.#paths.has(path);
  }

  text(path: string): string {
    return this.#texts.get(path) ?? '';
  }

  /** From here on there are exactly these. */
  setAll(files: Iterable<{ readonly path: string; readonly text: string }>): void {
    const gone = this.#paths;
    this.#paths = new Set();
    for (const { path, text } of files) {
      this.#paths.add(path);
      gone.delete(path);
      this.#texts.set(path, text);
    }
    for (const path of gone) this.#texts.delete(path);
    this.#listed();
  }

  set(path: string, text: string): void {
    this.#texts.set(path, text);
    if (this.#paths.has(path)) return;
    this.#paths.add(path);
    this.#listed();
  }

  remove(path: string): void {
    if (!this.#paths.delete(path)) return;
    this.#texts.delete(path);
    this.#listed();
  }

  #listed(): void {
    this.#list.set('', [...this.#paths].sort());
  }
}

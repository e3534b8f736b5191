/** What is known at the cursor: the declaration as it is written, what its names mean, which columns are in reach. */
import type { RowType, ValueInfo } from '../../relational/types.ts';
import type { Reach, Seen, TypedExpr } from '../../semantics/trace.ts';
import { isNumber } from '../../semantics/widening.ts';
import type { Token } from '../../syntax/tokens.ts';
import type { Draft, Workspace } from '../../workspace/workspace.ts';
import { type Frame, id, is, type Writing } from '../frames.ts';

/** Files of the project's folder, for paths: names below a folder, those of folders end in `/`. */
export type ListFiles = (folder: string) => readonly string[];

export class Scene {
  readonly workspace: Workspace;
  readonly writing: Writing;
  readonly list: ListFiles;
  #draft: Draft | null | undefined;

  constructor(workspace: Workspace, writing: Writing, list: ListFiles) {
    this.workspace = workspace;
    this.writing = writing;
    this.list = list;
  }

  get frames(): readonly Frame[] {
    return this.writing.frames;
  }

  get quoted(): boolean {
    return this.writing.quote !== null;
  }

  /** The declaration with the placeholder in it; null between declarations. */
  get draft(): Draft | null {
    if (this.#draft === undefined) {
      const { file, text, at } = this.writing;
      this.#draft = this.workspace.draft(file, text, at);
    }
    return this.#draft;
  }

  /** Offsets as the trace has them. */
  inDraft(offset: number): number {
    return offset - (this.draft?.start ?? 0);
  }

  /** What names reach at the cursor, the innermost query first; those around it where they may be named in it. */
  get reach(): Reach | null {
    const trace = this.draft?.trace;
    if (trace === undefined) return null;
    const at = this.inDraft(this.writing.at);
    const around = trace.seen.filter(({ span }) => span.start <= at && at <= span.end);
    const innermost = smallest(around);
    if (innermost === null || is(firstToken(this.frames), id.From)) return null;
    return innermost.before;
  }

  /** Rows of the dataset that is being declared. */
  get ownRow(): RowType | null {
    return this.draft?.row ?? null;
  }

  /** The value that ends right before a token: what an operator compares with. */
  valueBefore(token: Token | undefined): ValueInfo | null {
    const trace = this.draft?.trace;
    if (trace === undefined || token === undefined) return null;
    const end = this.inDraft(token.end);
    let longest: TypedExpr | null = null;
    for (const each of trace.typed)
      if (each.span.end === end && (longest === null || each.span.start < longest.span.start)) longest = each;
    return longest?.value ?? null;
  }

  dataset(written: string): { readonly name: string; readonly row: RowType } | null {
    const found = this.workspace.datasetsNamed(written);
    const [symbol] = found;
    if (symbol === undefined || found.length > 1) return null;
    const row = this.workspace.lastRow(symbol.name);
    return row === null ? null : { name: symbol.name, row };
  }
}

const firstToken = (frames: readonly Frame[]): Token | undefined => {
  const tokens = frames.at(-1)?.tokens ?? [];
  const start = tokens.findLastIndex(({ tokenTypeIdx }) => tokenTypeIdx === id.Pipe);
  return start === -1 ? undefined : tokens[start + 1];
};

function smallest(seen: readonly Seen[]): Seen | null {
  let found: Seen | null = null;
  for (const each of seen)
    if (found === null || each.span.end - each.span.start <= found.span.end - found.span.start) found = each;
  return found;
}

/** Whether a value fits where one of this type is wanted; everything fits where nothing is known. */
export function fits(value: ValueInfo, wanted: ValueInfo | null): boolean {
  if (wanted === null || wanted.type.kind === 'error' || wanted.type.kind === 'null') return true;
  if (isNumber(wanted.type)) return isNumber(value.type);
  if (wanted.type.kind === 'enum' && value.type.kind === 'enum') return wanted.type.name === value.type.name;
  return value.type.kind === wanted.type.kind;
}

/** Programs that the documentation shows: what the compiler says of them, as `pipec check` prints it. */

import type { Diagnostic } from '../../compiler/diagnostics/diagnostic.ts';
import { type Locate, renderDiagnostics } from '../../compiler/diagnostics/render.ts';
import { style } from '../../compiler/diagnostics/style.ts';
import { SourceFile } from '../../compiler/syntax/source.ts';
import { Workspace } from '../../compiler/workspace/workspace.ts';

export const PLAIN = style({ width: 100, colour: false, unicode: true });

export interface Checked {
  /** In the order of the text. */
  readonly found: readonly Diagnostic[];
  /** With code frames; '' where nothing is wrong. */
  readonly printed: string;
}

/** Checks the files, by path, as one project. */
export function checkFiles(files: Readonly<Record<string, string>>): Checked {
  const workspace = new Workspace();
  const sources = new Map<string, SourceFile>();
  for (const [path, text] of Object.entries(files)) {
    workspace.setFile(path, text);
    sources.set(path, new SourceFile(path, text));
  }
  const locate: Locate = (place) => {
    const source = sources.get(place.file);
    return source === undefined ? null : { source, ...workspace.absolute(place) };
  };
  const found = workspace.check();
  return { found, printed: renderDiagnostics(found, locate, PLAIN).trimEnd() };
}

/** Every feature of the server. */
import type { Feature } from './feature.ts';
import { codeActions } from './features/code-actions.ts';
import { diagnostics } from './features/diagnostics.ts';
import { folding } from './features/folding.ts';
import { formatting } from './features/formatting.ts';
import { codeLenses } from './features/lenses.ts';
import { documentLinks } from './features/links.ts';
import { projects } from './features/projects.ts';
import { selection } from './features/selection.ts';
import { symbols } from './features/symbols.ts';

export const features: readonly Feature[] = [
  diagnostics,
  projects,
  codeActions,
  formatting,
  symbols,
  folding,
  selection,
  documentLinks,
  codeLenses,
];

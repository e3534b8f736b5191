/** Every feature of the server. */
import type { Feature } from './feature.ts';
import { callHierarchy } from './features/call-hierarchy.ts';
import { codeActions } from './features/code-actions.ts';
import { completion } from './features/completion.ts';
import { diagnostics } from './features/diagnostics.ts';
import { folding } from './features/folding.ts';
import { formatting } from './features/formatting.ts';
import { hover } from './features/hover.ts';
import { inlayHints } from './features/inlay-hints.ts';
import { inspector } from './features/inspector.ts';
import { codeLenses } from './features/lenses.ts';
import { lineage } from './features/lineage.ts';
import { documentLinks } from './features/links.ts';
import { navigation } from './features/navigation.ts';
import { preview } from './features/preview.ts';
import { projects } from './features/projects.ts';
import { rename } from './features/rename.ts';
import { selection } from './features/selection.ts';
import { semanticTokens } from './features/semantic-tokens.ts';
import { signatures } from './features/signatures.ts';
import { sql } from './features/sql.ts';
import { symbols } from './features/symbols.ts';

export const features: readonly Feature[] = [
  diagnostics,
  projects,
  completion,
  signatures,
  semanticTokens,
  inlayHints,
  preview,
  hover,
  navigation,
  callHierarchy,
  rename,
  codeActions,
  formatting,
  symbols,
  folding,
  selection,
  documentLinks,
  inspector,
  lineage,
  sql,
  codeLenses,
];

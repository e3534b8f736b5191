/** What an edit changes in the rows of a dataset: asked of the server as two plans, and of the process of previews as one question. */
import * as vscode from 'vscode';
import type { PreviewQuestion } from '../../runtime/preview/messages.ts';
import { type Asked, type CompareHere, type CompareParams, requests } from '../server/protocol.ts';
import type { Base } from '../views/answers.ts';
import type { App } from './app.ts';
import { textsBefore } from './before.ts';
import { previewOptions } from './previews.ts';

/** Differences that are shown. */
const MOST_CHANGES = 1000;

export interface ComparePlan {
  readonly here: CompareHere;
  /** Where there is no commit, the rows are compared with those of the saved text. */
  readonly base: Base;
  readonly hasCommit: boolean;
}

/** Null where there is no dataset. Nothing is computed yet: that is what `compareQuestion` asks for. */
export async function planCompare(app: App, of: Asked, wanted: Base): Promise<ComparePlan | null> {
  const root = 'root' in of ? of.root : (app.projects.of(vscode.Uri.parse(of.textDocument.uri))?.root ?? null);
  // Git runs what the settings of a repository say.
  if (root === null || !vscode.workspace.isTrusted) return null;
  const committed = wanted === 'committed' ? await textsBefore(root, 'committed') : null;
  const before = committed ?? (await textsBefore(root, 'saved')) ?? {};
  const params: CompareParams = { ...previewOptions(app.projects, root), of, before };
  const here = await app.server.ask<CompareHere>(requests.compare, params);
  if (here === null) return null;
  return {
    here,
    base: committed === null ? 'saved' : 'committed',
    hasCommit: committed !== null || wanted === 'saved',
  };
}

/** The answer is `compared`, or why there is none. */
export function compareQuestion({
  before,
  after,
  key,
}: Extract<CompareHere, { readonly is: 'plans' }>): PreviewQuestion {
  return { ask: 'compare', before, after, key, count: MOST_CHANGES };
}

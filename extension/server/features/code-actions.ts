/** What can be done where the cursor is: the fixes of what is wrong there, all safe fixes of the file, and more from `sources`. */
import { type CodeAction, CodeActionKind } from 'vscode-languageserver';
import type { Diagnostic, Fix } from '../../../compiler/diagnostics/diagnostic.ts';
import type { Action } from '../../../compiler/ide/actions/action.ts';
import { actionsAt } from '../../../compiler/ide/actions.ts';
import type { Span } from '../../../compiler/syntax/source.ts';
import { pageOf } from '../docs.ts';
import type { Feature } from '../feature.ts';
import type { Found, Session } from '../session.ts';
import { type FileEdit, toDiagnostic, toWorkspaceEdit } from '../to-lsp.ts';

export interface ActionRequest extends Found {
  readonly session: Session;
  /** What is selected; empty at a cursor. */
  readonly span: Span;
  /** Whether the editor wants actions of this kind. */
  readonly wants: (kind: CodeActionKind) => boolean;
}

/** Answers with what it can do there. */
export type ActionSource = (request: ActionRequest) => readonly CodeAction[];

const FIX_ALL = `${CodeActionKind.SourceFixAll}.pipec`;

const sources: readonly ActionSource[] = [fixes, others, fixAll];

const KINDS: Readonly<Record<Action['kind'], CodeActionKind>> = {
  quickfix: CodeActionKind.QuickFix,
  extract: CodeActionKind.RefactorExtract,
  inline: CodeActionKind.RefactorInline,
  rewrite: CodeActionKind.RefactorRewrite,
};

export const codeActions: Feature = {
  capabilities: () => ({
    codeActionProvider: { codeActionKinds: [...Object.values(KINDS), CodeActionKind.SourceFixAll] },
  }),
  register: (connection, session) => {
    connection.onCodeAction(({ textDocument, range, context }) => {
      const found = session.find(textDocument.uri);
      if (found === null) return null;
      const { lines } = found.file;
      const request: ActionRequest = {
        ...found,
        session,
        span: { start: lines.offset(range.start), end: lines.offset(range.end) },
        wants: (kind) => context.only?.some((only) => kind === only || kind.startsWith(`${only}.`)) ?? true,
      };
      return sources.flatMap((source) => source(request));
    });
  },
};

function fixes(request: ActionRequest): readonly CodeAction[] {
  if (!request.wants(CodeActionKind.QuickFix)) return [];
  const { project, path, span } = request;
  const all = project.findingsOf(path);
  return all.flatMap((found) => {
    const at = project.workspace.whereIs(found.place);
    const diagnostic = toDiagnostic(found, project.locate, pageOf);
    if (at === null || diagnostic === null || at.start > span.end || at.end < span.start) return [];
    const alike = all.filter((other) => other.code === found.code && isSafe(other));
    return [
      ...found.fixes.flatMap((fix, index): readonly CodeAction[] => {
        const edits = editsOf(fix, request);
        if (edits === null) return [];
        return [
          {
            title: sentence(fix.title),
            kind: CodeActionKind.QuickFix,
            diagnostics: [diagnostic],
            isPreferred: index === 0 && fix.safe,
            edit: toWorkspaceEdit(edits, project, request.session.client),
          },
        ];
      }),
      ...(isSafe(found) && alike.length > 1
        ? [
            {
              ...fixOf(`Fix all ${alike.length} of \`${found.code}\` in this file`, alike, request),
              diagnostics: [diagnostic],
            },
          ]
        : []),
    ];
  });
}

/** What can be done there beyond the fixes of what is wrong. */
function others({ workspace, path, span, wants, project, session }: ActionRequest): readonly CodeAction[] {
  if (!Object.values(KINDS).some(wants)) return [];
  return actionsAt(workspace, path, span).flatMap(({ title, kind, edits }) =>
    wants(KINDS[kind]) ? [{ title, kind: KINDS[kind], edit: toWorkspaceEdit(edits, project, session.client) }] : [],
  );
}

function fixAll(request: ActionRequest): readonly CodeAction[] {
  if (!request.wants(FIX_ALL)) return [];
  const safe = request.project.findingsOf(request.path).filter(isSafe);
  return safe.length === 0 ? [] : [{ ...fixOf('Fix what needs no choice in this file', safe, request), kind: FIX_ALL }];
}

function fixOf(
  title: string,
  found: readonly Diagnostic[],
  { project, workspace, session }: ActionRequest,
): CodeAction {
  const edits = [...workspace.safeEdits(found)].flatMap(([file, all]) => all.map((edit) => ({ ...edit, file })));
  return { title, kind: CodeActionKind.QuickFix, edit: toWorkspaceEdit(edits, project, session.client) };
}

const isSafe = ({ fixes: all }: Diagnostic): boolean => all.some(({ safe }) => safe);

/** Null where a place of it is gone. */
function editsOf({ edits }: Fix, { workspace }: ActionRequest): readonly FileEdit[] | null {
  const absolute: FileEdit[] = [];
  for (const { place, text } of edits) {
    const at = workspace.whereIs(place);
    if (at === null) return null;
    absolute.push({ file: place.file, ...at, text });
  }
  return absolute;
}

function sentence(title: string): string {
  return title.charAt(0).toUpperCase() + title.slice(1);
}

/** The data at the cursor: a plan for the process that has an engine, made of the text as it is typed. */
import { type Preview, type PreviewOptions, previewAt, previewOf } from '../../../compiler/ide/preview.ts';
import { Workspace } from '../../../compiler/workspace/workspace.ts';
import type { Feature } from '../feature.ts';
import { FolderProject } from '../project.ts';
import {
  type Asked,
  type CompareHere,
  type CompareParams,
  type PreviewHere,
  type PreviewParams,
  type PreviewTrouble,
  requests,
} from '../protocol.ts';
import type { Session } from '../session.ts';

type Trouble = Exclude<Preview, { readonly is: 'plan' }>;

export const preview: Feature = {
  capabilities: () => ({}),
  register: (connection, session) => {
    const before = new WeakMap<FolderProject, Workspace>();
    connection.onRequest<PreviewHere | null, void>(requests.preview, (params: PreviewParams) =>
      previewHere(session, params),
    );
    connection.onRequest<CompareHere | null, void>(requests.compare, (params: CompareParams) =>
      compareHere(session, before, params),
    );
    session.onGone((project) => void (project instanceof FolderProject && before.delete(project)));
  },
};

function previewHere(session: Session, { of, ...options }: PreviewParams): PreviewHere | null {
  const asked = askedFor(session, of, options);
  if (asked === null) return null;
  const { project, found } = asked;
  const { root } = project;
  const { dataset } = found;
  if (found.is === 'plan') return { root, dataset, is: 'plan', stage: found.stage, plan: found.plan };
  return { root, dataset, ...trouble(found, project) };
}

/** All of a dataset, before and after. */
function compareHere(
  session: Session,
  workspaces: WeakMap<FolderProject, Workspace>,
  { of, before: changed, ...options }: CompareParams,
): CompareHere | null {
  const asked = askedFor(session, of, options);
  if (asked === null) return null;
  const { project } = asked;
  const { root } = project;
  const { dataset } = asked.found;
  const after = named(project.workspace, dataset, options);
  if (after === null) return null;
  if (after.is !== 'plan') return { root, dataset, of: 'after', ...trouble(after, project) };
  const was = workspaces.get(project) ?? new Workspace();
  workspaces.set(project, was);
  was.setFiles(textsBefore(project, changed));
  const before = named(was, dataset, options);
  if (before !== null && before.is !== 'plan') return { root, dataset, of: 'before', ...trouble(before, null) };
  return { root, dataset, is: 'plans', before: before?.plan ?? null, after: after.plan, key: after.key };
}

function askedFor(
  session: Session,
  of: Asked,
  options: PreviewOptions,
): { readonly project: FolderProject; readonly found: Preview } | null {
  if ('root' in of) {
    const project = [...session.projects()].find((each) => each.root === of.root);
    if (!(project instanceof FolderProject)) return null;
    const found = named(project.workspace, of.dataset, options);
    return found === null ? null : { project, found };
  }
  const at = session.at(of.textDocument.uri, of.position);
  if (at === null || !(at.project instanceof FolderProject)) return null;
  const found = previewAt(at.project.workspace, at.path, at.offset, options);
  return found === null ? null : { project: at.project, found };
}

function named(workspace: Workspace, dataset: string, options: PreviewOptions): Preview | null {
  const symbol = workspace.symbol('dataset', dataset);
  return symbol === null ? null : previewOf(workspace, symbol, options);
}

function textsBefore(
  project: FolderProject,
  changed: CompareParams['before'],
): { readonly path: string; readonly text: string }[] {
  const texts = new Map([...project.paths].map((path) => [path, project.file(path)?.text ?? null]));
  for (const [path, text] of Object.entries(changed)) texts.set(path, text);
  return [...texts].flatMap(([path, text]) => (text === null ? [] : [{ path, text }]));
}

/** @param project null where the places are those of a text that is no more */
function trouble(found: Trouble, project: FolderProject | null): PreviewTrouble {
  const place = found.is === 'mistake' ? found.diagnostic.place : found.place;
  const at = project?.locate(place) ?? null;
  if (found.is === 'refused') return { is: 'refused', message: found.why, notes: [], at };
  const { message, label, notes } = found.diagnostic;
  return { is: 'mistake', message, notes: [...(label === null ? [] : [label]), ...notes], at };
}

/**
 * An editor asks anew for what it draws over a file when that file is edited. What an edit changes in other open files, it has
 * to be told: once one pauses, and only where something is other than it was.
 */
import { createHash } from 'node:crypto';
import type { Project } from './project.ts';
import type { Found, Session } from './session.ts';
import { wish } from './wish.ts';

const PAUSE_MS = 300;

export interface Shown {
  /** Whether the editor can be asked to ask again. */
  readonly canRefresh: () => boolean;
  readonly refresh: () => Promise<unknown>;
  /** What is drawn over a file: plain data. */
  readonly of: (found: Found) => unknown;
}

export function keepShown(session: Session, { canRefresh, refresh, of }: Shown): void {
  /** What was there at the last look, by path. */
  const known = new WeakMap<Project, ReadonlyMap<string, string>>();
  const edited = new Map<Project, Set<string>>();
  let waiting: NodeJS.Timeout | undefined;

  /** Whether anything is other than the editor has asked for. */
  function look(project: Project, paths: ReadonlySet<string>): boolean {
    const before = known.get(project);
    const now = new Map<string, string>();
    known.set(project, now);
    let isOther = false;
    for (const path of project.open) {
      const file = project.file(path);
      if (file === null) continue;
      now.set(path, digest(of({ project, workspace: project.workspace, path, file })));
      // It has asked for what was edited itself, which may have been before another file was.
      if (paths.has(path) ? paths.size > 1 : before?.get(path) !== now.get(path)) isOther = true;
    }
    return isOther;
  }

  session.onChange((project, paths) => {
    if (!canRefresh()) return;
    const all = edited.get(project) ?? new Set();
    for (const path of paths) all.add(path);
    edited.set(project, all);
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const changed = [...edited];
      edited.clear();
      if (changed.map(([each, own]) => look(each, own)).includes(true)) wish(refresh());
    }, PAUSE_MS);
  });
  session.onGone((project) => void edited.delete(project));
}

const digest = (shown: unknown): string => createHash('sha1').update(JSON.stringify(shown)).digest('base64');

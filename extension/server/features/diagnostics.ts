/** What is wrong, as one types: first in the file that was edited, then in all others of its project. */
import type { Connection, Diagnostic } from 'vscode-languageserver';
import { sameData } from '../../../compiler/workspace/query.ts';
import { Checks, type Report } from '../checks.ts';
import { pageOf } from '../docs.ts';
import type { Feature } from '../feature.ts';
import type { Project } from '../project.ts';
import { toDiagnostic } from '../to-lsp.ts';
import { keyOf } from '../uris.ts';

export const diagnostics: Feature = {
  capabilities: () => ({}),
  register: (connection, session) => {
    const publisher = new Publisher(connection);
    const report: Report = (project, findings) => {
      for (const [path, found] of findings) {
        const told = found.flatMap((each) => toDiagnostic(each, project.locate, pageOf) ?? []);
        publisher.set(project, project.uri(path), project.file(path)?.version ?? null, told);
      }
    };
    const checks = new Checks(report, (error) => connection.console.error(`the check failed: ${reasonOf(error)}`));
    session.onChange((project, edited) => checks.begin(project, edited));
    session.onGone((project) => checks.end(project));
  },
};

interface Told {
  /** A file may be of several projects, one inside the other. */
  readonly byProject: Map<Project, readonly Diagnostic[]>;
  sent: readonly Diagnostic[];
}

/** Tells the editor what is wrong in a file, where that is not what it was told last. */
class Publisher {
  readonly #connection: Connection;
  readonly #told = new Map<string, Told>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  set(project: Project, uri: string, version: number | null, found: readonly Diagnostic[]): void {
    const key = keyOf(uri);
    const told = this.#told.get(key) ?? { byProject: new Map<Project, readonly Diagnostic[]>(), sent: [] };
    if (found.length === 0) told.byProject.delete(project);
    else told.byProject.set(project, found);
    if (told.byProject.size === 0) this.#told.delete(key);
    else this.#told.set(key, told);
    const all = distinct([...told.byProject.values()].flat());
    if (sameData(all, told.sent)) return;
    told.sent = all;
    void this.#connection.sendDiagnostics({ uri, diagnostics: all, ...(version === null ? {} : { version }) });
  }
}

function distinct(found: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Set<string>();
  return found.filter((each) => {
    const key = JSON.stringify([each.range, each.code, each.message]);
    return !seen.has(key) && seen.add(key);
  });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

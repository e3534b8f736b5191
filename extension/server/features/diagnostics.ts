/** What is wrong, as one types: first in the file that was edited, then in all others of its project. */
import type { Connection, Diagnostic } from 'vscode-languageserver';
import type { Diagnostic as Finding } from '../../../compiler/diagnostics/diagnostic.ts';
import { sameData } from '../../../compiler/workspace/query.ts';
import { Checks, type Report } from '../checks.ts';
import { pageOf } from '../docs.ts';
import type { Feature } from '../feature.ts';
import type { Project } from '../project.ts';
import type { Session } from '../session.ts';
import { toDiagnostic } from '../to-lsp.ts';
import { keyOf } from '../uris.ts';
import { wish } from '../wish.ts';

export const diagnostics: Feature = {
  capabilities: (_client, options) =>
    options.diagnostics === 'pull'
      ? { diagnosticProvider: { identifier: 'pipec', interFileDependencies: true, workspaceDiagnostics: false } }
      : {},
  register: (connection, session) => {
    const publisher = new Publisher(connection, session);
    const told = (project: Project, found: readonly Finding[]): Diagnostic[] =>
      found.flatMap((each) => toDiagnostic(each, project.locate, pageOf) ?? []);
    const report: Report = (project, findings) => {
      for (const [path, found] of findings)
        publisher.set(project, project.uri(path), project.file(path)?.version ?? null, told(project, found));
      publisher.refresh();
    };
    const checks = new Checks(report, (error) => connection.console.error(`the check failed: ${reasonOf(error)}`));
    session.onChange((project, edited) => checks.begin(project, edited));
    session.onGone((project) => checks.end(project));
    session.onMessage(() => checks.heard());
    connection.languages.diagnostics.on(({ textDocument: { uri } }) => {
      const all = session.findAll(uri).map(({ project, path }) => told(project, project.findingsOf(path)));
      const items = distinct(all.flat());
      publisher.pulled(uri, items);
      return { kind: 'full', items };
    });
  },
};

interface Told {
  /** A file may be of several projects, one inside the other. */
  readonly byProject: Map<Project, readonly Diagnostic[]>;
  sent: readonly Diagnostic[];
}

/**
 * Tells the editor what is wrong in a file, where that is not what it was told last. An editor that asks for it (`diagnostics:
 * 'pull'`) does so for the files that are open; it is told of the others, and when it had better ask again.
 */
class Publisher {
  readonly #connection: Connection;
  readonly #session: Session;
  readonly #told = new Map<string, Told>();
  /** What the editor got when it asked last. */
  readonly #pulled = new Map<string, readonly Diagnostic[]>();
  #isOutdated = false;

  constructor(connection: Connection, session: Session) {
    this.#connection = connection;
    this.#session = session;
  }

  set(project: Project, uri: string, version: number | null, found: readonly Diagnostic[]): void {
    const key = keyOf(uri);
    const told = this.#told.get(key) ?? { byProject: new Map<Project, readonly Diagnostic[]>(), sent: [] };
    if (found.length === 0) told.byProject.delete(project);
    else told.byProject.set(project, found);
    if (told.byProject.size === 0) this.#told.delete(key);
    else this.#told.set(key, told);
    const all = distinct([...told.byProject.values()].flat());
    const isPulled = version !== null && this.#session.options.diagnostics === 'pull';
    if (isPulled && !sameData(all, this.#pulled.get(key) ?? [])) this.#isOutdated = true;
    if (version === null) this.#pulled.delete(key);
    const sent = isPulled ? [] : all;
    if (sameData(sent, told.sent)) return;
    told.sent = sent;
    void this.#connection.sendDiagnostics({ uri, diagnostics: sent, ...(version === null ? {} : { version }) });
  }

  pulled(uri: string, found: readonly Diagnostic[]): void {
    this.#pulled.set(keyOf(uri), found);
  }

  /** Asks the editor to ask again, where what it got is not what is known now. */
  refresh(): void {
    if (!this.#isOutdated) return;
    this.#isOutdated = false;
    wish(this.#connection.languages.diagnostics.refresh());
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

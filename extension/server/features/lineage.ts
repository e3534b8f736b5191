/** The graph of datasets and columns, of the texts as they are in the editor. */
import { lineageGraph } from '../../../compiler/ide/lineage.ts';
import type { LineageGraph } from '../../../compiler/ide/lineage-graph.ts';
import type { Feature } from '../feature.ts';
import { type LineageAt, requests } from '../protocol.ts';
import type { Session } from '../session.ts';

export const lineage: Feature = {
  capabilities: () => ({}),
  register: (connection, session) => {
    connection.onRequest(requests.lineage, ({ root, ...question }: LineageAt): LineageGraph | null => {
      const project = projectIn(session, root);
      return project === null ? null : lineageGraph(project.workspace, question);
    });
    connection.onRequest(requests.datasets, ({ root }: { readonly root: string }): readonly string[] | null => {
      return projectIn(session, root)?.workspace.catalog.order ?? null;
    });
  },
};

const projectIn = (session: Session, root: string) =>
  [...session.projects()].find((project) => project.root === root) ?? null;

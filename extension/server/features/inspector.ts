/** A dataset at a glance, of the texts as they are in the editor. */
import type { Inspection } from '../../../compiler/ide/inspection.ts';
import { inspect } from '../../../compiler/ide/inspector.ts';
import type { Feature } from '../feature.ts';
import { type DatasetAt, requests } from '../protocol.ts';

export const inspector: Feature = {
  capabilities: () => ({}),
  register: (connection, session) => {
    connection.onRequest(requests.inspect, ({ root, dataset }: DatasetAt): Inspection | null => {
      const workspace = [...session.projects()].find((project) => project.root === root)?.workspace;
      const symbol = workspace?.symbol('dataset', dataset) ?? null;
      return workspace === undefined || symbol === null ? null : inspect(workspace, symbol);
    });
  },
};

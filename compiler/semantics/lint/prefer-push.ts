import { connectorNamed } from '../connectors/registry.ts';
import { lintOf } from './lint.ts';

/**
 * A database that is asked again and again is loaded by it, gives no deleted rows and no state in between. Its owner knows
 * when something changes: the change log, or a topic, tells it.
 */
export const preferPush = lintOf('prefer-push', ['source'], (declaration, source, { report }) => {
  const use = source.source?.use;
  const log = use === undefined ? undefined : connectorNamed(use.connector)?.changeLog;
  if (use === undefined || log === undefined) return;
  const given = use.args[log.argument];
  if (given?.kind === 'text' && given.value === log.value) return;
  report('prefer-push', { source: source.name }, declaration.from ?? declaration.kind, {
    notes: [`read its change log: \`${log.argument}: ${log.value}\`, or ask its owner for a topic`],
  });
});

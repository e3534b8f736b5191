/** Where an engine that is mostly a server runs: there, or inside the process of pipec for a dry run. */
import type { CallExpr } from '../../syntax/ast.ts';
import { callName, optional } from '../config.ts';
import type { DeclarationContext } from '../declarations/context.ts';
import type { ConnectorUse } from '../model.ts';
import { flag, runtime } from './values.ts';

export const place = (url: string) => ({
  url: optional(runtime("the address, mostly `secret('NAME')`"), `the address of the server, \`${url}\``),
  embedded: optional(flag(), '`true` runs the engine inside the process, in place of a server'),
  path: optional(
    runtime("a folder's path in quotes"),
    "of an embedded engine: where its files are, relative to the project's folder",
  ),
});

/** A server has an address, an embedded engine a folder. */
export function checkPlace(args: ConnectorUse['args'], call: CallExpr, context: DeclarationContext): void {
  const embedded = args['embedded'];
  const isEmbedded = embedded?.kind === 'bool' && embedded.value;
  const given = (name: string) => call.args.some((argument) => argument.name?.text === name);
  const argument = (name: string) => call.args.find((one) => (one.name?.text ?? 'url') === name) ?? call;
  if (!isEmbedded && args['url'] === undefined && !given('url')) {
    const name = callName(call);
    context.report(
      'missing-property',
      { owner: `\`${name}(…)\``, property: 'url', expected: "the address, mostly `secret('NAME')`" },
      call,
      { notes: [`or \`${name}(embedded: true)\` runs it inside the process, without a server`] },
    );
  }
  const left = (property: string, why: string): void =>
    context.report(
      'wrong-property-value',
      { property, expected: `left out, ${why}`, found: 'given' },
      argument(property),
    );
  if (isEmbedded && args['url'] !== undefined) left('url', 'as `embedded: true` needs no server');
  if (!isEmbedded && args['path'] !== undefined) left('path', 'as only an embedded engine keeps files here');
}

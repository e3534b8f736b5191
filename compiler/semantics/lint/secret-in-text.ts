import type { Argument, CallExpr, Declaration, Expr } from '../../syntax/ast.ts';
import { walk } from '../../syntax/walk.ts';
import { callName } from '../config.ts';
import type { DeclarationContext } from '../declarations/context.ts';
import { lintOf } from './lint.ts';

/** A program is committed, copied and shown: what is secret in it is known to all who see it. */
export const secretInText = lintOf(
  'secret-in-text',
  ['connection', 'source', 'target', 'notify'],
  (declaration, _model, context) => {
    for (const root of [declaration.from, declaration.value, ...declaration.properties.map(({ value }) => value)]) {
      if (root === null || root.kind === 'checks-body') continue;
      walk(root, (node) => {
        if (node.kind === 'call' && 'args' in node)
          for (const argument of node.args) checkArgument(argument, node, declaration, context);
      });
    }
  },
);

function checkArgument(
  argument: Argument,
  call: CallExpr,
  declaration: Declaration,
  context: DeclarationContext,
): void {
  const { name, value } = argument;
  if (value.kind !== 'string' || callName(call) === 'secret') return;
  const what = secretOf(name?.text ?? '', value);
  if (what === null) return;
  const owner = declaration.name?.text ?? declaration.kind.text;
  const secret = `${owner}_${name?.text ?? 'url'}`.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_');
  // `env('URL', '…')` may be replaced whole: a secret has no fallback.
  const place = context.place(callName(call) === 'env' ? call : value);
  context.report('secret-in-text', { what }, value, {
    fixes: [
      {
        title: `write \`secret('${secret}')\`, and keep it under that name`,
        safe: false,
        edits: [{ place, text: `secret('${secret}')` }],
      },
    ],
  });
}

/** What kind of secret a text is, by the argument it stands in or by its shape; null where it is none. */
function secretOf(argument: string, { value }: Expr & { readonly kind: 'string' }): string | null {
  if (value === '') return null;
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/@:\s]*:[^/@\s]+@/i.test(value)) return 'a password';
  if (/^(?:token|password|secret|signature|api_?key)$/i.test(argument)) return `the value of \`${argument}\``;
  for (const [shape, what] of shapes) if (shape.test(value)) return what;
  return null;
}

/** Keys that are known by how they begin. */
const shapes: readonly (readonly [RegExp, string])[] = [
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/, 'an access key'],
  [/\b(?:ghp|gho|ghs|github_pat|glpat|xox[abp])[-_][A-Za-z0-9_-]{16,}/, 'a token'],
  [/[?&](?:token|api_?key|password|access_token|sig)=[^&\s]{4,}/i, 'a token'],
  [/^https:\/\/hooks\.slack\.com\/(?:services|workflows)\/./, 'the address of a channel'],
  [/\bpassword\s*=\s*[^\s;]+/i, 'a password'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'a private key'],
];

/** The check of one declaration: its form, its name, what its kind asks, and the lints of its kind. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { DeclarationContext, Shape } from '../semantics/declarations/context.ts';
import { checkForm } from '../semantics/declarations/kind.ts';
import { laterKinds } from '../semantics/declarations/later.ts';
import { kindNamed, kinds, kindWords } from '../semantics/declarations/registry.ts';
import { declarationLints } from '../semantics/lint/registry.ts';
import { suggestion } from '../semantics/suggest.ts';
import { symbolPlace } from '../semantics/symbols.ts';
import type { Declaration } from '../syntax/ast.ts';
import type { Names } from './names.ts';

/** What checking a declaration gives; the model is null where there is none. */
export interface Checked {
  readonly model: unknown;
  readonly diagnostics: readonly Diagnostic[];
}

/** What a query gives, and what was said of it. */
export interface Shaped {
  readonly shape: Shape;
  readonly diagnostics: readonly Diagnostic[];
}

export interface Asking {
  readonly context: DeclarationContext;
  readonly diagnostics: readonly Diagnostic[];
}

/** `shaped` is what its query gives and what was said on the way; `context` asks the project and reports into `diagnostics`. */
export function checkDeclaration(
  declaration: Declaration,
  shaped: Shaped | null,
  { context, diagnostics }: Asking,
  names: Names,
): Checked {
  const word = declaration.kind.text;
  const kind = kindNamed(word);
  if (kind === undefined) {
    reportKind(word, declaration, context);
    return { model: null, diagnostics };
  }
  checkForm(kind, declaration, context);
  checkName(context, declaration, names);
  const model = kind.check(declaration, context);
  if (model !== null) {
    for (const lint of declarationLints)
      if ((lint.kinds as readonly string[]).includes(word)) lint.check(declaration, model, context);
  }
  return { model, diagnostics: [...(shaped?.diagnostics ?? []), ...diagnostics] };
}

/** The second of two equal names is reported, and the second project of a folder. */
function checkName(context: DeclarationContext, declaration: Declaration, names: Names): void {
  const { symbol } = context;
  const at = declaration.name ?? declaration.kind;
  if (symbol.namespace === 'project') {
    const first = names.first('project');
    if (first !== null && first.id !== symbol.id)
      context.report('two-projects', { name: first.name }, at, {
        related: [{ place: symbolPlace(first), message: 'it is declared here' }],
      });
    return;
  }
  if (symbol.name === '') return;
  const first = names.named(symbol.namespace, symbol.name).find(({ kind }) => kindNamed(kind) !== undefined);
  if (first === undefined || first.id === symbol.id) return;
  context.report('duplicate-name', { kind: first.kind, name: symbol.name }, at, {
    related: [{ place: symbolPlace(first), message: 'the first is here' }],
  });
}

function reportKind(word: string, declaration: Declaration, context: DeclarationContext): void {
  const instead = Object.hasOwn(laterKinds, word) ? laterKinds[word] : undefined;
  if (instead !== undefined) {
    context.report('not-supported-yet', { what: `\`${word}\``, instead }, declaration.kind);
    return;
  }
  context.report('unknown-kind', { kind: word }, declaration.kind, {
    ...suggestion(declaration.kind, kindWords, context),
    notes: [`there are: ${Object.keys(kinds).join(', ')}`],
  });
}

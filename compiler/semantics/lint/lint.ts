/**
 * What a lint is: a rule about programs that run, but hardly mean what they say. One file a rule, one line in registry.ts,
 * one row in `diagnostics/codes/lints.ts`. Most look at one declaration, and are found again only when it changes; those
 * that need to know who reads or builds it look at the project.
 */
import type { Code } from '../../diagnostics/codes.ts';
import type { Declaration } from '../../syntax/ast.ts';
import type { DeclarationContext, ModelKind, Models } from '../declarations/context.ts';

export interface DeclarationLint {
  readonly code: Code;
  readonly kinds: readonly ModelKind[];
  /** Only asked of declarations that have a model. */
  readonly check: (declaration: Declaration, model: unknown, context: DeclarationContext) => void;
}

export function lintOf<K extends ModelKind>(
  code: Code,
  kinds: readonly K[],
  check: (declaration: Declaration, model: NonNullable<Models[K]>, context: DeclarationContext) => void,
): DeclarationLint {
  return {
    code,
    kinds,
    check: (declaration, model, context) => check(declaration, model as NonNullable<Models[K]>, context),
  };
}

/**
 * The code table: every diagnostic of the compiler. One file an area in `codes/`; a new code is one row there,
 * its fixture in `test/fixtures`, and nothing else (its page is generated).
 */

import { declarationCodes } from './codes/declarations.ts';
import { lintCodes } from './codes/lints.ts';
import { nameCodes } from './codes/names.ts';
import { projectCodes } from './codes/project.ts';
import { queryCodes } from './codes/queries.ts';
import { syntaxCodes } from './codes/syntax.ts';
import { typeCodes } from './codes/types.ts';
import type { CodeRow, Diagnostic, Fix, Place, Related } from './diagnostic.ts';

export const codes = {
  ...syntaxCodes,
  ...nameCodes,
  ...typeCodes,
  ...queryCodes,
  ...declarationCodes,
  ...lintCodes,
  ...projectCodes,
};

export type Code = keyof typeof codes;
type ParamsOf<C extends Code> = (typeof codes)[C] extends CodeRow<infer P> ? P : never;

export interface DiagnosticExtras {
  readonly label?: string;
  readonly related?: readonly Related[];
  readonly fixes?: readonly Fix[];
  readonly notes?: readonly string[];
}

/** Builds a diagnostic of the table: the only way to make one. */
export function diagnostic<C extends Code>(
  name: C,
  params: ParamsOf<C>,
  place: Place,
  extras: DiagnosticExtras = {},
): Diagnostic {
  const row = codes[name] as unknown as CodeRow<ParamsOf<C>>;
  return {
    code: name,
    severity: row.severity,
    message: row.message(params),
    place,
    label: extras.label ?? null,
    related: extras.related ?? [],
    fixes: extras.fixes ?? [],
    notes: extras.notes ?? [],
  };
}

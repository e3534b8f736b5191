/** Properties that name other declarations: `jobs: [nightly]`, `pool: erp`. */
import type { Name } from '../../syntax/ast.ts';
import { list, mapped, type NameOf, name, type Reader } from '../config.ts';
import { resolve } from './context.ts';

type Named = Extract<NameOf, 'job' | 'pool' | 'target'>;

/** The declared name; reports where there is none. */
export function nameOf(of: Named): Reader<string> {
  return mapped<Name, string>(name(`the name of a \`${of}\``, of), (written, _at, _what, context) => {
    const symbol = resolve(of, written, of, context);
    return symbol === null ? undefined : symbol.name;
  });
}

/** Several, each once. */
export function namesOf(of: Named, example: string): Reader<readonly string[]> {
  return mapped(list(nameOf(of), `a list of ${of}s, such as \`[${example}]\``), (names) => [...new Set(names)]);
}

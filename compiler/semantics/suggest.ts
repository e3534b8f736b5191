/** "Did you mean": one measure of nearness for the whole compiler. */
import type { DiagnosticExtras } from '../diagnostics/codes.ts';
import type { Name } from '../syntax/ast.ts';
import { nearest as closest } from '../syntax/nearest.ts';
import type { CheckContext } from './context.ts';

export { closest };

/** "Did you mean", with its fix. */
export function suggestion(name: Name, known: Iterable<string>, context: CheckContext): DiagnosticExtras {
  const meant = closest(name.text, known);
  if (meant === null || meant === name.text) return {};
  return {
    label: `did you mean \`${meant}\`?`,
    fixes: [
      {
        title: `replace \`${name.text}\` by \`${meant}\``,
        safe: true,
        edits: [{ place: context.place(name), text: meant }],
      },
    ],
  };
}

import { kindNamed } from '../../semantics/declarations/registry.ts';
import { holds } from '../tree.ts';
import { type ActionRule, edit, headEnd, textOf } from './action.ts';

/** Properties in the order of the reference. Not where comments stand between them, as nobody knows whose they are. */
export const sortProperties: ActionRule = (asked) => {
  const { declared, offset } = asked;
  const { properties, kind } = declared.tree;
  const [first, last] = [properties[0], properties.at(-1)];
  const order = Object.keys(kindNamed(kind.text)?.properties ?? {});
  if (first === undefined || last === undefined || !holds({ start: 0, end: last.end }, offset)) return [];
  const place = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
  const sorted = properties.toSorted((a, b) => place(a.name.text) - place(b.name.text));
  if (sorted.every((each, at) => each === properties[at])) return [];
  const between = properties
    .slice(1)
    .map((each, at) => textOf(asked, { start: properties[at]?.end ?? 0, end: each.start }));
  const around = [textOf(asked, { start: headEnd(declared), end: first.start }), ...between];
  if (around.some((text) => /[^\s,{]/.test(text))) return [];
  const edits = properties.flatMap((each, at) => {
    const other = sorted[at];
    return other === undefined || other === each ? [] : [edit(asked, each, textOf(asked, other))];
  });
  return [{ title: 'Sort the properties', kind: 'rewrite', edits }];
};

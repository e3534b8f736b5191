/** Declarations: their kinds, and the words of their headers. */
import type { DeclarationKind, HeaderWord } from '../../semantics/declarations/kind.ts';
import { kinds } from '../../semantics/declarations/registry.ts';
import type { Token } from '../../syntax/tokens.ts';
import { id, is, isEnded, pathBefore } from '../frames.ts';
import { nameOf } from './expression.ts';
import { type CompletionItem, item, leading, Rank, words } from './items.ts';
import { datasetItems, declaredItems, rowTypeItems, schemaItems } from './names.ts';
import { connectorItems, selectionItems } from './properties.ts';
import type { Scene } from './scene.ts';

export type Kind = DeclarationKind<unknown>;

/** Where a declaration may begin. A project has its own only once. */
export function kindItems({ workspace, writing }: Scene): readonly CompletionItem[] {
  // A word that is being changed has its declaration behind it.
  const isThere = writing.next !== null && !writing.next.first;
  const hasProject = workspace.names('project').length > 0;
  return (Object.values(kinds) as readonly Kind[]).flatMap((kind) =>
    kind.word === 'project' && hasProject
      ? []
      : item(kind.word, 'declaration', {
          detail: kind.example,
          doc: kind.doc,
          insert: isThere ? kind.word : declarationSnippet(kind),
          rank: Rank.fits,
          then: 'completion',
        }),
  );
}

/** A whole declaration to be filled in. */
function declarationSnippet({ word, name, header, value, body, properties }: Kind): string {
  if (word === 'fn') return 'fn ${1:name}(${2:x}: ${3:decimal}) = $0';
  let stop = 1;
  const next = (shown = ''): string => (shown === '' ? `$${stop++}` : `\${${stop++}:${shown}}`);
  const parts = [word];
  if (name === 'required') parts.push(next('name'));
  const order: readonly HeaderWord[] = ['type', 'of', 'for', 'on', 'from', 'in'];
  for (const each of order) {
    if (header[each] !== 'required') continue;
    const shown = each === 'of' ? 'dataset' : each === 'type' && word !== 'store' ? 'Row' : '';
    const call = each === 'from' && word === 'step' ? `typescript('${next('file.ts#name')}')` : next(shown);
    parts.push(each === 'type' ? `: ${call}` : `${each} ${call}`);
  }
  if (value === 'query') return `${parts.join(' ')} =\n  from $0`;
  if (value === 'call') return `${parts.join(' ')} = $0`;
  const needed = Object.entries(properties).filter(([, row]) => row.required);
  if (body !== null || needed.length > 0) {
    const inside = needed.map(([property]) => `  ${property}: ${next()}`).join('\n');
    return `${parts.join(' ')} {\n${inside === '' ? '  $0' : inside}\n}`;
  }
  return `${parts.join(' ')}$0`;
}

const headerTokens: Readonly<Record<HeaderWord, number>> = {
  type: id.Colon,
  of: id.Of,
  for: id.For,
  on: id.On,
  from: id.From,
  in: id.In,
};

/** In a header: `tokens` begin with the kind's word and have no `=`. */
export function headerItems(scene: Scene, kind: Kind, tokens: readonly Token[]): readonly CompletionItem[] {
  if (scene.quoted) return [];
  const last = tokens.at(-1);
  const path = pathBefore(tokens).map(nameOf);
  const rest = path.length === 0 ? tokens : tokens.slice(0, -2 * path.length);
  const before = rest.at(-1);
  if (is(before, id.Colon)) return path.length > 0 ? [] : typeItems(scene, kind);
  if (is(before, id.In)) return homeItems(scene, path);
  if (is(before, id.Of) || (is(before, id.On) && kind.word === 'check'))
    return datasetItems(scene, path, (name) => isTested(scene, kind, name));
  if (is(before, id.On)) return selectionItems(scene, path);
  if (is(before, id.From))
    return kind.header.from === undefined ? [] : connectorItems(kind.word === 'step' ? 'step' : 'source');
  if (tokens.length === 1) return kind.name === 'optional' ? wordItems(kind, tokens) : [];
  return isEnded(last) || is(last, id.RBrace) ? wordItems(kind, tokens) : [];
}

/** A source has no query to test. */
const isTested = ({ workspace }: Scene, { word }: Kind, name: string): boolean =>
  word !== 'test' || workspace.symbol('dataset', name)?.kind !== 'source';

function typeItems(scene: Scene, { word }: Kind): readonly CompletionItem[] {
  if (word !== 'store') return rowTypeItems(scene);
  return [
    item('warehouse', 'value', { doc: "Schemas in the target's engine.", rank: Rank.best }),
    item('lake', 'value', { doc: 'Files in a folder or a bucket.', rank: Rank.best }),
  ];
}

function homeItems(scene: Scene, path: readonly string[]): readonly CompletionItem[] {
  const [store, ...more] = path;
  if (store === undefined) return declaredItems(scene, 'store', 'store').map((each) => ({ ...each, commit: ['.'] }));
  return more.length > 0 ? [] : schemaItems(scene, store);
}

/** Words that the header may go on with. */
function wordItems(kind: Kind, tokens: readonly Token[]): readonly CompletionItem[] {
  const missing = (Object.keys(headerTokens) as HeaderWord[]).filter(
    (word) => kind.header[word] !== undefined && !tokens.some((token) => is(token, headerTokens[word])),
  );
  const required = missing.filter((word) => kind.header[word] === 'required');
  const next = missing.flatMap((word) => {
    const rank = kind.header[word] === 'required' ? Rank.best : Rank.fits;
    return word === 'type'
      ? [item(':', 'keyword', { insert: ': $0', rank, then: 'completion' })]
      : leading([word], rank);
  });
  const hasBody = tokens.some((token) => is(token, id.RBrace));
  const takesBody = kind.body !== null || Object.keys(kind.properties).length > 0;
  const brace =
    takesBody && !hasBody && required.length === 0
      ? [item('{ … }', 'keyword', { insert: '{\n  $0\n}', filter: '{', rank: Rank.near, then: 'completion' as const })]
      : [];
  const equals = kind.value === null || required.length > 0 ? [] : words(['='], Rank.near);
  return [...next, ...brace, ...equals];
}

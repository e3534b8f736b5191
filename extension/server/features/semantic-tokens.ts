/** What each word is, for colours: all of a file, what has changed since it was last asked, or what is on the screen. */
import { type SemanticTokens, SemanticTokensBuilder, SemanticTokensRefreshRequest } from 'vscode-languageserver';
import { type TokenKind, tokenModifiers, semanticTokens as tokensOf } from '../../../compiler/ide/semantic-tokens.ts';
import type { Feature } from '../feature.ts';
import type { Found } from '../session.ts';
import { keepShown } from '../shown.ts';

/** By the names that all editors have colours for. What is more in it is told as a modifier, for whoever has one for that too. */
const NAMES: Readonly<Record<TokenKind, string>> = {
  keyword: 'keyword',
  stage: 'keyword',
  kind: 'keyword',
  operator: 'operator',
  type: 'type',
  enum: 'enum',
  enumValue: 'enumMember',
  function: 'function',
  column: 'property',
  dataset: 'class',
  alias: 'variable',
  parameter: 'parameter',
  property: 'property',
  annotation: 'decorator',
  namespace: 'namespace',
  name: 'variable',
  string: 'string',
  number: 'number',
  comment: 'comment',
};
const TYPES = [...new Set(Object.values(NAMES))];
/** Kinds that share the name of another. */
const OWN: readonly TokenKind[] = ['stage', 'kind', 'column', 'alias'];
const MODIFIERS = [...tokenModifiers, ...OWN];

const bits = (names: readonly string[]): number =>
  names.reduce((all, name) => all | (1 << MODIFIERS.indexOf(name as never)), 0);

/** So many files are remembered for what has changed in them. */
const MOST = 50;

export const semanticTokens: Feature = {
  capabilities: () => ({
    semanticTokensProvider: {
      legend: { tokenTypes: TYPES, tokenModifiers: MODIFIERS },
      full: { delta: true },
      range: true,
    },
  }),
  register: (connection, session) => {
    const builders = new Map<string, SemanticTokensBuilder>();
    const builderOf = (uri: string): SemanticTokensBuilder => {
      const builder = builders.get(uri) ?? new SemanticTokensBuilder();
      builders.delete(uri);
      builders.set(uri, builder);
      const [oldest] = builders.keys();
      if (builders.size > MOST && oldest !== undefined) builders.delete(oldest);
      return builder;
    };
    const { semanticTokens: asked } = connection.languages;
    asked.on(({ textDocument }): SemanticTokens => {
      const found = session.find(textDocument.uri);
      if (found === null) return { data: [] };
      const builder = builderOf(textDocument.uri);
      // Begins anew: the builder keeps what it has given before only for `buildEdits`.
      builder.previousResult('');
      fill(builder, found, { start: 0, end: found.file.text.length });
      return builder.build();
    });
    asked.onDelta(({ textDocument, previousResultId }) => {
      const found = session.find(textDocument.uri);
      if (found === null) return { data: [] };
      const builder = builderOf(textDocument.uri);
      builder.previousResult(previousResultId);
      fill(builder, found, { start: 0, end: found.file.text.length });
      return builder.buildEdits();
    });
    asked.onRange(({ textDocument, range }): SemanticTokens => {
      const found = session.find(textDocument.uri);
      if (found === null) return { data: [] };
      const { lines } = found.file;
      const builder = new SemanticTokensBuilder();
      fill(builder, found, { start: lines.offset(range.start), end: lines.offset(range.end) });
      return builder.build();
    });
    keepShown(session, {
      canRefresh: () => session.client.workspace?.semanticTokens?.refreshSupport === true,
      refresh: () => connection.sendRequest(SemanticTokensRefreshRequest.type),
      of: ({ workspace, path, file }) => tokensOf(workspace, path, { start: 0, end: file.text.length }),
    });
  },
};

function fill(
  builder: SemanticTokensBuilder,
  { workspace, path, file }: Found,
  range: { readonly start: number; readonly end: number },
): void {
  for (const { start, end, type, modifiers } of tokensOf(workspace, path, range)) {
    const kind = TYPES.indexOf(NAMES[type]);
    const all = bits([...modifiers, ...OWN.filter((own) => own === type)]);
    // A token of several lines is told line by line: not every editor takes it whole.
    let from = start;
    for (const part of file.text.slice(start, end).split(/\r\n|\r|\n/)) {
      const { line, character } = file.lines.position(from);
      if (part.length > 0) builder.push(line, character, part.length, kind, all);
      from += part.length;
      from += file.text.startsWith('\r\n', from) ? 2 : 1;
    }
  }
}

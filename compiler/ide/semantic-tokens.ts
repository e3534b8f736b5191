/**
 * What each word of a text is, for editors to colour it by: from the tokens, which the contextual pass has told apart, and from
 * what the check says that names mean.
 */
import type { Meaning } from '../semantics/trace.ts';
import { valueTypeNames } from '../semantics/value-types.ts';
import { declarationRuns } from '../syntax/context.ts';
import { lex } from '../syntax/lexer.ts';
import { Reporter } from '../syntax/report.ts';
import type { Span } from '../syntax/source.ts';
import { type Token, words } from '../syntax/tokens.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { usesIn } from './cursor.ts';
import { id } from './frames.ts';

export type TokenKind =
  | 'keyword'
  | 'stage'
  | 'kind'
  | 'operator'
  | 'type'
  | 'enum'
  | 'enumValue'
  | 'function'
  | 'column'
  | 'dataset'
  | 'alias'
  | 'parameter'
  | 'property'
  | 'annotation'
  | 'namespace'
  | 'name'
  | 'string'
  | 'number'
  | 'comment';

export const tokenModifiers = ['declaration', 'readonly', 'defaultLibrary', 'documentation'] as const;
export type TokenModifier = (typeof tokenModifiers)[number];

/** Offsets are the file's. In the order of the text, none over another. */
export interface SemanticToken extends Span {
  readonly type: TokenKind;
  readonly modifiers: readonly TokenModifier[];
}

/** All that lie in a part of a file. */
export function semanticTokens(workspace: Workspace, file: string, range: Span): readonly SemanticToken[] {
  const text = workspace.text(file);
  const { tokens: all, comments } = lex(text, new Reporter(file));
  const runs = declarationRuns(all);
  const isIn = ({ start, end }: Span): boolean => start < range.end && end > range.start;
  const named = new Map<number, SemanticToken>();
  for (const declared of workspace.declared(file)) {
    if (!isIn(declared)) continue;
    for (const { span, meaning, gives } of usesIn(workspace, declared)) {
      const start = declared.start + span.start;
      const kind = kindOf(workspace, meaning);
      named.set(start, {
        start,
        end: declared.start + span.end,
        ...kind,
        modifiers: [...kind.modifiers, ...(gives ? (['declaration'] as const) : [])],
      });
    }
  }
  const found: SemanticToken[] = [];
  for (const run of runs)
    for (const [at, token] of run.entries()) {
      if (token.end === token.start || !isIn(token)) continue;
      const known = named.get(token.start);
      // The value of an enum stands in its quotes.
      const value = token.tokenTypeIdx === id.String ? named.get(token.start + 1) : undefined;
      // A name that a check has found is that, unless it stands for more than this token.
      if (known !== undefined && known.end === token.end) found.push(known);
      else if (value?.type === 'enumValue') found.push({ ...value, start: token.start, end: token.end });
      else {
        const plain = plainKind(run, at, token);
        if (plain !== null) found.push({ start: token.start, end: token.end, modifiers: [], ...plain });
      }
    }
  for (const { kind, start, end } of comments)
    if (isIn({ start, end }))
      found.push({ start, end, type: 'comment', modifiers: kind === 'doc' ? ['documentation'] : [] });
  return found.sort((a, b) => a.start - b.start);
}

type Kind = Pick<SemanticToken, 'type' | 'modifiers'>;

function kindOf(workspace: Workspace, meaning: Meaning): Kind {
  switch (meaning.kind) {
    case 'declaration':
      return declaredKind(workspace, meaning);
    case 'column':
    case 'owned':
      return { type: 'column', modifiers: [] };
    case 'builtin':
      return { type: 'function', modifiers: ['defaultLibrary'] };
    case 'local':
      return { type: meaning.what === 'table' ? 'alias' : 'dataset', modifiers: [] };
    case 'parameter':
      return { type: 'parameter', modifiers: ['readonly'] };
    case 'value':
      return { type: 'enumValue', modifiers: ['readonly'] };
    case 'schema':
      return { type: 'namespace', modifiers: [] };
  }
}

function declaredKind(workspace: Workspace, { namespace, name }: Extract<Meaning, { kind: 'declaration' }>): Kind {
  switch (namespace) {
    case 'dataset':
      return { type: 'dataset', modifiers: [] };
    case 'type': {
      const isEnum = workspace.symbol('type', name)?.kind === 'enum';
      return { type: isEnum ? 'enum' : 'type', modifiers: [] };
    }
    case 'store':
      return { type: 'namespace', modifiers: [] };
    case 'function':
      return { type: 'function', modifiers: [] };
    default:
      return { type: 'name', modifiers: [] };
  }
}

const signs = new Set([id.Equals, id.Compare, id.Concat, id.Sign, id.Multiply, id.Pipe, id.Star]);
const punctuation = new Set([
  id.LParen,
  id.QueryParen,
  id.RParen,
  id.LBracket,
  id.RBracket,
  id.LBrace,
  id.TypeBrace,
  id.EnumBrace,
  id.ChecksBrace,
  id.TestBrace,
  id.RBrace,
  id.TypeOpen,
  id.TypeClose,
  id.Comma,
  id.Dot,
  id.Colon,
  id.Semicolon,
  id.Question,
]);
const stageWords = new Set(words.filter(({ category }) => category === 'stage').map(({ text }) => text));
const valueTypes = new Set(valueTypeNames);

/** Of a token about which the check says nothing. Null of what is not coloured: brackets, and names that mean nothing. */
function plainKind(run: readonly Token[], at: number, token: Token): (Partial<Kind> & Pick<Kind, 'type'>) | null {
  const type = token.tokenTypeIdx;
  const before = run[at - 1];
  if (punctuation.has(type)) return null;
  if (signs.has(type)) return { type: 'operator' };
  switch (type) {
    case id.Kind:
      return { type: 'kind' };
    case id.Key:
      return { type: 'property' };
    case id.String:
    case id.SqlText:
      return { type: 'string' };
    case id.Number:
    case id.Duration:
      return { type: 'number' };
    case id.At:
      return { type: 'annotation' };
    case id.Identifier:
      return nameKind(run, at, token);
  }
  const isStage = before?.tokenTypeIdx === id.Pipe || stageWords.has(token.word);
  return { type: isStage ? 'stage' : 'keyword' };
}

/** A name that the check did not come past: a type of the language, an annotation, a value of an enum, a connector. */
function nameKind(run: readonly Token[], at: number, token: Token): (Partial<Kind> & Pick<Kind, 'type'>) | null {
  const before = run[at - 1]?.tokenTypeIdx ?? 0;
  const next = run[at + 1]?.tokenTypeIdx ?? 0;
  if (before === id.At) return { type: 'annotation' };
  const isType = before === id.Colon || before === id.As || before === id.TypeOpen;
  if (isType && valueTypes.has(token.image)) return { type: 'type', modifiers: ['defaultLibrary'] };
  const opened = run.findLastIndex(
    (each, index) => index < at && (each.tokenTypeIdx === id.EnumBrace || each.tokenTypeIdx === id.RBrace),
  );
  if (run[opened]?.tokenTypeIdx === id.EnumBrace) return { type: 'enumValue', modifiers: ['declaration', 'readonly'] };
  if (next === id.LParen) return { type: 'function', modifiers: ['defaultLibrary'] };
  return null;
}

/** Declarations: one header for all kinds, and properties. */
import type { OrMethodOpts } from 'chevrotain';
import type { Body, Declaration, Expr, Name, Parameter, Property, QualifiedName, Query, TypeExpr } from '../ast.ts';
import type { Reporter } from '../report.ts';
import type { Token } from '../tokens.ts';
import { t } from '../tokens.ts';
import type { Rule } from './base.ts';
import { eof, exact, headerIds, id } from './base.ts';
import { BodyParser } from './bodies.ts';
import { LOOKAHEAD, type Lookahead } from './lookahead.ts';

/** What a header says between the name and the braces. */
interface Header {
  type: TypeExpr | null;
  of: QualifiedName | null;
  for: QualifiedName | null;
  on: Expr | null;
  from: Expr | null;
  in: QualifiedName | null;
}

export class PipeParser extends BodyParser {
  constructor(lookahead: Lookahead = LOOKAHEAD) {
    super(lookahead);
    this.performSelfAnalysis();
  }

  /** Parses one run of tokens as a declaration; null where it does not begin with a kind's word. */
  parseDeclaration(tokens: Token[], docs: ReadonlyMap<number, string>, reporter: Reporter): Declaration | null {
    const first = tokens[0]!;
    this.begin(tokens, first.start, docs, reporter);
    if (first.tokenTypeIdx !== id.Kind) {
      this.#stray(first, tokens.at(-2) ?? first);
      return null;
    }
    return this.declaration();
  }

  /** Parses a run of tokens as a query that stands alone; spans are absolute. */
  parseQuery(tokens: Token[], reporter: Reporter): Query {
    this.begin(tokens, 0, new Map(), reporter);
    return this.queryAlone();
  }

  #stray(first: Token, last: Token): void {
    const isQuery =
      first.tokenTypeIdx === id.From || first.tokenTypeIdx === id.With || first.tokenTypeIdx === id.Select;
    if (isQuery) this.reporter.report('stray-query', {}, first.start, first.end);
    else
      this.reporter.report(
        'expected-declaration',
        { found: first.image },
        first.start,
        first.columnOne ? first.end : Math.min(first.end, last.end),
      );
  }

  readonly queryAlone: Rule<Query> = this.RULE('queryAlone', (): Query => {
    const query = this.SUBRULE(this.query);
    if (this.RECORDING_PHASE) {
      this.OPTION(() => this.CONSUME(t.Semicolon));
      return query;
    }
    return this.#finish(query) as Query;
  });

  // ------------------------------------------------------------------------------------------ the header

  readonly declaration: Rule<Declaration> = this.RULE('declaration', (): Declaration => {
    const word = this.take(t.Kind);
    const kind = this.nameOf(word);
    const name = this.#declaredName(word);
    const parameters = this.OPTION2(() => this.SUBRULE(this.parameters)) ?? null;
    const header: Header = { type: null, of: null, for: null, on: null, from: null, in: null };
    this.MANY(() => this.SUBRULE(this.headerClause, { ARGS: [header] }));
    let value: Query | Expr | null = this.RECORDING_PHASE ? null : this.#mendHeader(header);
    const properties: Property[] = [];
    const body = this.OPTION3(() => this.SUBRULE(this.braces, { ARGS: [properties] })) ?? null;
    if (!this.RECORDING_PHASE && value === null && this.#isQueryNext()) value = this.#queryWithoutEquals(header);
    this.OPTION4(() => {
      this.CONSUME(t.Equals);
      value = this.SUBRULE(this.value);
    });
    if (this.RECORDING_PHASE) this.OPTION5(() => this.CONSUME(t.Semicolon));
    else value = this.#finish(value);
    return {
      start: word.start,
      end: this.end,
      kind,
      name,
      doc: this.docs.get(word.start) ?? null,
      parameters,
      type: header.type,
      of: header.of,
      for: header.for,
      on: header.on,
      from: header.from,
      in: header.in,
      properties: exact(properties),
      body,
      value,
    };
  });

  /** The name may be left out where `of` follows; a header word where a name should stand is not taken for it. */
  #declaredName(kind: Token): Name | null {
    if (this.RECORDING_PHASE) {
      this.OPTION1(() => this.CONSUME(t.Identifier));
      return null;
    }
    if (this.at(id.Identifier)) return this.nameOf(this.skipped());
    if (this.at(id.Of) && kind.image === 'test') return null;
    const next = this.peek();
    if (next.word !== '' && !next.first && !headerIds.has(next.tokenTypeIdx))
      return this.nameOf(this.take(t.Identifier, 200));
    this.expected(`a name for the ${kind.image}`);
    return { start: this.end, end: this.end, text: '' };
  }

  protected readonly parameters: Rule<readonly Parameter[]> = this.RULE('parameters', (): readonly Parameter[] => {
    const open = this.take(t.LParen);
    const parameters: Parameter[] = [];
    this.list(0, () => parameters.push(this.SUBRULE(this.parameter)), true);
    this.close(t.RParen, open);
    return exact(parameters);
  });

  protected readonly parameter: Rule<Parameter> = this.RULE('parameter', (): Parameter => {
    const start = this.start;
    let name: Name | undefined;
    let type: TypeExpr | null = null;
    this.OR([
      {
        ALT: () => {
          name = this.nameOf(this.take(t.Key));
          this.CONSUME(t.Colon);
          type = this.SUBRULE(this.type);
        },
      },
      { ALT: () => (name = this.nameOf(this.take(t.Identifier))) },
    ]);
    return { start, end: this.end, name: name ?? { start, end: start, text: '' }, type };
  });

  protected readonly headerClause: Rule<void, [Header]> = this.RULE('headerClause', (header: Header) => {
    const word = this.peek();
    const set = <K extends keyof Header>(key: K, value: Header[K]) => {
      if (this.RECORDING_PHASE) return;
      if (header[key] !== null) this.reporter.report('repeated-header', { word: word.image }, word.start, word.end);
      else header[key] = value;
    };
    this.OR([
      { ALT: () => (this.CONSUME(t.Colon), set('type', this.SUBRULE(this.type))) },
      { ALT: () => (this.CONSUME(t.Of), set('of', this.qualifiedName(1))) },
      { ALT: () => (this.CONSUME(t.For), set('for', this.qualifiedName(2))) },
      { ALT: () => (this.CONSUME(t.On), set('on', this.SUBRULE1(this.primary))) },
      { ALT: () => (this.CONSUME(t.From), set('from', this.SUBRULE2(this.primary))) },
      { ALT: () => (this.CONSUME(t.In), set('in', this.qualifiedName(3))) },
    ]);
  });

  /** Skips what is odd between the header and what follows it; gives the query where only its `=` is missing. */
  #mendHeader(header: Header): Query | null {
    const follows = (type: number) =>
      type === id.LBrace ||
      type === id.TypeBrace ||
      type === id.EnumBrace ||
      type === id.ChecksBrace ||
      type === id.TestBrace ||
      type === id.Equals ||
      type === id.Semicolon ||
      type === eof;
    if (follows(this.next)) return null;
    if (this.#isQueryNext()) return this.#queryWithoutEquals(header);
    this.unexpected('`{` or `=`');
    while (!follows(this.next)) this.skip();
    return null;
  }

  #isQueryNext(): boolean {
    return this.at(id.From) || this.at(id.With) || this.at(id.Pipe);
  }

  #queryWithoutEquals(header: Header): Query {
    // `table t in dwh.core from orders |> …`: the `from` was read as a part of the header.
    const { from } = header;
    const isRead = from?.kind === 'name' && this.at(id.Pipe);
    const at = isRead ? this.#endBefore(id.From) : this.previous().end;
    this.reporter.report('missing-equals', {}, at, at, {
      fixes: [this.reporter.fix('add `=`', this.reporter.edit(at, at, ' ='))],
    });
    if (!isRead) return this.at(id.Pipe) ? this.SUBRULE8(this.pipeBody) : this.SUBRULE8(this.query);
    header.from = null;
    const { start, end, name } = from;
    const table = { start, end, alias: null, kind: 'dataset' as const, name };
    return { start, end, kind: 'query', stages: [{ start, end, kind: 'from', tables: [table] }] };
  }

  /** Where the token before the last one of a type ends. */
  #endBefore(type: number): number {
    let back = 0;
    while (this.LA(back).tokenTypeIdx !== type) back--;
    return (this.LA(back - 1) as unknown as Token).end;
  }

  protected readonly value: Rule<Query | Expr> = this.RULE('value', (): Query | Expr => {
    const query = (): Query | Expr => this.SUBRULE(this.query);
    const pipeBody = (): Query | Expr => this.SUBRULE(this.pipeBody);
    const expression = (): Query | Expr => this.SUBRULE(this.expression);
    // A name alone is an expression: `fn f(x: int64) = x`. A query begins with its own word.
    if (this.RECORDING_PHASE)
      return this.OR([{ ALT: query }, { ALT: pipeBody }, { ALT: expression, IGNORE_AMBIGUITIES: true }]);
    if (this.at(id.From) || this.at(id.With) || this.at(id.Select) || this.at(id.Values)) return query();
    if (this.at(id.Pipe)) return pipeBody();
    if (this.at(eof)) {
      this.expected('a query or an expression');
      return this.missing();
    }
    return expression();
  });

  // ------------------------------------------------------------------------------------------ bodies

  #bodies: OrMethodOpts<Body | null> | undefined;
  #properties: Property[] = [];

  protected readonly braces: Rule<Body | null, [properties: Property[]]> = this.RULE(
    'braces',
    (properties: Property[]): Body | null => {
      this.#properties = this.RECORDING_PHASE ? [] : properties;
      const body = this.OR(
        (this.#bodies ??= {
          DEF: [
            {
              ALT: () => {
                const open = this.take(t.LBrace);
                this.properties(1, this.#properties);
                this.close(t.RBrace, open);
                return null;
              },
            },
            { ALT: () => this.SUBRULE(this.typeBody) },
            { ALT: () => this.SUBRULE(this.enumBody) },
            { ALT: () => this.SUBRULE(this.checks, { ARGS: [this.#properties] }) },
            { ALT: () => this.SUBRULE(this.testBody) },
          ],
        }),
      );
      return body ?? null;
    },
  );

  // ------------------------------------------------------------------------------------------ the end

  /** Takes what is left: a `;`, stages after a stray bracket or a query in parentheses; anything else is reported once. */
  #finish(value: Query | Expr | null): Query | Expr | null {
    let result = value;
    for (;;) {
      if (this.at(eof)) return result;
      if (this.at(id.Semicolon)) this.skip();
      else if (this.at(id.Pipe) && result !== null) result = this.#goOn(result);
      else {
        this.unexpected(null);
        do this.skip();
        while (!this.at(eof) && !this.at(id.Pipe));
        if (!this.at(id.Pipe) || result === null) {
          while (!this.at(eof)) this.skip();
        }
      }
    }
  }

  /** `(from …) |> …` is a query that reads the one in parentheses. */
  #goOn(value: Query | Expr): Query | Expr {
    const start = value.start;
    const at = { start, end: value.end };
    let stages: Query['stages'][number][];
    if (value.kind === 'query') stages = [...value.stages];
    else if (value.kind === 'query-expr' && !value.exists)
      stages = [{ ...at, kind: 'from', tables: [{ ...at, alias: null, kind: 'subquery', query: value.query }] }];
    else if (value.kind === 'call')
      stages = [{ ...at, kind: 'from', tables: [{ ...at, alias: null, kind: 'function', call: value }] }];
    else if (value.kind === 'name')
      stages = [{ ...at, kind: 'from', tables: [{ ...at, alias: null, kind: 'dataset', name: value.name }] }];
    else stages = [];
    if (value.kind === 'name') {
      this.reporter.report(
        'missing-from',
        { name: value.name.parts.map((part) => part.text).join('.') },
        this.base + start,
        this.base + value.end,
        {
          fixes: [this.reporter.fix('add `from`', this.reporter.edit(this.base + start, this.base + start, 'from '))],
        },
      );
    }
    this.SUBRULE9(this.stages, { ARGS: [stages] });
    return { start, end: this.end, kind: 'query', stages: exact(stages) };
  }
}

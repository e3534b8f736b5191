/** The bodies that some kinds of declarations have: the fields of a type, the values of an enum, checks, tests. */
import type {
  Annotation,
  Argument,
  CheckClause,
  ChecksBody,
  EnumBody,
  Expr,
  Field,
  Name,
  Property,
  QualifiedName,
  Query,
  StringLiteral,
  TestBody,
  TypeBody,
  TypeExpr,
} from '../ast.ts';
import { stringValue } from '../characters.ts';
import { t } from '../tokens.ts';
import type { Rule } from './base.ts';
import { closers, eof, exact, id } from './base.ts';
import { SelectParser } from './select.ts';

const clauseStarts = new Set([id.Expect, id.RowsCheck, id.Fresh, id.Given]);

export abstract class BodyParser extends SelectParser {
  protected readonly typeBody: Rule<TypeBody> = this.RULE('typeBody', (): TypeBody => {
    const open = this.take(t.TypeBrace);
    const fields: Field[] = [];
    const expectations: CheckClause[] = [];
    this.extraCommas();
    this.MANY(() => {
      this.OR([
        { ALT: () => fields.push(this.SUBRULE(this.field)) },
        // Half typed: a name without its colon.
        { ALT: () => fields.push(this.SUBRULE(this.fieldWithoutColon)) },
        { ALT: () => expectations.push(this.SUBRULE(this.clause)) },
      ]);
      this.#betweenClauses(1);
    });
    this.close(t.RBrace, open);
    return {
      start: open.start - this.base,
      end: this.end,
      kind: 'type-body',
      fields: exact(fields),
      expectations: exact(expectations),
    };
  });

  protected readonly field: Rule<Field> = this.RULE('field', (): Field => {
    const token = this.take(t.Key);
    this.CONSUME(t.Colon);
    const type = this.SUBRULE(this.type);
    const annotations: Annotation[] = [];
    this.MANY(() => annotations.push(this.SUBRULE(this.annotation)));
    return {
      start: token.start - this.base,
      end: this.end,
      name: this.nameOf(token),
      type,
      annotations,
      doc: this.docs.get(token.start) ?? null,
    };
  });

  protected readonly fieldWithoutColon: Rule<Field> = this.RULE('fieldWithoutColon', (): Field => {
    const token = this.take(t.Identifier);
    if (!this.RECORDING_PHASE) {
      this.expected('`:` and a type');
      if (!this.peek().first) this.skipBalanced((next) => next.first);
    }
    const at = token.end - this.base;
    const type: TypeExpr = {
      start: at,
      end: at,
      name: { start: at, end: at, text: '' },
      args: [],
      element: null,
      nullable: false,
    };
    return {
      start: token.start - this.base,
      end: this.end,
      name: this.nameOf(token),
      type,
      annotations: [],
      doc: this.docs.get(token.start) ?? null,
    };
  });

  protected readonly annotation: Rule<Annotation> = this.RULE('annotation', (): Annotation => {
    const start = this.start;
    this.CONSUME(t.At);
    const name = this.nameOf(this.take(t.Identifier));
    const args: Argument[] = [];
    this.OPTION(() => {
      const open = this.take(t.LParen);
      this.list(1, () => args.push(this.SUBRULE(this.argument)), true);
      this.close(t.RParen, open);
    });
    return { start, end: this.end, name, args: exact(args) };
  });

  protected readonly enumBody: Rule<EnumBody> = this.RULE('enumBody', (): EnumBody => {
    const open = this.take(t.EnumBrace);
    const values: { name: Name; doc: string | null }[] = [];
    this.list(
      1,
      () => {
        const token = this.take(t.Identifier);
        values.push({ name: this.nameOf(token), doc: this.docs.get(token.start) ?? null });
      },
      true,
    );
    this.close(t.RBrace, open);
    return { start: open.start - this.base, end: this.end, kind: 'enum-body', values: exact(values) };
  });

  /** `checks { … }`, and the body of a `check`, which may have properties too. */
  protected readonly checks: Rule<ChecksBody, [properties?: Property[]]> = this.RULE(
    'checks',
    (properties?: Property[]): ChecksBody => {
      const open = this.take(t.ChecksBrace);
      const clauses: CheckClause[] = [];
      this.extraCommas();
      this.MANY(() => {
        this.OR([
          { ALT: () => clauses.push(this.SUBRULE(this.clause)) },
          { ALT: () => clauses.push(this.SUBRULE(this.callClause)) },
          {
            ALT: () => {
              const property = this.SUBRULE(this.keyed);
              if (properties !== undefined) properties.push(property);
              else if (!this.RECORDING_PHASE) {
                const at = property.name.start + this.base;
                this.reporter.report(
                  'property-in-checks',
                  { name: property.name.text },
                  at,
                  property.name.end + this.base,
                );
              }
            },
          },
        ]);
        this.#betweenClauses(1);
      });
      this.close(t.RBrace, open);
      return { start: open.start - this.base, end: this.end, kind: 'checks-body', clauses: exact(clauses) };
    },
  );

  protected readonly keyed: Rule<Property> = this.RULE('keyed', (): Property => {
    const name = this.nameOf(this.take(t.Key));
    this.CONSUME(t.Colon);
    const value = this.SUBRULE(this.expression);
    return { start: name.start, end: this.end, name, value };
  });

  protected readonly callClause: Rule<CheckClause> = this.RULE('callClause', (): CheckClause => {
    const start = this.start;
    const condition = this.SUBRULE(this.primary);
    if (!this.RECORDING_PHASE && condition.kind === 'name')
      this.expected('`(`, as in `unique(a)`, or `expect` before a condition');
    const { message, mostly, severity } = this.#clauseEnd();
    return { start, end: this.end, kind: 'call', condition, message, mostly, severity };
  });

  protected readonly clause: Rule<CheckClause> = this.RULE('clause', (): CheckClause => {
    const start = this.start;
    const parsed: { kind: CheckClause['kind']; condition: Expr } | undefined = this.OR([
      {
        ALT: () => {
          this.CONSUME(t.Expect);
          return { kind: 'expect' as const, condition: this.SUBRULE1(this.expression) };
        },
      },
      { ALT: () => ({ kind: 'rows' as const, condition: this.#rows() }) },
      {
        ALT: () => {
          this.CONSUME(t.Fresh);
          this.CONSUME(t.Within);
          return { kind: 'fresh' as const, condition: this.SUBRULE2(this.expression) };
        },
      },
    ]);
    const { message, mostly, severity } = this.#clauseEnd();
    return {
      start,
      end: this.end,
      kind: parsed?.kind ?? 'expect',
      condition: parsed?.condition ?? this.missing(),
      message,
      mostly,
      severity,
    };
  });

  /** `rows between 1 and 10` is the condition `rows between 1 and 10` over the name `rows`. */
  #rows(): Expr {
    if (!this.RECORDING_PHASE) {
      this.peek().tokenTypeIdx = id.Identifier;
      return this.SUBRULE3(this.expression);
    }
    this.CONSUME(t.RowsCheck);
    return this.SUBRULE3(this.expression);
  }

  #clauseEnd(): { message: StringLiteral | null; mostly: Expr | null; severity: Name | null } {
    let message: StringLiteral | null = null;
    let mostly: Expr | null = null;
    if (this.RECORDING_PHASE) {
      this.OPTION1(() => (this.CONSUME(t.Mostly), this.SUBRULE4(this.expression)));
      this.OPTION2(() => this.CONSUME(t.Severity));
      return { message, mostly, severity: null };
    }
    if (this.at(id.Comma) && this.peek(2).tokenTypeIdx === id.String) {
      this.skip();
      const token = this.skipped();
      message = {
        start: token.start - this.base,
        end: token.end - this.base,
        kind: 'string',
        value: stringValue(token.image),
      };
    }
    if (this.at(id.Mostly)) {
      this.skip();
      mostly = this.SUBRULE4(this.expression);
    }
    const severity = this.at(id.Severity) ? this.nameOf(this.skipped()) : null;
    return { message, mostly, severity };
  }

  #missingLine(): void {
    const { end } = this.previous();
    this.reporter.report('missing-comma', {}, end, end, {
      label: 'a new line, or a comma',
      fixes: [this.reporter.fix('add `,`', this.reporter.edit(end, end, ','))],
    });
  }

  /** Clauses and fields stand one a line, or with commas between. */
  #betweenClauses(index: number): void {
    if (this.RECORDING_PHASE) {
      this.option(index + 10, () => this.consume(index, t.Comma));
      return;
    }
    if (this.at(id.Comma)) {
      this.skip();
      this.extraCommas();
      return;
    }
    const next = this.peek();
    const type = next.tokenTypeIdx;
    if (closers.has(type) || type === eof) return;
    const begins = type === id.Key || clauseStarts.has(type) || type === id.Identifier;
    if (begins && next.first) return;
    if (begins && (type !== id.Identifier || this.peek(2).tokenTypeIdx === id.LParen)) return this.#missingLine();
    if (type === id.Semicolon) {
      this.reporter.report('unexpected-token', { found: ';', expected: 'a new line or `,`' }, next.start, next.end, {
        fixes: [this.reporter.fix('write `,`', this.reporter.edit(next.start, next.end, ','))],
      });
      this.skip();
      return;
    }
    this.unexpected('a new line or `,`');
    this.skipBalanced(
      (token) =>
        token.first &&
        (token.tokenTypeIdx === id.Key || token.tokenTypeIdx === id.Identifier || clauseStarts.has(token.tokenTypeIdx)),
    );
    if (this.at(id.Comma)) this.skip();
  }

  protected readonly testBody: Rule<TestBody> = this.RULE('testBody', (): TestBody => {
    const open = this.take(t.TestBrace);
    const givens: { name: QualifiedName; query: Query; start: number; end: number }[] = [];
    const properties: Property[] = [];
    let expect: Query | null = null;
    this.extraCommas();
    this.MANY(() => {
      const start = this.start;
      const word = this.peek();
      this.OR([
        {
          ALT: () => {
            this.CONSUME(t.Given);
            const name = this.qualifiedName(1);
            this.CONSUME1(t.Equals);
            const query = this.SUBRULE1(this.query);
            givens.push({ name, query, start, end: this.end });
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Expect);
            this.CONSUME2(t.Equals);
            const query = this.SUBRULE2(this.query);
            if (expect !== null && !this.RECORDING_PHASE)
              this.reporter.report('repeated-expect', {}, word.start, word.end);
            expect ??= query;
          },
        },
        { ALT: () => properties.push(this.SUBRULE(this.keyed)) },
      ]);
      this.#betweenClauses(1);
    });
    this.close(t.RBrace, open);
    return {
      start: open.start - this.base,
      end: this.end,
      kind: 'test-body',
      givens: exact(givens),
      expect,
      properties: exact(properties),
    };
  });
}

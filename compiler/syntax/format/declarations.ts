/** Prints declarations: the header's words in their order, bodies one clause a line. */

import type { CheckClause, ChecksBody, Declaration, EnumBody, Field, Query, TestBody, TypeBody } from '../ast.ts';
import { assertNever } from '../ast.ts';
import type { Doc } from './doc.ts';
import { cat, either, flat, group, indent, join, line, newline } from './doc.ts';
import type { Located } from './printer.ts';
import { columnWidth, inParentheses } from './printer.ts';
import { QueryPrinter } from './queries.ts';

export class DeclarationPrinter extends QueryPrinter {
  declaration(declaration: Declaration): Doc {
    const head = [this.#header(declaration)];
    const body = this.#body(declaration);
    if (body !== null) head.push(' ', body);
    const value = declaration.value;
    if (value === null) return cat(...head);
    if (value.kind !== 'query')
      return cat(
        ...head,
        ' = ',
        this.item(value, () => this.expression(value)),
      );
    return cat(...head, ' =', this.#queryAfterEquals(value));
  }

  #header(declaration: Declaration): Doc {
    const parts: Doc[] = [declaration.kind.text];
    if (declaration.name !== null) parts.push(` ${this.name(declaration.name)}`);
    if (declaration.parameters !== null) {
      const parameters = this.items(declaration.parameters, (parameter) =>
        parameter.type === null
          ? this.name(parameter.name)
          : cat(`${this.name(parameter.name)}: `, this.type(parameter.type)),
      );
      parts.push(inParentheses(parameters));
    }
    if (declaration.type !== null)
      parts.push(declaration.parameters === null ? ' : ' : ': ', this.type(declaration.type));
    if (declaration.of !== null) parts.push(` of ${this.qualified(declaration.of)}`);
    if (declaration.for !== null) parts.push(` for ${this.qualified(declaration.for)}`);
    if (declaration.on !== null) parts.push(' on ', this.expression(declaration.on));
    if (declaration.from !== null) parts.push(' from ', this.expression(declaration.from));
    if (declaration.in !== null) parts.push(` in ${this.qualified(declaration.in)}`);
    return cat(...parts);
  }

  #queryAfterEquals(query: Query): Doc {
    // The body of a pipe function stays on the line where it fits.
    const isPipeBody = query.stages[0]?.kind !== 'from' && query.stages[0]?.kind !== 'with';
    if (isPipeBody) return group(indent(2, line, this.stages(query, line)));
    return indent(2, newline, this.stages(query, newline));
  }

  #body(declaration: Declaration): Doc | null {
    const body = declaration.body;
    const properties = declaration.properties;
    switch (body?.kind) {
      case undefined:
        if (properties.length === 0) return null;
        return this.object(properties, { start: 0, end: this.#closing(properties.at(-1)!) + 1 });
      case 'type-body':
        return this.#typeBody(body);
      case 'enum-body':
        return this.#enumBody(body);
      case 'checks-body':
        return this.checks(body, properties);
      case 'test-body':
        return this.#testBody(body);
      default:
        return assertNever(body);
    }
  }

  /** Where the brace after the last property stands. */
  #closing(last: Located): number {
    return this.closingAfter(this.base + last.end) - this.base;
  }

  #typeBody(body: TypeBody): Doc {
    const items = inOrder<Field | CheckClause>([...body.fields, ...body.expectations]);
    const opened = this.isOpened(items[0]);
    const names = columnWidth(body.fields.map((field) => this.name(field.name).length));
    const types = columnWidth(body.fields.map((field) => typeLength(field, this)));
    const docs = items.map((item) =>
      this.item(
        item,
        () => ('condition' in item ? this.clause(item) : this.#field(item, names, types)),
        !('condition' in item),
      ),
    );
    return this.braces(items, docs, opened, body.end - 1);
  }

  #field(field: Field, names: number, types: number): Doc {
    const name = this.name(field.name);
    const pad = either(' '.repeat(Math.max(0, names - name.length)), '');
    const type = this.type(field.type);
    if (field.annotations.length === 0) return cat(`${name}:`, pad, ' ', type);
    const column = either(' '.repeat(Math.max(0, types - typeLength(field, this))), '');
    return cat(
      `${name}:`,
      pad,
      ' ',
      type,
      column,
      ' ',
      join(
        ' ',
        field.annotations.map((annotation) => this.annotation(annotation)),
      ),
    );
  }

  #enumBody(body: EnumBody): Doc {
    const values = body.values.map(({ name }) => name);
    const opened = this.isOpened(values[0]);
    const docs = values.map((name, at) =>
      this.item(name, () => cat(this.name(name), at === values.length - 1 ? '' : either(',', '')), true),
    );
    return this.braces(values, docs, opened, body.end - 1);
  }

  checks(body: ChecksBody, properties: Declaration['properties'] = []): Doc {
    const items = inOrder([...properties, ...body.clauses]);
    const opened = this.isOpened(items[0]) || items.length > 1;
    const docs = items.map((item) =>
      this.item(item, () => ('condition' in item ? this.clause(item) : this.property(item))),
    );
    return this.braces(items, docs, opened, body.end - 1);
  }

  clause(clause: CheckClause): Doc {
    const parts: Doc[] = [this.#clauseBody(clause)];
    if (clause.message !== null) parts.push(', ', this.slice(clause.message));
    if (clause.mostly !== null) parts.push(' mostly ', this.expression(clause.mostly));
    if (clause.severity !== null) parts.push(` ${clause.severity.text}`);
    return cat(...parts);
  }

  #clauseBody(clause: CheckClause): Doc {
    switch (clause.kind) {
      case 'expect':
        return group('expect ', this.condition(clause.condition));
      case 'fresh':
        return cat('fresh within ', this.expression(clause.condition));
      case 'rows':
      case 'call':
        return this.expression(clause.condition);
      default:
        return assertNever(clause.kind);
    }
  }

  #testBody(body: TestBody): Doc {
    const expect = body.expect;
    const entries: (Located & { readonly print: (width: number) => Doc; readonly key: string })[] = [
      ...body.givens.map((given) => ({
        start: given.start,
        end: given.end,
        key: `given ${this.qualified(given.name)}`,
        print: (width: number) => this.#assigned(`given ${this.qualified(given.name)}`, given.query, width),
      })),
      ...body.properties.map((property) => ({
        start: property.start,
        end: property.end,
        key: '',
        print: () => this.property(property),
      })),
    ];
    if (expect !== null)
      entries.push({
        start: this.#expectStart(expect),
        end: expect.end,
        key: 'expect',
        print: (width) => this.#assigned('expect', expect, width),
      });
    const items = inOrder(entries);
    const width = this.#areShort(body)
      ? columnWidth(items.flatMap((item) => (item.key === '' ? [] : [item.key.length])))
      : 0;
    const docs = items.map((item) => this.item(item, () => item.print(width)));
    return this.braces(items, docs, true, body.end - 1);
  }

  /** Tables of one row stand well under one another; `=` far from its name before several rows does not. */
  #areShort(body: TestBody): boolean {
    return [...body.givens.map((given) => given.query), body.expect].every((query) => {
      const first = query?.stages[0];
      return (
        query == null ||
        (query.stages.length === 1 &&
          first?.kind === 'from' &&
          first.tables.every((table) => table.kind !== 'values' || table.rows.length <= 1))
      );
    });
  }

  /** The word `expect` has no node; it is what stands before the `=` before the query. */
  #expectStart(query: Query): number {
    const before = this.text.slice(this.base, this.base + query.start);
    return Math.max(0, before.lastIndexOf('expect'));
  }

  #assigned(key: string, query: Query, width: number): Doc {
    const first = query.stages[0];
    const isValues = query.stages.length === 1 && first?.kind === 'from' && first.tables.length === 1;
    const head = cat(key, either(' '.repeat(Math.max(0, width - key.length)), ''), ' =');
    if (!isValues) return cat(head, indent(2, newline, this.stages(query, newline)));
    const table = first.tables[0]!;
    return cat(
      head,
      ' ',
      table.kind === 'values' && table.alias === null ? this.table(table) : this.stages(query, newline),
    );
  }
}

function typeLength(field: Field, printer: DeclarationPrinter): number {
  return flat(printer.type(field.type))?.length ?? 0;
}

function inOrder<Item extends Located>(items: Item[]): Item[] {
  return items.sort((a, b) => a.start - b.start);
}

/**
 * Programs of `type`, `enum`, `source`, `fn` and `table` declarations, with nothing but the queries of the tables checked:
 * what a query says does not depend on the rest of a project.
 */

import { diagnostic } from '../../../compiler/diagnostics/codes.ts';
import type { Diagnostic, Place } from '../../../compiler/diagnostics/diagnostic.ts';
import {
  type Column,
  type Origin,
  type RowType,
  type ValueType,
  valueName,
} from '../../../compiler/relational/types.ts';
import type { CheckContext, DatasetRef, ElaboratedQuery } from '../../../compiler/semantics/context.ts';
import { elaborateQuery, type Purpose } from '../../../compiler/semantics/queries.ts';
import { valueType } from '../../../compiler/semantics/value-types.ts';
import type { Declaration } from '../../../compiler/syntax/ast.ts';
import { parseFile } from '../../../compiler/syntax/parser.ts';
import { SourceFile } from '../../../compiler/syntax/source.ts';

export interface CheckedTable {
  readonly name: string;
  readonly result: ElaboratedQuery;
  /** Row types after each stage, with the stage's text. */
  readonly stages: readonly { readonly text: string; readonly columns: readonly Column[] }[];
}

export interface Checked {
  readonly tables: readonly CheckedTable[];
  /** With absolute places. */
  readonly diagnostics: readonly Diagnostic[];
}

export function check(text: string, purpose: Purpose = 'stored'): Checked {
  return new Program(new SourceFile('main.pipe', text), purpose).check();
}

class Program {
  readonly #source: SourceFile;
  readonly #purpose: Purpose;
  readonly #declarations: readonly Declaration[];
  readonly #diagnostics: Diagnostic[];
  readonly #enums = new Map<string, ValueType>();
  readonly #datasets = new Map<string, DatasetRef>();

  constructor(source: SourceFile, purpose: Purpose) {
    this.#source = source;
    this.#purpose = purpose;
    const parsed = parseFile(source);
    this.#declarations = parsed.declarations;
    this.#diagnostics = [...parsed.diagnostics];
  }

  check(): Checked {
    for (const declaration of this.#declarations) {
      if (declaration.body?.kind === 'enum-body') {
        const name = declaration.name?.text ?? '';
        this.#enums.set(name, { kind: 'enum', name, values: declaration.body.values.map((v) => v.name.text) });
      }
    }
    for (const declaration of this.#declarations) if (declaration.kind.text === 'source') this.#addSource(declaration);
    const tables: CheckedTable[] = [];
    for (const declaration of this.#declarations) {
      const { value } = declaration;
      if (
        declaration.kind.text !== 'table' ||
        value === null ||
        (value.kind !== 'query' && value.kind !== 'query-expr')
      )
        continue;
      const query = value.kind === 'query-expr' ? value.query : value;
      const stages: { text: string; columns: readonly Column[] }[] = [];
      const context = this.#context(declaration, (span, columns) =>
        stages.push({ text: this.#text(declaration, span), columns }),
      );
      const result = elaborateQuery(query, context, this.#purpose);
      const name = declaration.name?.text ?? '';
      tables.push({ name, result, stages });
      this.#datasets.set(name, {
        name: `dwh.core.${name}`,
        row: result.row,
        broken: result.broken,
        place: this.#place(declaration, declaration.name ?? declaration.kind),
      });
    }
    return { tables, diagnostics: this.#diagnostics.sort((a, b) => a.place.start - b.place.start) };
  }

  #addSource(declaration: Declaration): void {
    const type = this.#declarations.find((d) => d.kind.text === 'type' && d.name?.text === declaration.type?.name.text);
    const name = declaration.name?.text ?? '';
    if (type?.body?.kind !== 'type-body') return;
    const context = this.#context(type);
    const columns = type.body.fields.map(
      (field): Column => ({
        name: field.name.text,
        type: valueType(field.type, context) ?? { kind: 'error' },
        nullable: field.type.nullable,
        inexact: false,
        doc: field.doc,
        tags: field.annotations
          .filter((a) => a.name.text === 'pii')
          .map((a) => ({ name: 'pii', value: a.args[0] === undefined ? '' : this.#text(type, a.args[0]) })),
        origins: [],
      }),
    );
    const key = type.body.fields
      .filter((f) => f.annotations.some((a) => a.name.text === 'key'))
      .map((f) => f.name.text);
    const row: RowType = { columns, keys: key.length > 0 ? [key] : [] };
    this.#datasets.set(name, {
      name: `raw.${name}`,
      row,
      broken: false,
      place: this.#place(declaration, declaration.name ?? declaration.kind),
    });
  }

  #text(declaration: Declaration, span: { readonly start: number; readonly end: number }): string {
    return this.#source.text.slice(declaration.start + span.start, declaration.start + span.end);
  }

  #place(declaration: Declaration, span: { readonly start: number; readonly end: number }): Place {
    return {
      file: this.#source.path,
      declaration: null,
      start: declaration.start + span.start,
      end: declaration.start + span.end,
    };
  }

  #context(declaration: Declaration, stageRow?: CheckContext['stageRow']): CheckContext {
    let id = 0;
    const functions = this.#declarations.filter((d) => d.kind.text === 'fn');
    return {
      report: (code, params, span, extras) => {
        this.#diagnostics.push(diagnostic(code, params, this.#place(declaration, span), extras));
      },
      place: (span) => this.#place(declaration, span),
      text: (span) => this.#text(declaration, span),
      dataset: (name) => {
        const wanted = name.parts.map((p) => p.text).join('.');
        const found =
          this.#datasets.get(wanted) ?? [...this.#datasets.values()].find((d) => d.name.endsWith(`.${wanted}`));
        // The real one reports here; queries only have to stay silent about what follows.
        return found ?? null;
      },
      enumType: (name) => this.#enums.get(name) ?? null,
      userFunction: (name) => {
        const found = functions.find((d) => d.name?.text === name);
        return found === undefined ? null : { declaration: found, file: this.#source.path };
      },
      userFunctionNames: () => functions.map((d) => d.name?.text ?? ''),
      freshId: () => id++,
      ...(stageRow === undefined ? {} : { stageRow }),
    };
  }
}

/** `amount: decimal(12, 2)? direct(orders.amount) indirect(orders.status) inexact pii(email)`, one line a column. */
export function rowText(columns: readonly Column[]): string {
  return columns.map(columnText).join('\n');
}

function columnText(column: Column): string {
  const names = (kind: Origin['kind']): string => {
    const list = column.origins.filter((o) => o.kind === kind).map((o) => `${o.dataset.split('.').at(-1)}.${o.column}`);
    return list.length === 0 ? '' : ` ${kind}(${list.join(', ')})`;
  };
  return `${column.name}: ${valueName(column)}${names('direct')}${names('indirect')}${column.inexact ? ' inexact' : ''}${column.tags.map((t) => ` ${t.name}(${t.value})`).join('')}`;
}

/** Columns and types alone: `id int64, name string?`. */
export function typesText(columns: readonly Column[]): string {
  return columns.map((c) => `${c.name} ${valueName(c)}${c.inexact ? ' inexact' : ''}`).join(', ');
}

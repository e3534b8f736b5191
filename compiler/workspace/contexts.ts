/** What a check asks the project, and where it reports: each answer is a query of facts.ts, so that whoever asks runs again where it changes. */
import { diagnostic } from '../diagnostics/codes.ts';
import type { Diagnostic, Place } from '../diagnostics/diagnostic.ts';
import type { Rel } from '../relational/rel.ts';
import { forEachRel } from '../relational/walk.ts';
import type { Catalog } from '../semantics/catalog.ts';
import type { CheckContext, DatasetRef } from '../semantics/context.ts';
import type { DeclarationContext, Models, Shape, TargetEngine } from '../semantics/declarations/context.ts';
import type { Answer, AnswerTo, Question } from '../semantics/outside.ts';
import { suggestion } from '../semantics/suggest.ts';
import { type DeclarationSymbol, joinName, lastPart, symbolPlace } from '../semantics/symbols.ts';
import type { Declaration, QualifiedName } from '../syntax/ast.ts';
import type { Span } from '../syntax/source.ts';
import { untoldFace } from './face.ts';
import type { Names } from './names.ts';

/** What is known of a project; declarations go by their ids. */
export interface Known {
  readonly names: Names;
  catalog(): Catalog;
  tree(id: string): Declaration;
  shape(id: string): Shape;
  face(id: string): DatasetRef;
  model<K extends keyof Models>(kind: K, symbol: DeclarationSymbol): Models[K] | null;
  /** What the check of one has said. */
  reported(id: string): readonly Diagnostic[];
  targets(): readonly TargetEngine[];
  /** The circle that a dataset is caught in. */
  circle(dataset: string): string | null;
  answer(question: Question): Answer | undefined;
}

export class Contexts {
  readonly #known: Known;

  constructor(known: Known) {
    this.#known = known;
  }

  /** `dataset` is the one whose query it is; `own` is what its query gives, where that is known. */
  of(
    symbol: DeclarationSymbol,
    textOf: (span: Span) => string,
    own: Shape | null,
    dataset: string | null,
  ): { readonly context: DeclarationContext; readonly diagnostics: Diagnostic[] } {
    const known = this.#known;
    const { context, diagnostics, reserveIds } = this.query(
      (span) => ({ file: symbol.file, declaration: symbol.id, start: span.start, end: span.end }),
      textOf,
      dataset,
    );
    const whole: DeclarationContext = {
      ...context,
      symbol,
      own,
      definedAt: (span) => ({ file: symbol.file, line: textOf({ start: 0, end: span.start }).split('\n').length }),
      find: (namespace, name) => known.names.named(namespace, name)[0] ?? null,
      names: (namespace) => known.names.names(namespace),
      tree: (other) => known.tree(other.id),
      model: (kind, other) => known.model(kind, other),
      targets: () => known.targets(),
      rowsOf: (name) => {
        const found = known.names.named('dataset', name)[0];
        return found === undefined ? null : known.shape(found.id).row;
      },
      elaborated: (other) => known.shape(other.id).query,
      answer: <Q extends Question>(question: Q) => known.answer(question) as AnswerTo<Q> | undefined,
      catalog: () => known.catalog(),
      reserveIds,
    };
    return { context: whole, diagnostics };
  }

  /** The part of a context that queries need: also of one that stands in no file. `own` is the dataset whose query it is. */
  query(
    place: (span: Span) => Place,
    text: (span: Span) => string,
    own: string | null = null,
  ): { readonly context: CheckContext; readonly diagnostics: Diagnostic[]; readonly reserveIds: (rel: Rel) => void } {
    const known = this.#known;
    const diagnostics: Diagnostic[] = [];
    let next = 0;
    const context: CheckContext = {
      report: (code, params, span, extras) => {
        diagnostics.push(diagnostic(code, params, place(span), extras));
      },
      place,
      text,
      dataset: (name) => this.#dataset(name, own, context),
      enumType: (name) => {
        const symbol = known.names.named('type', name)[0];
        if (symbol === undefined || symbol.kind === 'type') return null;
        return known.model('enum', symbol) ?? { kind: 'error' };
      },
      userFunction: (name) => {
        const symbol = known.names.named('function', name)[0];
        if (symbol === undefined) return null;
        const { id, file } = symbol;
        return {
          declaration: known.tree(id),
          file,
          place: ({ start, end }) => ({ file, declaration: id, start, end }),
          tells: (code, { start, end }) =>
            known
              .reported(id)
              .some((each) => each.code === code && each.place.start === start && each.place.end === end),
        };
      },
      enumNames: () => known.names.names('type').filter((name) => known.names.named('type', name)[0]?.kind === 'enum'),
      userFunctionNames: () => known.names.names('function'),
      freshId: () => next++,
      trace: null,
    };
    const reserveIds = (rel: Rel): void => {
      forEachRel(rel, (node) => {
        for (const column of node.columns) next = Math.max(next, column.id + 1);
      });
    };
    return { context, diagnostics, reserveIds };
  }

  #dataset(name: QualifiedName, own: string | null, context: CheckContext): DatasetRef | null {
    const { names } = this.#known;
    const written = joinName(name);
    if (written === '') return null;
    const found = names.datasets(written);
    const [first] = found;
    if (first !== undefined && found.length === 1) {
      const circle = own === null ? null : this.#known.circle(own);
      // In a circle nobody's rows are known: not those of whoever happened to be asked last.
      if (circle !== null && this.#known.circle(first.name) === circle) return untoldFace(first);
      return this.#known.face(first.id);
    }
    if (first !== undefined) {
      context.report('ambiguous-dataset', { name: written, candidates: found.map((symbol) => symbol.name) }, name, {
        related: found.map((symbol) => ({ place: symbolPlace(symbol), message: `\`${symbol.name}\`` })),
      });
      return null;
    }
    const known = names.names('dataset').flatMap((each) => [each, lastPart(each)]);
    context.report('unknown-dataset', { name: written }, name, suggestion({ ...name, text: written }, known, context));
    return null;
  }
}

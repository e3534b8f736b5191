/** All kinds of declarations: one line each. */
import { closest } from '../suggest.ts';
import type { Namespace } from '../symbols.ts';
import { blackout } from './blackout.ts';
import { check } from './check.ts';
import { connection } from './connection.ts';
import type { DatasetKind, ModelKind, Models } from './context.ts';
import { dimension } from './dimension.ts';
import { enumKind } from './enum.ts';
import { exposure } from './exposure.ts';
import { fn } from './fn.ts';
import { job } from './job.ts';
import type { DeclarationKind } from './kind.ts';
import { laterKinds } from './later.ts';
import { notify } from './notify.ts';
import { pool } from './pool.ts';
import { project } from './project.ts';
import { source } from './source.ts';
import { step } from './step.ts';
import { store } from './store.ts';
import { table } from './table.ts';
import { target } from './target.ts';
import { test } from './test.ts';
import { type } from './type.ts';

export const kinds: { readonly [K in ModelKind]: DeclarationKind<Models[K]> } = {
  project,
  target,
  enum: enumKind,
  type,
  connection,
  source,
  store,
  table,
  step,
  dimension,
  exposure,
  job,
  pool,
  blackout,
  notify,
  check,
  test,
  fn,
};

export function kindNamed(word: string): DeclarationKind<unknown> | undefined {
  return Object.hasOwn(kinds, word) ? kinds[word as ModelKind] : undefined;
}

/** Kinds whose datasets are computed here from others. */
export const builtKinds: readonly DatasetKind[] = Object.values(kinds).flatMap(({ word, namespace }) =>
  namespace === 'dataset' && word !== 'source' ? (word as DatasetKind) : [],
);

/** Where a kind's names are. A name declared with a misspelt word is there too: that it is misspelt is all that is wrong. */
export function namespaceOf(word: string): Namespace {
  if (Object.hasOwn(laterKinds, word)) return 'dataset';
  return kindNamed(word)?.namespace ?? kindNamed(closest(word, Object.keys(kinds)) ?? '')?.namespace ?? 'other';
}

/** Words that begin a declaration, those of later versions included: for "did you mean". */
export const kindWords: readonly string[] = [...Object.keys(kinds), ...Object.keys(laterKinds)];

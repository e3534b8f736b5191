/** Whether the version that stands is what doing a step would make again. The same on every engine. */
import type { StandingVersion, StepContext } from '../engine.ts';
import type { Destination, LoadType, Step } from '../plan.ts';
import { filePattern } from '../sources/file.ts';
import { recentText } from '../sources/recent.ts';
import type { StoredColumn } from './columns.ts';
import type { Connection } from './duckdb/connect.ts';
import { fileVersions, findFiles } from './duckdb/files.ts';
import type { Lakes } from './duckdb/lake.ts';
import { dueText } from './increments/batch.ts';
import type { Versions } from './versions.ts';

export interface Standing {
  readonly versions: Versions;
  readonly lakes: Lakes;
  /** Of the project. */
  readonly folder: string;
  /** The engine's name of a contract's type. */
  readonly typeOf: (type: LoadType) => string;
  /** What finds files. */
  readonly embedded: () => Promise<Connection>;
  /** Somebody may have altered it by hand. @throws PipecError */
  readonly expectColumns: (into: Destination, columns: readonly TypedName[]) => Promise<void>;
}
type TypedName = Pick<StoredColumn, 'name' | 'sqlType'>;

/** The columns of what a step makes, in the engine's words. */
export function typedNames(
  { columns }: Exclude<Step, { readonly kind: 'view' }>,
  typeOf: Standing['typeOf'],
): readonly TypedName[] {
  return columns.map((column) => ({
    name: column.name,
    sqlType: 'sqlType' in column ? column.sqlType : typeOf(column.type),
  }));
}

/** Never throws. */
export async function unchanged(
  step: Step,
  { inputs, texts, began }: Pick<StepContext, 'inputs' | 'texts' | 'began'>,
  { versions, lakes, folder, typeOf, embedded, expectColumns }: Standing,
): Promise<StandingVersion | null> {
  // A view costs nothing to do.
  if (step.kind === 'view' || inputs === null) return null;
  try {
    const files =
      step.kind === 'load' && step.from.kind === 'file'
        ? await findFiles(await embedded(), filePattern(step.from, folder, texts))
        : [];
    const due = step.kind === 'build' ? dueText(step, began) : step.kind === 'load' ? recentText(step, began) : [];
    const basis = versions.basis(step, inputs, [...(await fileVersions(files)), ...due]);
    const { build } = versions.published(step.into);
    const { storage } = step.into;
    const whole = versions.stands(step.into, basis) && (storage.kind === 'table' || lakes.has(storage, build));
    if (!whole) return null;
    await expectColumns(step.into, typedNames(step, typeOf));
    return versions.standing(step);
  } catch {
    // Whatever is wrong is told when the step is done.
    return null;
  }
}

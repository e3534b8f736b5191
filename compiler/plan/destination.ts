/** Where datasets become visible: schema and name of the public view, and where the rows are kept. */
import type { DatasetRecord, Destination, RecordedColumn, Text } from '../../runtime/plan.ts';
import { typeName } from '../relational/types.ts';
import type { ConfigValue, DatasetModel, Program, StoreModel, TargetModel } from '../semantics/model.ts';
import { plainText, textOf } from './config.ts';
import { datasetFingerprint, digest } from './fingerprint.ts';
import type { Samples } from './sample.ts';

export interface Relation {
  readonly schema: string;
  readonly name: string;
}

const TABLE = { kind: 'table' } as const;

/** Schema of sources that name no store. */
export const LANDING = '_landing';

/** What stands between an environment's name and a schema's. */
const BETWEEN = '__';

/** The schema of an environment's views, beside that of production's. */
const schemaIn = (environment: string, schema: string): string => `${environment}${BETWEEN}${schema}`;

/**
 * The public view of each dataset: the schema part of its name, or the store's name where it is used without a schema.
 * Two stores with a schema of one name would share a view for datasets of one name: these go to `<store>_<schema>`.
 * Those of an environment are in schemas of its own.
 */
export function publicRelations({
  datasets,
  environment,
}: Pick<Program, 'datasets' | 'environment'>): ReadonlyMap<string, Relation> {
  const claims = new Map<string, number>();
  const plain = datasets.map((dataset) => ({ dataset, relation: { schema: schemaOf(dataset), name: dataset.table } }));
  const keyOf = ({ schema, name }: Relation): string => `${schema}.${name}`.toLowerCase();
  for (const { relation } of plain) claims.set(keyOf(relation), (claims.get(keyOf(relation)) ?? 0) + 1);
  return new Map(
    plain.map(({ dataset, relation }) => {
      const alone = claims.get(keyOf(relation)) === 1;
      const { schema, name } = alone ? relation : { ...relation, schema: `${dataset.store}_${relation.schema}` };
      return [dataset.name, { schema: environment === undefined ? schema : schemaIn(environment, schema), name }];
    }),
  );
}

function schemaOf(dataset: DatasetModel): string {
  if (hasSchema(dataset)) return dataset.schema;
  return dataset.store === '' ? LANDING : dataset.store;
}

/** True for `store.schema.name`, false for `store.name`. */
const hasSchema = (dataset: DatasetModel): boolean =>
  dataset.name === `${dataset.store}.${dataset.schema}.${dataset.table}`;

export function destinationOf(
  dataset: DatasetModel,
  relation: Relation,
  {
    program,
    target,
    logs,
    samples,
  }: {
    readonly program: Pick<Program, 'project' | 'stores' | 'environment'>;
    readonly target: TargetModel;
    readonly logs: ReadonlySet<string>;
    readonly samples: Samples;
  },
): Destination {
  const store = program.stores.find((candidate) => candidate.name === dataset.store);
  const { environment } = program;
  const stored = dataset.refresh.kind === 'view' ? TABLE : storageOf(dataset, store, target, environment);
  const storage: Destination['storage'] = logs.has(dataset.name) ? { ...stored, log: true } : stored;
  // The lake's path is a place, not a meaning: moving a lake makes no new version.
  const { path: _place, ...kept } = { path: null, ...storage };
  const whole = datasetFingerprint(dataset, kept);
  const sample = samples.get(dataset.name);
  return {
    dataset: dataset.name,
    schema: relation.schema,
    name: relation.name,
    // A sample is other code than the whole, so that neither is ever taken for the other.
    fingerprint: sample === undefined ? whole : digest({ whole, sample: sample.last }),
    storage,
    ...(sample === undefined ? {} : { sample }),
    ...(dataset.deferred === undefined ? {} : { deferred: dataset.deferred }),
    record: recordOf(dataset, program),
    ...(environment === undefined
      ? {}
      : {
          environment: {
            name: environment,
            of: { schema: relation.schema.slice(schemaIn(environment, '').length), name: relation.name },
          },
        }),
  };
}

function recordOf({ row, reads, source }: DatasetModel, { project }: Pick<Program, 'project'>): DatasetRecord {
  return {
    project: project.name,
    reads,
    columns: row.columns.map(({ name, type, nullable, origins }, index): RecordedColumn => {
      const values =
        source === null
          ? origins.flatMap(({ dataset, column, kind }) => (kind === 'direct' ? [`${dataset}.${column}`] : []))
          : (source.columns[index]?.path ?? []);
      const from = values.length === 0 ? null : digest(source === null ? [...new Set(values)].sort() : values);
      return [name, `${typeName(type)}${nullable ? '?' : ''}`, from];
    }),
  };
}

function storageOf(
  dataset: DatasetModel,
  store: StoreModel | undefined,
  target: TargetModel,
  environment: string | undefined,
): Destination['storage'] {
  if (store === undefined || store.kind === 'warehouse') return TABLE;
  const root = target.replaced[store.name] ?? store.path;
  return {
    kind: 'lake',
    path: lakePath(root, store, dataset, environment),
    format: 'parquet',
    partitionBy: dataset.partitionBy,
  };
}

/** `<path>/<schema>/<table>`; without a schema `<path>/<table>`; of an environment `env=<name>` below that. */
function lakePath(
  root: ConfigValue | null,
  store: StoreModel,
  dataset: DatasetModel,
  environment: string | undefined,
): Text {
  const place = hasSchema(dataset) ? `${dataset.schema}/${dataset.table}` : dataset.table;
  const below = environment === undefined ? place : `${place}/env=${environment}`;
  if (root === null) return `.pipec/${store.name}/${below}`;
  const text = plainText(root);
  if (text !== null) return `${text.replace(/\/+$/, '')}/${below}`;
  const late = textOf(root);
  throw new Error(
    `the path of the store ${store.name} is ${typeof late === 'string' ? late : 'secret' in late ? 'a secret' : 'from the environment'}: a lake's path must be written out`,
  );
}

/** How a source is read: one function a connector. */
import type {
  BatchType,
  DatabaseRows,
  FileReaderPlan,
  LoadColumn,
  LoadType,
  ReaderPlan,
  Text,
} from '../../runtime/plan.ts';
import type { ValueType } from '../relational/types.ts';
import type {
  ConfigValue,
  ConnectorUse,
  ContractColumn,
  DatasetModel,
  SourceModel,
  TargetModel,
} from '../semantics/model.ts';
import { argumentOf, plainText, textOf } from './config.ts';

const readers: Readonly<Record<string, (source: SourceModel) => ReaderPlan>> = {
  file: fileReader,
  files: fileReader,
  postgres: (source) => ({
    kind: 'postgres',
    url: runtimeText(source.use.args['url']),
    rows: databaseRows(source),
  }),
  clickhouse: (source) => ({
    kind: 'clickhouse',
    url: runtimeText(source.use.args['url']),
    database: plainText(source.use.args['database']),
    rows: databaseRows(source),
  }),
  sqlite: (source) => ({
    kind: 'sqlite',
    path: runtimeText(source.use.args['path']),
    rows: databaseRows(source),
  }),
  duckdb: (source) => ({
    kind: 'duckdb',
    path: runtimeText(source.use.args['path']),
    rows: databaseRows(source),
  }),
};

/**
 * What reads a source in a target, which may put files in place of the connection.
 * @throws Error for a connector without a reader: the checker says "not supported yet" before, for the project's own target
 */
export function readerOf(dataset: DatasetModel, source: SourceModel, target: TargetModel): ReaderPlan {
  const { use } = source;
  const instead = use.connection === undefined ? undefined : target.replaced[use.connection];
  if (instead !== undefined) return fileReader({ ...source, use: inPlaceOf(use, instead, dataset) });
  const reader = readers[use.connector];
  if (reader === undefined)
    throw new Error(`${dataset.name}: there is no reader for ${use.connector} in the target ${target.name}`);
  return reader(source);
}

/** A file of the folder is read as it is named; anything else is the file called like its topic, table or dataset. */
function inPlaceOf(use: ConnectorUse, instead: ConfigValue, dataset: DatasetModel): ConnectorUse {
  const given = instead.kind === 'call' ? instead.named : {};
  if (use.connector === 'file') return { ...use, args: { ...use.args, ...given } };
  const name = plainText(use.args['topic'] ?? use.args['table']) ?? dataset.table;
  const format = plainText(given['format']) ?? 'json';
  return {
    connector: 'file',
    args: { ...given, path: { kind: 'text', value: `${name}.${format}` }, format: { kind: 'text', value: format } },
  };
}

/** The checker lets no program pass without it. */
const runtimeText = (value: ConfigValue | undefined): Text => (value === undefined ? '' : textOf(value));

function databaseRows({ use: { args }, version }: SourceModel): DatabaseRows {
  const query = plainText(args['query']);
  if (query !== null) return { query };
  return { table: plainText(args['table']) ?? '', ...(version === undefined ? {} : { version }) };
}

function fileReader(source: SourceModel): FileReaderPlan {
  const { args } = source.use;
  const properties = { ...source.connectorProperties, ...args };
  const path: Text[] = [];
  for (const name of ['connection', 'folder', 'path', 'file']) {
    const value = args[name];
    if (value !== undefined) path.push(...pathParts(value));
  }
  const header = properties['header'];
  return {
    kind: 'file',
    path,
    format: fileFormat(plainText(properties['format']), path),
    delimiter: plainText(properties['delimiter']),
    header: header?.kind === 'bool' ? header.value : true,
  };
}

/** `files(root)` is the folder `root`; a list is its parts. */
function pathParts(value: ConfigValue): readonly Text[] {
  if (value.kind === 'list') return value.items.flatMap(pathParts);
  if (value.kind === 'call') {
    const root = argumentOf(value, 'path', 'folder', 'root');
    return root === undefined ? [] : pathParts(root);
  }
  return [textOf(value)];
}

/** As the program says, else by the ending: `flights.csv.gz` is csv. */
function fileFormat(said: string | null, path: readonly Text[]): FileReaderPlan['format'] {
  const last = path.at(-1);
  const name = typeof last === 'string' ? last : last !== undefined && 'env' in last ? (last.fallback ?? '') : '';
  const ending = said ?? /\.(csv|tsv|parquet|json|jsonl|ndjson)(\.gz|\.zst)?$/i.exec(name)?.[1]?.toLowerCase() ?? 'csv';
  if (ending === 'parquet') return 'parquet';
  return ending === 'json' || ending === 'jsonl' || ending === 'ndjson' ? 'json' : 'csv';
}

export function loadColumn(column: ContractColumn, personal: boolean): LoadColumn {
  return {
    name: column.name,
    path: column.path,
    type: loadType(column.type),
    nullable: column.nullable,
    ...(personal ? { personal } : {}),
  };
}

/** Of a column that a function is given or gives. */
export function batchType(type: ValueType): BatchType {
  return type.kind === 'list' ? { kind: 'list', element: batchType(type.element) } : loadType(type);
}

function loadType(type: ValueType): LoadType {
  switch (type.kind) {
    case 'decimal':
      return { kind: 'decimal', precision: type.precision, scale: type.scale };
    case 'enum':
      return { kind: 'enum', values: type.values };
    case 'list':
    case 'null':
    case 'error':
      throw new Error(`a contract's column is ${type.kind}: the checker lets no such program pass`);
    default:
      return { kind: type.kind };
  }
}

/**
 * Files as relations of DuckDB: the cells of a contract's columns, the position of each row, and its content for the
 * quarantine. Parquet is read in place, as often as asked; text is read once into a temporary table, whose order is the
 * file's. The content of a row is made for rejected rows only.
 */
import { readdirSync } from 'node:fs';
import { runError } from '../../errors.ts';
import type { LoadResult } from '../../events.ts';
import type { FileReaderPlan, LoadColumn, LoadStep } from '../../plan.ts';
import { countLines, csvHeader, fileHead, fileVersion, unreadable } from '../../sources/file.ts';
import { ident, literal, texts } from '../quote.ts';
import type { Connection } from './connect.ts';
import { declarationFor, type Raw, typeName } from './gates.ts';
import { type PlainFiles, plainParquet } from './plain.ts';

export const FILE = '_pipec_file';
export const ROW = '_pipec_row';
export const RECORD = '_pipec_record';

/** The rows of a source, for as long as they are judged and written. */
export interface SourceRelation {
  /** For messages: a path or pattern, a database and its table. */
  readonly place: string;
  /** A SELECT with the raw columns, FILE and ROW (from 1 in each file). */
  readonly sql: string;
  /** Whether that reads the files themselves, where a second pass costs little; else a table of texts. */
  readonly inPlace: boolean;
  /** Over `sql`: the whole row as one value, which costs nothing to carry along. */
  readonly record: string;
  /** Over FILE and RECORD: the row as JSON text, or the line where there is no row. */
  readonly content: string;
  readonly cells: ReadonlyMap<string, Raw>;
  /** Rows read, unreadable lines included. */
  readonly read: number;
  /** How many rows there are, where only those from a bound on were read. */
  readonly total?: number | null;
  /** A SELECT of unreadable lines (reason, file, row, line, content), null where there can be none. */
  readonly unreadable: string | null;
  /** A condition over `typed`: its key is that of a row which is there already. */
  readonly repeated?: string | null;
  /** Columns that no column of the contract reads. Of JSON none are named, as its rows need not be alike. */
  readonly unread: LoadResult['unread'];
  /** Temporary tables to drop when done. */
  readonly temporaries: readonly string[];
  /** Files that hold the rows as another engine reads them too, where each column means the same to all; else null. */
  readonly plain: PlainFiles | null;
  /** Whether a file was written to, replaced or removed since it was opened. */
  readonly changed: () => Promise<boolean>;
  /** Lets go of what only this load needed, but for the temporary tables. */
  readonly release: () => Promise<void>;
}
type Opened = Omit<SourceRelation, 'place' | 'changed' | 'release'>;

/** The files of a pattern, in their order. @throws PipecError `source-missing` */
export async function findFiles(connection: Connection, pattern: string): Promise<readonly string[]> {
  const files = (await connection.rows(`SELECT file FROM glob(${literal(pattern)}) ORDER BY file`)).map((row) =>
    String(row['file']),
  );
  if (files.length === 0 || isFolder(pattern)) throw runError('source-missing', { path: pattern });
  return files;
}

export function fileVersions(files: readonly string[]): Promise<readonly string[]> {
  return Promise.all(files.map(async (file) => `${file} ${await fileVersion(file)}`));
}

/**
 * @param files one at least
 * @param versions of each, as they were found
 * @throws PipecError `source-unreadable`, `source-column-missing`, `source-column-type`
 */
export async function openFiles(
  connection: Connection,
  reader: FileReaderPlan,
  pattern: string,
  step: LoadStep,
  files: readonly string[],
  versions: readonly string[],
): Promise<SourceRelation> {
  const changed = async () => (await fileVersions(files)).some((version, index) => version !== versions[index]);
  try {
    const opened = await openFormat(connection, files, reader, step);
    return { ...opened, place: pattern, changed, release: () => Promise.resolve() };
  } catch (failure) {
    throw unreadable(files.length === 1 ? (files[0] ?? pattern) : pattern, failure);
  }
}

function openFormat(
  connection: Connection,
  files: readonly string[],
  reader: FileReaderPlan,
  step: LoadStep,
): Promise<Opened> {
  switch (reader.format) {
    case 'parquet':
      return parquet(connection, files, step);
    case 'csv':
      return csv(connection, files, reader, step);
    case 'json':
      return json(connection, files, step);
  }
}

/** The rows that are read, in the order of the files. */
export const firstOf = ({ sample }: Pick<LoadStep, 'sample'>): string =>
  sample === undefined ? '' : `\nLIMIT ${sample}`;

function isFolder(path: string): boolean {
  try {
    readdirSync(path);
    return true;
  } catch {
    return false;
  }
}

async function parquet(connection: Connection, files: readonly string[], step: LoadStep): Promise<Opened> {
  // Files of one schema are described once: the first stands for all.
  const shapes = await connection.rows(
    `SELECT min(file_name) AS file FROM (SELECT file_name, string_agg(concat_ws(':', name, type, converted_type, logical_type, precision, scale), ',') AS shape FROM parquet_schema(${texts(files)}) GROUP BY file_name) GROUP BY shape ORDER BY 1`,
  );
  let found: readonly { readonly name: string; readonly type: string }[] = [];
  for (const { file } of shapes) {
    found = await connection.describe(
      `SELECT * FROM read_parquet(${literal(String(file))}, hive_partitioning = false)`,
    );
    for (const column of step.columns) physicalType(found, column, String(file));
  }
  const union = shapes.length > 1 ? ', union_by_name = true' : '';
  const scan = `read_parquet(${texts(files)}, hive_partitioning = false, filename = ${literal(FILE)}, file_row_number = true${union})`;
  if (union !== '')
    found = await connection.describe(`SELECT * EXCLUDE (${ident(FILE)}, file_row_number) FROM ${scan}`);
  const { read } = await connection.numbers(`SELECT sum(num_rows) AS read FROM parquet_file_metadata(${texts(files)})`);
  const path = files[0] ?? '';
  return {
    sql: `SELECT * EXCLUDE (file_row_number), file_row_number + 1 AS ${ident(ROW)} FROM ${scan}${firstOf(step)}`,
    inPlace: true,
    record: struct(
      found.map(({ name }) => name),
      ident,
    ),
    content: `to_json(${ident(RECORD)})::VARCHAR`,
    cells: new Map(
      step.columns.map((column) => [
        column.name,
        { kind: 'typed', sql: fieldPath(column), type: physicalType(found, column, path) },
      ]),
    ),
    read: Math.min(read ?? 0, step.sample ?? Number.POSITIVE_INFINITY),
    unreadable: null,
    unread: found
      .filter(({ name }) => step.columns.every((column) => column.path[0] !== name))
      .map(({ name, type }) => ({ name, type: declarationFor(type) })),
    temporaries: [],
    plain:
      shapes.length === 1 && step.sample === undefined ? await plainParquet(connection, files, read ?? 0, step) : null,
  };
}

export function struct(names: readonly string[], value: (name: string) => string): string {
  return `struct_pack(${names.map((name) => `${ident(name)} := ${value(name)}`).join(', ')})`;
}

export const fieldPath = (column: LoadColumn): string => column.path.map(ident).join('.');

/** @throws PipecError `source-column-missing`: names must agree in case too, as elsewhere in the language */
export function physicalType(
  found: readonly { readonly name: string; readonly type: string }[],
  column: LoadColumn,
  path: string,
): string {
  let level: readonly { readonly name: string; readonly type: string }[] = found;
  let type = '';
  for (const part of column.path) {
    const field = level.find(({ name }) => name === part);
    if (field === undefined)
      throw missingColumn(
        path,
        column,
        level.map(({ name }) => name),
      );
    type = field.type;
    level = structFields(type);
  }
  return type;
}

export function missingColumn(path: string, column: LoadColumn, found: readonly string[]): Error {
  // DuckDB makes a column up where there is no line at all.
  const named = found.every((name) => name.trim() === '') ? [] : found;
  return runError(
    'source-column-missing',
    { path, column: column.path.join('.'), found: named },
    missingHint(column, found),
  );
}

/** A name that is there in another spelling is most likely meant. */
function missingHint(column: LoadColumn, found: readonly string[]): { readonly hint?: string } {
  const plain = (name: string) => name.trim().toLowerCase();
  const other = found.find((name) => plain(name) === plain(column.path.at(-1) ?? ''));
  return other === undefined
    ? {}
    : { hint: `it has \`${other}\`: say so in the type with \`@from('${other}')\`, or rename the column in the file` };
}

/** `STRUCT("a" BIGINT, b STRUCT(c VARCHAR))` → its fields; nothing for any other type. */
function structFields(type: string): { readonly name: string; readonly type: string }[] {
  const inner = /^STRUCT\((.*)\)$/s.exec(type)?.[1];
  if (inner === undefined) return [];
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  for (let at = 0; at < inner.length; at++) {
    const char = inner[at];
    if (char === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (char === '(') depth++;
    else if (char === ')') depth--;
    else if (char === ',' && depth === 0) {
      parts.push(inner.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(inner.slice(start));
  return parts.flatMap((part) => {
    const match = /^\s*(?:"((?:[^"]|"")*)"|(\S+))\s+(.*)$/s.exec(part);
    return match === null ? [] : [{ name: match[1]?.replaceAll('""', '"') ?? match[2] ?? '', type: match[3] ?? '' }];
  });
}

/** A type that can never be read as the declared one. */
export function wrongType(path: string, column: LoadColumn, found: string): Error {
  return runError('source-column-type', {
    path,
    column: column.path.join('.'),
    expected: typeName(column.type),
    found,
  });
}

async function csv(
  connection: Connection,
  files: readonly string[],
  reader: FileReaderPlan,
  step: LoadStep,
): Promise<Opened> {
  const staged = temporary('csv');
  const rejects = { table: temporary('rejects'), scan: temporary('scans') };
  const selects: string[] = [];
  const shapes = new Map<string, { readonly columns: readonly string[]; readonly files: string[] }>();
  const topLevel = [...new Set(step.columns.map((column) => column.path[0] ?? column.name))];
  for (const file of files) {
    const { fields, delimiter } = csvHeader(await fileHead(file), reader.delimiter);
    const blank = fields.every((field) => field === '');
    const inFile = reader.header
      ? blank
        ? []
        : distinct(fields)
      : fields.map((_, index) => topLevel[index] ?? `column_${index + 1}`);
    for (const column of step.columns)
      if (!inFile.includes(column.path[0] ?? column.name)) throw missingColumn(file, column, inFile);
    const shape = shapes.get(JSON.stringify(inFile)) ?? { columns: inFile, files: [] };
    shapes.set(JSON.stringify(inFile), shape);
    shape.files.push(file);
    const columns = `{${inFile.map((name) => `${literal(name)}: 'VARCHAR'`).join(', ')}}`;
    const scan = `read_csv(${literal(file)}, auto_detect = false, columns = ${columns}, header = ${reader.header}, delim = ${literal(delimiter)}, quote = '"', escape = '"', store_rejects = true, rejects_limit = 0, rejects_table = ${literal(rejects.table)}, rejects_scan = ${literal(rejects.scan)})`;
    selects.push(`SELECT *, ${literal(file)} AS ${ident(FILE)} FROM ${scan}`);
  }
  await connection.run(
    `CREATE TEMP TABLE ${ident(staged)} AS ${selects.join('\nUNION ALL BY NAME\n')}${firstOf(step)}`,
  );
  // Of a part of a file it cannot be told which lines are missing.
  if (step.sample === undefined) await expectWholeLines(connection, staged, rejects, reader.header ? 1 : 0);
  // A line may break more than one rule; it is one line.
  const lines = `SELECT 'unreadable line' AS reason, s.file_path AS file, CAST(NULL AS BIGINT) AS "row", CAST(r.line AS BIGINT) AS line, any_value(r.csv_line) AS content FROM ${ident(rejects.table)} AS r JOIN ${ident(rejects.scan)} AS s USING (scan_id, file_id) GROUP BY s.file_path, r.line`;
  const { read } = await connection.numbers(
    `SELECT (SELECT count(*) FROM ${ident(staged)}) + (SELECT count(*) FROM (${lines})) AS read`,
  );
  // The engine unites columns by their names without case.
  const all = new Map([...shapes.values()].flatMap((shape) => shape.columns.map((name) => [name.toLowerCase(), name])));
  return {
    // A table numbers its rows from 0 in the order in which they were read, one file after the other.
    sql: `SELECT s.*, s.rowid - f.first + 1 AS ${ident(ROW)} FROM ${ident(staged)} AS s JOIN (SELECT ${ident(FILE)}, min(rowid) AS first FROM ${ident(staged)} GROUP BY ${ident(FILE)}) AS f USING (${ident(FILE)})`,
    inPlace: false,
    record: struct([...all.values()], ident),
    content: `to_json(${recordOf([...shapes.values()])})::VARCHAR`,
    cells: new Map(step.columns.map((column) => [column.name, csvCell(column)])),
    read: read ?? 0,
    unreadable: lines,
    unread: [...all.values()].filter((name) => !topLevel.includes(name)).map((name) => ({ name, type: 'string?' })),
    temporaries: [staged, rejects.table, rejects.scan],
    plain: null,
  };
}

/**
 * A quote that is never closed takes the lines after it along, up to where the engine finds its way again, and the engine
 * calls all of them one line. So where one is found, every line of the file is accounted for.
 * @throws PipecError `source-unreadable`
 */
async function expectWholeLines(
  connection: Connection,
  staged: string,
  rejects: { readonly table: string; readonly scan: string },
  headers: number,
): Promise<void> {
  const rejected = `SELECT s.file_path AS file, r.line, r.csv_line, r.error_type FROM ${ident(rejects.table)} AS r JOIN ${ident(rejects.scan)} AS s USING (scan_id, file_id)`;
  const lines = (text: string) => `coalesce(sum(1 + len(regexp_extract_all(${text}, '[\\r\\n]+'))), 0)`;
  const open = await connection.rows(
    `SELECT file, min(line) AS line FROM (${rejected}) WHERE error_type = 'UNQUOTED VALUE' GROUP BY file`,
  );
  for (const { file, line } of open) {
    const here = literal(String(file));
    const record = `concat_ws('|', *COLUMNS(* EXCLUDE (${ident(FILE)})))`;
    const { accounted } = await connection.numbers(
      `SELECT (SELECT ${lines(record)} FROM ${ident(staged)} WHERE ${ident(FILE)} = ${here})
 + (SELECT ${lines(`trim(csv_line, E'\\r\\n')`)} FROM (SELECT DISTINCT line, csv_line FROM (${rejected}) WHERE file = ${here})) AS accounted`,
    );
    const lost = (await countLines(String(file))) - headers - (accounted ?? 0);
    if (lost > 0)
      throw runError('source-unreadable', {
        path: String(file),
        why: `a quote near line ${line} is never closed, and ${lost} lines after it cannot be told from its value`,
      });
  }
}

/** Files of one source may have other columns each: a row is shown with those of its own file. */
function recordOf(
  shapes: readonly { readonly columns: readonly string[]; readonly files: readonly string[] }[],
): string {
  if (shapes.length === 1) return ident(RECORD);
  const cases = shapes.map(
    ({ columns, files }) =>
      `WHEN ${ident(FILE)} IN (${files.map(literal).join(', ')}) THEN to_json(${struct(columns, (name) => `${ident(RECORD)}.${ident(name)}`)})`,
  );
  return `CASE ${cases.join(' ')} END`;
}

/** An empty field is null where the column is nullable, else ''. A path goes on into JSON in the field. */
export function csvCell(column: LoadColumn, field: (name: string) => string = ident): Raw {
  const [first = column.name, ...rest] = column.path;
  if (rest.length > 0)
    return {
      kind: 'json',
      sql: `(CASE WHEN json_valid(${field(first)}) THEN ${field(first)} END::JSON -> ${literal(jsonPath(rest))})`,
    };
  const text = column.type.kind === 'string' || column.type.kind === 'bytes' || column.type.kind === 'enum';
  return { kind: 'text', sql: text && !column.nullable ? `coalesce(${field(first)}, '')` : field(first) };
}

/** Names may repeat in a header, and DuckDB compares them without case: later ones get a number. */
function distinct(fields: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return fields.map((field, index) => {
    let name = field === '' ? `column_${index + 1}` : field;
    for (let copy = 1; seen.has(name.toLowerCase()); copy++) name = `${field}_${copy}`;
    seen.add(name.toLowerCase());
    return name;
  });
}

async function json(connection: Connection, files: readonly string[], step: LoadStep): Promise<Opened> {
  const staged = temporary('json');
  const selects: string[] = [];
  for (const file of files) {
    const array = /^\uFEFF?\s*\[/.test(await fileHead(file, 4096));
    const position = `${literal(file)} AS ${ident(FILE)}, row_number() OVER () AS ${ident(ROW)}`;
    selects.push(
      array
        ? `SELECT json, json::VARCHAR AS line, ${position} FROM read_json_objects(${literal(file)}, format = 'array', maximum_object_size = ${MAX_OBJECT})`
        : // Lines are read as texts, so that a broken one can be shown; blank ones are no rows, but count as lines.
          `SELECT CASE WHEN json_valid(line) THEN line END::JSON AS json, line, ${position} FROM read_csv(${literal(file)}, auto_detect = false, columns = {'line': 'VARCHAR'}, header = false, delim = E'\\x01', quote = '', escape = '', max_line_size = ${MAX_OBJECT})`,
    );
  }
  await connection.run(
    `CREATE TEMP TABLE ${ident(staged)} AS SELECT * FROM (${selects.join('\nUNION ALL\n')}) WHERE trim(coalesce(line, ''), E' \\t\\r') <> ''${firstOf(step)}`,
  );
  const isRow = `coalesce(json_type(json), '') = 'OBJECT'`;
  const lines = `SELECT CASE WHEN json IS NULL THEN 'unreadable line' ELSE 'not an object' END AS reason, ${ident(FILE)} AS file, ${ident(ROW)} AS "row", CAST(NULL AS BIGINT) AS line, line AS content FROM ${ident(staged)} WHERE NOT ${isRow}`;
  const top = new Map(
    step.columns.filter((column) => !column.nullable).map((column) => [column.path[0] ?? column.name, column]),
  );
  const counts = [...top.keys()].map((name) => `count(json -> ${literal(jsonPath([name]))}) AS ${ident(name)}`);
  const seen = await connection.numbers(
    `SELECT ${['count(*) AS "_pipec_read"', `count(*) FILTER (WHERE ${isRow}) AS "_pipec_rows"`, ...counts].join(', ')} FROM ${ident(staged)}`,
  );
  for (const [name, column] of top) {
    if (seen[name] !== 0 || seen['_pipec_rows'] === 0) continue;
    const keys = await connection.rows(
      `SELECT DISTINCT unnest(json_keys(json)) AS key FROM (SELECT json FROM ${ident(staged)} WHERE ${isRow} LIMIT 100)`,
    );
    await connection.drop(ident(staged));
    throw missingColumn(
      files.join(', '),
      column,
      keys.map((row) => String(row['key'])),
    );
  }
  return {
    sql: `SELECT * FROM ${ident(staged)} WHERE ${isRow}`,
    inPlace: false,
    record: 'line',
    content: ident(RECORD),
    cells: new Map(
      step.columns.map((column) => [column.name, { kind: 'json', sql: `(json -> ${literal(jsonPath(column.path))})` }]),
    ),
    read: seen['_pipec_read'] ?? 0,
    unreadable: lines,
    unread: [],
    temporaries: [staged],
    plain: null,
  };
}

const MAX_OBJECT = 16 * 1024 * 1024;

export function jsonPath(path: readonly string[]): string {
  return `$${path.map((part) => `."${part.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`).join('')}`;
}

let temporaries = 0;
/** Temporary tables belong to a connection; a number keeps two loads of one session apart. */
export function temporary(what: string): string {
  temporaries += 1;
  return `_pipec_${what}_${temporaries}`;
}

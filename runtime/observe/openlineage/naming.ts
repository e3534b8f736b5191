/**
 * What datasets are called outside: a namespace, which is the place, and a name in it.
 * https://openlineage.io/docs/spec/naming: together they are a URI, `postgres://db.example:5432` and `shop.core.orders`.
 */
import { basename, extname, isAbsolute, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DatabasePlace, EnginePlan, ReaderPlan, Text } from '../../plan.ts';
import type { Texts } from '../../secrets.ts';
import { tableParts } from '../../sources/reader.ts';
import type { DatasetName } from './model.ts';

export interface Place {
  readonly namespace: string;
  /** What stands before schema and table in a name; null where nothing does. */
  readonly database: string | null;
}

const DEFAULT_PORT = { postgres: '5432', clickhouse: '8123' } as const;

/** @param folder absolute, where relative paths start */
export function placeOfTarget(engine: EnginePlan, folder: string, texts: Texts): Place {
  switch (engine.kind) {
    case 'duckdb':
      return placeOfFile('duckdb', texts.valueOf(engine.path), folder);
    case 'postgres':
      return placeOfDatabase('postgres', engine.place, folder, texts);
    case 'clickhouse':
      // A schema is a database there.
      return { ...placeOfDatabase('clickhouse', engine.place, folder, texts), database: null };
  }
}

function placeOfDatabase(kind: 'postgres' | 'clickhouse', place: DatabasePlace, folder: string, texts: Texts): Place {
  return place.kind === 'embedded'
    ? placeOfFile(kind, texts.valueOf(place.path), folder)
    : placeOfServer(kind, texts.valueOf(place.url));
}

/** Host, port and database of an address: who signs in there, and how, is left out. */
function placeOfServer(kind: 'postgres' | 'clickhouse', text: string): Place {
  const url = URL.parse(text);
  const host = url === null || url.hostname === '' ? 'localhost' : url.hostname;
  const port = url === null || url.port === '' ? DEFAULT_PORT[kind] : url.port;
  const database = decoded(url?.pathname.slice(1) ?? '');
  return { namespace: `${kind}://${host}:${port}`, database: database === '' ? null : database };
}

function placeOfFile(scheme: string, path: string, folder: string): Place {
  if (path === ':memory:') return { namespace: `${scheme}://memory`, database: 'memory' };
  return {
    namespace: `${scheme}://${pathOf(path, folder)}`,
    database: basename(path, extname(path)),
  };
}

/** Absolute, and as it is written in a URI. */
const pathOf = (path: string, folder: string): string =>
  pathToFileURL(isAbsolute(path) ? path : join(folder, path)).pathname;

/** `shop.core.orders`. */
export function nameIn({ namespace, database }: Place, ...parts: readonly string[]): DatasetName {
  return { namespace, name: [...(database === null ? [] : [database]), ...parts].map(quoted).join('.') };
}

/** A part with a dot would be two: it stands in double quotes, as in SQL. */
const quoted = (part: string): string => (/["'.\s]/.test(part) ? `"${part.replaceAll('"', '""')}"` : part);

/** Where rows come from; null of a query, which has no name, and of a table whose schema the server alone knows. */
export function nameOfSource(reader: ReaderPlan, folder: string, texts: Texts): DatasetName | null {
  switch (reader.kind) {
    case 'file':
      return nameOfFiles(reader.path, folder, texts);
    case 'duckdb':
    case 'sqlite':
      return tableIn(placeOfFile(reader.kind, texts.valueOf(reader.path), folder), reader, 'main');
    case 'postgres':
      return tableIn(placeOfServer('postgres', texts.valueOf(reader.url)), reader, 'public');
    case 'clickhouse': {
      const place = placeOfServer('clickhouse', texts.valueOf(reader.url));
      return tableIn({ ...place, database: null }, reader, reader.database ?? place.database ?? 'default');
    }
  }
}

function tableIn(place: Place, reader: Exclude<ReaderPlan, { kind: 'file' }>, schema: string): DatasetName | null {
  if (!('table' in reader.rows)) return null;
  const parts = tableParts(reader.rows.table);
  return nameIn(place, ...(parts.length === 1 ? [schema, ...parts] : parts));
}

/** A pattern means the folder that all of its files are in. */
function nameOfFiles(path: readonly Text[], folder: string, texts: Texts): DatasetName {
  const text = path.map((part) => texts.valueOf(part)).join('/');
  // Of an address on the web, `?` begins what is asked for.
  const pattern = text.search(/^https?:/i.test(text) ? /[*[{]/ : /[*?[{]/);
  const place = pattern < 0 ? text : text.slice(0, Math.max(text.lastIndexOf('/', pattern), 0)) || '.';
  const url = /^[a-z][a-z0-9+.-]+:\/\//i.test(place) ? URL.parse(place) : null;
  if (url === null || url.protocol === 'file:') {
    const local = url === null ? place : decoded(url.pathname);
    return { namespace: 'file', name: isAbsolute(local) ? local : join(folder, local) };
  }
  // Of a bucket, the name is the key.
  const isBucket = !/^https?:$/.test(url.protocol);
  const name = decoded(url.pathname);
  return { namespace: `${url.protocol}//${url.host}`, name: isBucket ? name.slice(1) || '/' : name };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

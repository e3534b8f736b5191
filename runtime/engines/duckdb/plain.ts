/**
 * Parquet files whose columns mean to every engine what they mean to the contract: a target that reads files itself may
 * then read these in place of the embedded engine, which judges them. What is not listed here is left to that one: a
 * timestamp without a zone, for one, is another instant to each reader.
 */
import type { LoadStep, LoadType } from '../../plan.ts';
import { literal } from '../quote.ts';
import type { Connection } from './connect.ts';

export interface PlainFiles {
  readonly format: 'parquet';
  readonly paths: readonly string[];
  readonly rows: number;
  /** What each column of the contract is called in the files. */
  readonly names: ReadonlyMap<string, string>;
}

/** @param files of one schema */
export async function plainParquet(
  connection: Connection,
  files: readonly string[],
  rows: number,
  { columns }: LoadStep,
): Promise<PlainFiles | null> {
  const names = new Map<string, string>();
  if (columns.some(({ path, type }) => path.length !== 1 || plainShape(type) === null)) return null;
  const part = (pattern: string): string => `nullif(regexp_extract(logical_type, ${literal(pattern)}), '')`;
  const shape = [
    'type',
    'converted_type',
    part('^\\w+'),
    part('isAdjustedToUTC=\\d'),
    part('\\w+Seconds'),
    '"precision"',
    '"scale"',
  ];
  const found = await connection.rows(
    `SELECT name, concat_ws(' ', ${shape.join(', ')}) AS shape FROM parquet_schema(${literal(files[0] ?? '')})`,
  );
  for (const { name, type, path } of columns) {
    const [inFile = name] = path;
    // A field of a struct may have the name of a column.
    const shapes = found.filter((column) => String(column['name']).toLowerCase() === inFile.toLowerCase());
    if (shapes.length !== 1 || plainShape(type)?.test(String(shapes[0]?.['shape'])) !== true) return null;
    names.set(name, inFile);
  }
  return { format: 'parquet', paths: files, rows, names };
}

/** Type, converted type and logical type of a Parquet column that holds values of the type and no others. */
function plainShape(type: LoadType): RegExp | null {
  switch (type.kind) {
    case 'bool':
      return /^BOOLEAN$/;
    case 'int64':
      return /^INT64( INT_64)?( IntType)?$/;
    case 'float64':
      return /^DOUBLE$/;
    case 'string':
    case 'enum':
      return /^BYTE_ARRAY UTF8( StringType)?$/;
    case 'bytes':
      return /^BYTE_ARRAY$/;
    case 'date':
      return /^INT32 DATE( DateType)?$/;
    case 'timestamp':
      return /^INT64( TIMESTAMP_MICROS)? TimestampType isAdjustedToUTC=1 MicroSeconds$/;
    case 'decimal':
      return new RegExp(`^(INT32|INT64|FIXED_LEN_BYTE_ARRAY) DECIMAL( DecimalType)? ${type.precision} ${type.scale}$`);
    case 'uuid':
    case 'json':
      return null;
  }
}

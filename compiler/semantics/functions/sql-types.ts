/** What each engine calls a value type. On ClickHouse a cast keeps a null, so the names say nothing of nullability. */
import type { ValueType } from '../../relational/types.ts';
import type { EngineName } from './row.ts';

type Simple = Exclude<ValueType['kind'], 'decimal' | 'list' | 'null' | 'error'>;

const NAMES: Readonly<Record<EngineName, Readonly<Record<Simple, string>>>> = {
  duckdb: {
    bool: 'BOOLEAN',
    int64: 'BIGINT',
    float64: 'DOUBLE',
    string: 'VARCHAR',
    enum: 'VARCHAR',
    bytes: 'BLOB',
    date: 'DATE',
    timestamp: 'TIMESTAMPTZ',
    uuid: 'UUID',
    json: 'JSON',
  },
  postgres: {
    bool: 'boolean',
    int64: 'bigint',
    float64: 'double precision',
    string: 'text',
    enum: 'text',
    bytes: 'bytea',
    date: 'date',
    timestamp: 'timestamptz',
    uuid: 'uuid',
    // Its text as it came, as on the other engines: jsonb writes 1e2 as 100.
    json: 'json',
  },
  clickhouse: {
    bool: 'Bool',
    int64: 'Int64',
    float64: 'Float64',
    string: 'String',
    enum: 'String',
    bytes: 'String',
    date: 'Date32',
    timestamp: "DateTime64(6, 'UTC')",
    uuid: 'UUID',
    json: 'String',
  },
};

export function sqlType(engine: EngineName, type: ValueType): string {
  switch (type.kind) {
    case 'decimal':
      return `${{ duckdb: 'DECIMAL', postgres: 'numeric', clickhouse: 'Decimal' }[engine]}(${type.precision}, ${type.scale})`;
    case 'list':
      return engine === 'clickhouse'
        ? `Array(Nullable(${sqlType(engine, type.element)}))`
        : `${sqlType(engine, type.element)}[]`;
    case 'null':
      return { duckdb: '"NULL"', postgres: 'text', clickhouse: 'Nullable(Nothing)' }[engine];
    case 'error':
      throw new Error('SQL was asked for of a program with errors');
    default:
      return NAMES[engine][type.kind];
  }
}

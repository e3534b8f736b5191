/** The columns of bench/move.ts as ClickHouse has them. */
export const CLICKHOUSE_COLUMNS =
  "id Int64, customer Int64, status String, amount Decimal(12, 2), rate Float64, city String, day Date32, at DateTime64(6, 'UTC'), flag Bool, note Nullable(String)";

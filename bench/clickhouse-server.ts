/** ClickHouse's engine behind its HTTP interface, for bench/move.ts: says its address, and ends with its input. */
import { startClickhouse } from '../test/support/clickhouse-front.ts';

const server = await startClickhouse();
console.log(server.url);
process.stdin.resume().on('end', () => void server.close());

/** Plans of programs as text. */
import { expect } from 'vitest';
import { planProgram } from '../../compiler/plan/plan.ts';
import type { Plan } from '../../runtime/plan.ts';
import { workspaceOf } from '../support/check.ts';

export const HEAD = `
project shop { owner: 'data@acme.example', target: local }
target local { engine: duckdb(path: 'shop.duckdb') }
store raw : lake { path: 'lake', owner: 'data@acme.example', retention: 1y }
store dwh : warehouse { owner: 'data@acme.example', retention: 1y }
type Order { id: int64 @key, customer: int64, amount: decimal(12, 2), note: string? }
source orders : Order from file('orders.csv') in raw { invalid: quarantine }
`;

/** The plan of a program, which has no error, in one or several files. */
export function planOf(...files: readonly string[]): Plan {
  const workspace = workspaceOf(files.map((text, i) => ({ path: `${String.fromCharCode(97 + i)}.pipe`, text })));
  const wrong = workspace.check().filter((one) => one.severity === 'error');
  expect(wrong.map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
  const program = workspace.program();
  if (program === null) throw new Error('a program without errors gives no model');
  return planProgram(program, 'local', '0.0.0');
}

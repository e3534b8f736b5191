/** A first load with a bad day and a row in quarantine, what `pipec status` tells of it, and what the next run makes of it: as a user types it. */
import { join } from 'node:path';
import type { DatasetStatus } from '../../runtime/status.ts';
import { pipec, write } from './command.ts';

const program = (engine: string): string => `project shop { owner: 'data@shop.example', target: local }
target local { engine: ${engine} }
store dwh : warehouse { owner: 'dwh@shop.example', retention: 7y, layers: { core: core, marts: mart } }
type Item { id: int64 @key, at: timestamp, amount: int64 }
source items : Item from file('items.csv') in dwh.core { invalid: quarantine }
table daily in dwh.marts {
  refresh: batch(by: day, start: date '2024-03-01')
  checks { expect amount >= 0 }
} = from items |> aggregate sum(amount) as amount group by date(at) as day
`;

/** Of each command: its exit code; of the table: its rows, what is done up to its last gap, the gaps, what has failed. */
export async function statusOfGaps(
  folder: string,
  engine: string,
  more: Readonly<Record<string, string>>,
): Promise<readonly unknown[]> {
  const env = { XDG_CACHE_HOME: join(folder, 'cache'), ...more };
  const csv = (bad: number): string =>
    [
      'id,at,amount',
      ...[1, 2, 3, 4].map((day) => `${day},2024-03-0${day}T10:00:00Z,${day === 3 ? bad : day}`),
      'x,,',
    ].join('\n');
  const told: unknown[] = [];
  const look = async (): Promise<void> => {
    const { code, out } = await pipec(['status', '--json'], { folder, env });
    const found = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as DatasetStatus);
    const [items, daily] = ['dwh.core.items', 'dwh.marts.daily'].map((name) =>
      found.find((one) => one.dataset === name),
    );
    told.push([
      code,
      items?.quarantine?.rows ?? null,
      daily?.built?.rows ?? null,
      daily?.intervals?.done[0] ?? null,
      daily?.intervals?.gaps ?? null,
      daily?.failed?.code ?? null,
    ]);
  };
  write(folder, { 'shop.pipe': program(engine), 'items.csv': csv(-3) });
  await look();
  told.push((await pipec(['run'], { folder, env })).code);
  await look();
  write(folder, { 'items.csv': csv(3) });
  told.push((await pipec(['run'], { folder, env })).code);
  const { code, out } = await pipec(['status', 'daily'], { folder, env });
  told.push([code, out.includes('missing:'), out.includes('4 rows')]);
  return told;
}

export const GAPS: readonly unknown[] = [
  [0, null, null, null, [], null],
  4,
  [0, 1, 3, { from: '2024-03-01', to: '2024-03-03' }, [{ from: '2024-03-03', to: '2024-03-04' }], 'checks-failed'],
  0,
  [0, false, true],
];

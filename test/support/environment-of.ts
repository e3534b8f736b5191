/** What people do with an environment on a server, by the commands they give: the same on every engine. */
import { pipec, write } from './command.ts';

const shop = (engine: string, least: number): string => `project shop { owner: 'a@b.example', target: local }
target local { engine: duckdb(path: '.pipec/local.duckdb') }
target prod { engine: ${engine}, state: sqlite(path: '.pipec/prod.db') }
store dwh : warehouse { owner: 'a@b.example', retention: 1y }
type Order { id: int64 @key, amount: decimal(12, 2), at: timestamp }
source orders : Order from file('orders.csv') in dwh.raw
table clean in dwh.core { key: [id] } = from orders |> where amount > ${least}
table daily in dwh.marts { key: [day], refresh: batch(by: day, start: date '2024-02-20') } =
  from clean |> aggregate sum(amount) as amount, max(at) as last group by date(at) as day
table total in dwh.marts = from clean |> aggregate sum(amount) as amount, max(at) as last`;

const ORDERS = `id,amount,at
1,1.25,2024-02-29T10:00:00.000001Z
2,2,1950-01-01T00:00:00Z
3,0.5,2024-02-28T00:00:00Z
`;

/**
 * @param engine of the program
 * @returns what did not go as it should, in words
 */
export async function lifeOfEnvironment(
  folder: string,
  engine: string,
  env: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  const edit = (least: number): void => write(folder, { 'shop.pipe': shop(engine, least) });
  write(folder, { 'orders.csv': ORDERS });
  const expect = async (words: string, code: number, ...said: readonly string[]): Promise<void> => {
    const ended = await pipec(words.split(' '), { folder, env });
    const all = ended.out + ended.err;
    const missing = said.filter((text) => !all.replaceAll(/ +/g, ' ').includes(text));
    if (ended.code !== code || missing.length > 0)
      wrong.push(`pipec ${words} ended with ${ended.code}, and does not say ${JSON.stringify(missing)}:\n${all}`);
  };
  edit(0);
  await expect('apply -t prod', 0, '4 done');

  // What production has is read instead of being built: from another database its rows, beside it its views.
  await expect('run total --defer prod', 0, 'Read from prod: dwh.core.clean.', 'clean 3 rows');
  await expect('diff prod local clean total', 0, '2 datasets: no difference');
  await expect('run total -t prod --env dev --defer prod', 0, 'clean view');
  await expect('diff -t prod --env dev clean total', 0, '2 datasets: no difference');
  await expect('env drop dev -t prod', 0, '2 datasets');
  // What is beside production is no sample of it, and none is put into it.
  await expect('run -t prod --sample 3d', 2);

  // What has other code is built beside, looked at, and put into production without being built again.
  edit(1);
  await expect('apply -t prod --env dev', 0, 'orders 3 rows 0', '4 done');
  await expect('env list -t prod', 0, "dev 4 datasets, 1 of them production's");
  await expect('diff -t prod --env dev', 4, '1 only in prod', '- id 3', 'of 4 datasets differ');
  await expect('show total -t prod --json', 0, '"amount":"3.75"');
  await expect('promote dev -t prod', 0, '3 datasets');
  await expect('show total -t prod --json', 0, '"amount":"3.25"');
  await expect('run -t prod', 0, 'unchanged');
  await expect('rollback -t prod', 0, '3 datasets');
  await expect('show total -t prod --json', 0, '"amount":"3.75"');
  await expect('status -t prod', 0, '`pipec apply` puts the program in place');
  await expect('run -t prod', 3, 'rolled-back');

  // Somebody else's code in production is not taken back, until the environment was built on it.
  edit(2);
  await expect('apply -t prod --env other', 0);
  edit(1);
  await expect('apply -t prod', 0);
  edit(2);
  await expect('promote other -t prod', 4, 'production-moved', 'clean');
  await expect('apply -t prod --env other', 0, 'stands on production as it is now');
  await expect('promote other -t prod', 4, 'environment-behind', 'pipec run --target prod --env other');
  await expect('run -t prod --env other', 0);
  await expect('promote other -t prod', 0, '3 datasets');
  await expect('env drop other -t prod', 0, '4 datasets');
  await expect('env drop dev -t prod', 0, '4 datasets');
  await expect('env list -t prod', 0, 'prod has no environment');
  return wrong;
}

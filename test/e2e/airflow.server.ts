/** DAGs of a build in a real Airflow, on a real PostgreSQL server: they are what the plan says, and run to their end. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Plan } from '../../runtime/plan.ts';
import { type Airflow, airflowIn, airflowPrograms } from '../support/airflow.ts';
import { bin, plainEnvironment, write } from '../support/command.ts';
import { type PostgresServer, postgresPrograms, startPostgres } from '../support/postgres-server.ts';
import { missing } from '../support/server-needed.ts';

const root = join(import.meta.dirname, '../..');
const postgres = postgresPrograms();
const programs = postgres === null ? null : airflowPrograms();

const TARGET = "target prod { engine: postgres(url: secret('DWH_URL')) }";

/** A task that a slow table holds up, one that a check guards, and a job that waits for another's dataset. */
const SHOP = `
project shop { owner: 'data@shop.example', target: prod }
${TARGET}
store dwh : warehouse { owner: 'data@shop.example', retention: 1y }
type Order { id: int64 @key, amount: int64 }
source orders : Order from file('orders.csv') in dwh.raw
type Limit { most: int64, slept: bool }
/// What only so many may read at a time.
pool erp { places: 2 }
/// Says how much is too much.
table limits : Limit in dwh.core { pool: erp } = sql"""
  select most, cast(pg_sleep(seconds) as text) = '' as slept from public.limits
"""
table largest in dwh.marts { checks { expect amount <= most } } =
  from orders as o |> cross join limits as l |> select o.amount, l.most
table summary in dwh.later = from orders |> aggregate sum(amount) as total
/// Each hour. "Quoted", \\\\ and {{ braces }}.
job hourly {
  schedule: every(1h), builds: [dwh.raw.*, dwh.core.*, dwh.marts.*], retries: 3, backoff: exponential(1s, max: 2s), timeout: 5s
}
job later { builds: [dwh.later.*], schedule: arrival() }
`;

describe.skipIf(programs === null && missing('Airflow or PostgreSQL'))('Airflow', () => {
  let server: PostgresServer;
  let home = '';
  let airflow: Airflow;
  const project = (name: string): string => join(home, 'projects', name);
  const planOf = (name: string): Plan => JSON.parse(readFileSync(join(project(name), 'dist/manifest.json'), 'utf8'));

  beforeAll(async () => {
    server = await startPostgres(postgres ?? '');
    home = mkdtempSync(join(tmpdir(), 'pipec-airflow-'));
    mkdirSync(project('shop'), { recursive: true });
    cpSync(join(root, 'examples/customers'), project('customers'), { recursive: true });
    const customers = readFileSync(join(project('customers'), 'project.pipe'), 'utf8');
    const nightly = "job nightly { schedule: cron('30 2 * * mon', timezone: 'Europe/Berlin'), builds: [dwh.*] }";
    write(project('customers'), { 'project.pipe': `${customers}\n${TARGET}\n${nightly}\n` });
    write(project('shop'), { 'project.pipe': SHOP, 'orders.csv': 'id,amount\n1,10\n2,30\n' });
    for (const name of ['customers', 'shop']) {
      const built = spawnSync(process.execPath, [bin, 'build', '--target', 'prod'], {
        cwd: project(name),
        env: plainEnvironment({ XDG_CACHE_HOME: join(home, 'cache') }),
        encoding: 'utf8',
      });
      expect([built.stderr, built.status]).toEqual(['', 0]);
    }
    server.sql('CREATE TABLE limits AS SELECT 20::bigint AS most, 60 AS seconds');
    // Where the bundles find the engine.
    cpSync(join(root, 'node_modules/@duckdb'), join(home, 'node_modules/@duckdb'), { recursive: true });
    airflow = airflowIn(programs ?? '', home, project(''), { DWH_URL: server.url });
    expect(await airflow.run('airflow', ['db', 'migrate'])).toMatchObject({ code: 0 });
  }, 600_000);
  afterAll(async () => {
    await server.close();
    rmSync(home, { recursive: true, force: true });
  });

  test('the DAGs are what the plan says', async () => {
    writeFileSync(join(home, 'told.py'), TOLD);
    const { lines } = await airflow.run('python', [join(home, 'told.py'), project('')]);
    const told = JSON.parse(lines.find((line) => line.startsWith('{"errors"')) ?? lines.join('\n'));
    expect(told.errors).toEqual({});
    expect(Object.keys(told.dags).sort()).toEqual(['customers.nightly', 'shop.hourly', 'shop.later']);
    for (const name of ['customers', 'shop'])
      for (const job of planOf(name).jobs)
        expect(told.dags[`${name}.${job.name}`].tasks, job.name).toEqual(
          Object.fromEntries(
            job.tasks.map(({ id, after, pool }) => [
              id,
              {
                after: [...after].sort(),
                retries: job.retries,
                delay: job.backoff.initialMs / 1000,
                most: job.backoff.maxMs / 1000,
                timeout: job.timeoutMs === null ? null : job.timeoutMs / 1000 + 60,
                outlets: [`${name}.prod.${id}`],
                pool: pool === undefined ? 'default_pool' : `${name}.prod.${pool}`,
              },
            ]),
          ),
        );
    expect(told.dags['customers.nightly']).toMatchObject({
      schedule: ['30 2 * * mon', 'Europe/Berlin', 'None'],
      assets: [],
    });
    expect(told.dags['shop.hourly']).toMatchObject({
      schedule: ['None', 'None', '1:00:00'],
      assets: [],
      doc: 'Each hour. "Quoted", \\\\ and {{ braces }}.',
    });
    expect(told.dags['shop.later'].assets).toEqual(['shop.prod.dwh.raw.orders']);
  }, 600_000);

  test('its pools are those that the build brings', async () => {
    const file = join(project('shop'), 'dist/airflow/pools.json');
    expect(await airflow.run('airflow', ['pools', 'import', file])).toMatchObject({ code: 0 });
    const { lines } = await airflow.run('airflow', ['pools', 'list', '--output', 'json']);
    const pools = JSON.parse(lines.findLast((line) => line.startsWith('[')) ?? lines.join('\n'));
    expect(pools).toContainEqual(expect.objectContaining({ pool: 'shop.prod.erp', slots: '2' }));
    expect(planOf('shop').jobs.flatMap(({ tasks }) => tasks.flatMap(({ pool }) => pool ?? []))).toEqual(['erp']);
  }, 600_000);

  const dagRun = (dag: string, line?: (text: string) => void) => airflow.run('airflow', ['dags', 'test', dag], line);

  test('the example runs to its end', async () => {
    const { lines } = await dagRun('customers.nightly');
    expect(lines.join('\n')).toMatch(/DagRun Finished: dag_id=customers\.nightly.* state=success/);
    expect(server.sql('SELECT count(*), sum(orders) FROM marts.revenue')).toBe('6|7');
    expect(lines.join('\n')).not.toContain(server.password);
  }, 600_000);

  test('a task that may succeed is tried again, one that fails for good is not, and a new run goes on', async () => {
    const first = await dagRun('shop.hourly', (line) => {
      if (line.includes('[timed-out]')) server.sql('UPDATE limits SET seconds = 0');
    });
    const text = first.lines.join('\n');
    expect(text).toMatch(/\[timed-out\]/);
    expect(text).toContain('dwh.core.limits failed, and may succeed when it is tried again');
    expect(text).toMatch(/finished {2}dwh\.core\.limits: 1 rows/);
    expect(text).toContain('dwh.marts.largest failed, and would fail again');
    expect(first.lines.filter((line) => line.includes('started   dwh.marts.largest'))).toHaveLength(1);
    expect(text).toMatch(/DagRun Finished: dag_id=shop\.hourly.* state=failed/);
    server.sql('UPDATE limits SET most = 100');
    const second = (await dagRun('shop.hourly')).lines.join('\n');
    expect(second).toMatch(/DagRun Finished: dag_id=shop\.hourly.* state=success/);
    expect(second).toMatch(/unchanged dwh\.raw\.orders/);
    expect(server.sql('SELECT count(*) FROM marts.largest')).toBe('2');
  }, 600_000);

  test('a task that is stopped ends its statement and publishes nothing; a secret may be a Variable', async () => {
    server.sql('UPDATE limits SET seconds = 60');
    const before = server.sql('SELECT * FROM core.limits');
    writeFileSync(join(home, 'stopped.py'), STOPPED);
    // Airflow takes the value of a Variable from its environment too, which is how a secrets backend gives it.
    const own = airflowIn(programs ?? '', home, project(''), { AIRFLOW_VAR_DWH_URL: server.url });
    const { lines } = await own.run('python', [join(home, 'stopped.py'), join(project('shop'), 'dist')]);
    expect(lines.join('\n')).toContain('ended: AirflowException: dwh.core.limits ended with exit code 130');
    expect(lines.join('\n')).not.toContain(server.password);
    expect(
      server.sql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()"),
    ).toBe('0');
    expect(server.sql('SELECT * FROM core.limits')).toBe(before);
  }, 600_000);
});

/** Runs a task as a worker does, and stops it when its statement has begun. */
const STOPPED = `
import logging, sys, threading

logging.basicConfig(level=logging.INFO)
sys.path.insert(0, f"{sys.argv[1]}/airflow")
from pipec_operator import PipecOperator

operator = PipecOperator(
    task_id="limits", job="jobs/hourly.mjs", task="dwh.core.limits", build=sys.argv[1], secrets=("DWH_URL",)
)
threading.Timer(3, operator.on_kill).start()
try:
    operator.execute({})
    print("ended: done")
except Exception as error:
    print(f"ended: {type(error).__name__}: {error}")
`;

/** What Airflow itself makes of the files of a folder, as JSON. */
const TOLD = `
import json, pathlib, sys
from airflow.dag_processing.dagbag import DagBag

dags, errors = {}, {}
for path in sorted(pathlib.Path(sys.argv[1]).glob("*/dist/airflow")):
    bag = DagBag(dag_folder=str(path))
    errors.update(bag.import_errors)
    for dag in bag.dags.values():
        timetable = dag.timetable
        dags[dag.dag_id] = {
            "doc": dag.doc_md,
            "schedule": [str(getattr(timetable, name, None)) for name in ("expression", "timezone", "delta")],
            "assets": [asset.name for asset in timetable.asset_condition.objects] if timetable.asset_condition else [],
            "tasks": {
                task.dataset: {
                    "after": sorted(dag.get_task(one).dataset for one in task.upstream_task_ids),
                    "retries": task.retries,
                    "delay": task.retry_delay.total_seconds(),
                    "most": task.max_retry_delay.total_seconds(),
                    "timeout": task.execution_timeout.total_seconds() if task.execution_timeout else None,
                    "outlets": [outlet.name for outlet in task.outlets],
                    "pool": task.pool,
                }
                for task in dag.tasks
            },
        }
print(json.dumps({"errors": errors, "dags": dags}))
`;

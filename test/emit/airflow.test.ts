/** DAGs as text: Python reads them, whatever the program says. test/e2e/airflow.server.ts runs them in Airflow. */
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { airflowFiles } from '../../compiler/emit/airflow/airflow.ts';
import { identifiers, text } from '../../compiler/emit/airflow/python.ts';
import type { Plan } from '../../runtime/plan.ts';
import { missing } from '../support/server-needed.ts';
import { plan } from './plan.ts';

const noPython = spawnSync('python3', ['--version']).status !== 0;

/** What Python makes of a text, by an expression over `given`. */
function python(expression: string, given: unknown): unknown {
  const { stdout, stderr, status } = spawnSync(
    'python3',
    ['-c', `import ast, json, sys; given = json.load(sys.stdin); print(json.dumps(${expression}))`],
    { encoding: 'utf8', input: JSON.stringify(given), env: { ...process.env, PYTHONIOENCODING: 'utf8' } },
  );
  expect([stderr, status]).toEqual(['', 0]);
  return JSON.parse(stdout);
}

test('the files of a plan; none without a job', () => {
  expect([...airflowFiles(plan).keys()]).toEqual([
    'airflow/.airflowignore',
    'airflow/pipec_operator.py',
    'airflow/nightly.py',
  ]);
  expect(airflowFiles({ ...plan, jobs: [] }).size).toBe(0);
});

test('a DAG reads like one', () => {
  expect(airflowFiles(plan).get('airflow/nightly.py')).toMatchInlineSnapshot(`
    "# Built by pipec 0.1.0 for the target local (program 9f3c1b72aaaaaaaa).
    # Change the program, not this file.

    import sys
    from datetime import timedelta
    from pathlib import Path

    from airflow.sdk import Asset, CronTriggerTimetable, DAG

    # The operator lies beside this file, wherever Airflow finds that.
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from pipec_operator import PipecOperator  # noqa: E402


    def task(dataset: str, **more) -> PipecOperator:
        return PipecOperator(
            job="jobs/nightly.mjs",
            task=dataset,
            build=str(Path(__file__).resolve().parent.parent),
            secrets=(),
            **more,
        )


    with DAG(
        "shop.nightly",
        description="Every night. */ It ends well.",
        doc_md="Every night. */ It ends well.",
        schedule=CronTriggerTimetable("0 3 * * *", timezone="Europe/Berlin"),
        # One run makes up for all that were missed: tables know what they lack.
        catchup=False,
        max_active_runs=1,
        # One process at a time writes to a target: tasks take turns.
        max_active_tasks=1,
        default_args={
            "retries": 3,
            "retry_delay": timedelta(seconds=30),
            "retry_exponential_backoff": 2.0,
            "max_retry_delay": timedelta(minutes=10),
            "execution_timeout": timedelta(minutes=2),
        },
        tags=["pipec", "shop", "local"],
    ):
        raw_orders = task(
            "raw.orders",
            task_id="raw.orders",
            doc_md="What raw.orders is.\\nMore <b>words</b>.",
            outlets=[Asset("shop.local.raw.orders")],
        )
        dwh_core_orders = task(
            "dwh.core.orders",
            task_id="dwh.core.orders",
            doc_md="What dwh.core.orders is.\\nMore <b>words</b>.",
            outlets=[Asset("shop.local.dwh.core.orders")],
        )
        dwh_marts_class = task(
            "dwh.marts.class",
            task_id="dwh.marts.class",
            doc_md="What dwh.marts.class is.\\nMore <b>words</b>.",
            outlets=[Asset("shop.local.dwh.marts.class")],
        )

        [raw_orders] >> dwh_core_orders
        [dwh_core_orders] >> dwh_marts_class
    "
  `);
});

test('pools and priority of a job are those of its tasks, and the pools are there to be imported', () => {
  const jobs = plan.jobs.map((job) => ({
    ...job,
    priority: 10,
    pools: { erp: 2 },
    tasks: job.tasks.map((task, index) => (index === 0 ? { ...task, pool: 'erp' } : task)),
  }));
  const files = airflowFiles({ ...plan, jobs });
  expect(JSON.parse(files.get('airflow/pools.json') ?? '')).toEqual({
    'shop.local.erp': { slots: 2, description: 'pipec' },
  });
  const dag = files.get('airflow/nightly.py') ?? '';
  expect(dag).toContain('"priority_weight": 10,\n        "weight_rule": "absolute",');
  expect(dag.match(/pool="shop\.local\.erp"/g)).toHaveLength(1);
});

test('identifiers are all different, and no word of the language', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1 })), (names) => {
      const given = [...identifiers([...names, 'a.b', 'a_b', 'class', '1']).values()];
      expect(new Set(given).size).toBe(given.length);
      for (const one of given) expect(one).toMatch(/^(?!class$)[A-Za-z_]\w*$/);
    }),
  );
});

describe.skipIf(noPython && missing('Python'))('Python', () => {
  it('reads texts as they were', () => {
    const texts = fc.sample(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })), 300);
    texts.push('"""', "'", '\\', '\r\n', '\u2028\u2029\u0085\ufeff', '\\N{BULLET}', '\\x41', '{x}', '%s', '\0');
    expect(python('[ast.literal_eval(one) for one in given]', texts.map(text))).toEqual(
      texts.map((one) => one.toWellFormed()),
    );
  });

  it('finds no code in what a program says', () => {
    const evil = '../x"""\nimport os; os.system("true") #\\';
    const hostile: Plan = {
      ...plan,
      project: evil,
      target: { ...plan.target, name: evil, state: { kind: 'postgres', url: { secret: evil }, schema: evil } },
      datasets: plan.datasets.map((dataset) => ({ ...dataset, doc: evil, owner: evil })),
      jobs: plan.jobs.map((job) => ({
        ...job,
        name: evil,
        doc: evil,
        schedule: { arrival: true },
        waitsFor: [evil],
        tasks: job.tasks.map((task, index) => (index === 2 ? { ...task, id: evil } : task)),
      })),
    };
    const files = [...airflowFiles(hostile)].filter(([path]) => path.endsWith('.py'));
    expect(files.map(([path]) => path.replace(/^airflow\/[\w.~-]+\.py$/, 'one'))).toEqual(['one', 'one']);
    const kinds = python(
      '[[type(one).__name__ for one in ast.parse(text).body] for text in given]',
      files.map(([, all]) => all),
    );
    expect(kinds).toEqual([
      [
        'Expr',
        'ImportFrom',
        'Import',
        'Import',
        'Import',
        'ImportFrom',
        'ImportFrom',
        'ImportFrom',
        'Assign',
        'ClassDef',
      ],
      ['Import', 'ImportFrom', 'ImportFrom', 'ImportFrom', 'Expr', 'ImportFrom', 'FunctionDef', 'With'],
    ]);
  });
});

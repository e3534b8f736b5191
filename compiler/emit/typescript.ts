/**
 * The TypeScript of a build, written with ts-morph (loaded by the caller's first use of this module, as it costs 400 ms):
 * `jobs/<job>.ts` reads like an Airflow DAG; `datasets/<job>.ts` holds what its tasks need to know of their datasets, so that
 * a bundle carries its own job only; `target.ts` says where they run.
 */
import {
  IndentationText,
  NewLineKind,
  Project,
  QuoteKind,
  type SourceFileStructure,
  type StatementStructures,
  StructureKind,
  type WriterFunction,
} from 'ts-morph';
import type {
  AuditPlan,
  ComputePlan,
  DatasetPlan,
  IncrementPlan,
  JobPlan,
  Plan,
  SqlParts,
  Step,
  TaskPlan,
} from '../../runtime/plan.ts';
import { Code, literal, propertyName, template, text, WIDTH, wrapped } from './literal.ts';
import { constantNames, fileName } from './names.ts';
import { sqlFile } from './sql-files.ts';

/** Text of each generated file by its path in the build. */
export function typescriptFiles(plan: Plan): ReadonlyMap<string, string> {
  const project = new Project({
    useInMemoryFileSystem: true,
    manipulationSettings: {
      indentationText: IndentationText.TwoSpaces,
      quoteKind: QuoteKind.Single,
      newLineKind: NewLineKind.LineFeed,
    },
  });
  const files = new Map<string, string>();
  const add = (path: string, statements: (StatementStructures | string | WriterFunction)[], leading: string): void => {
    const structure: SourceFileStructure = { kind: StructureKind.SourceFile, statements: [leading, ...statements] };
    files.set(path, project.createSourceFile(path, structure).getFullText());
  };
  add('target.ts', targetModule(plan), header(plan));
  for (const job of plan.jobs) {
    add(`datasets/${fileName(job.name)}.ts`, datasetsModule(plan, job), header(plan));
    add(`jobs/${fileName(job.name)}.ts`, jobModule(plan, job), header(plan));
  }
  files.set(
    'sql.d.ts',
    "/** SQL files are text to the jobs that import them. */\ndeclare module '*.sql' {\n  const text: string;\n  export default text;\n}\n",
  );
  return files;
}

function header(plan: Plan): string {
  const files = [...new Set(plan.datasets.map((dataset) => dataset.at.file))].sort();
  const shown = files.length > 3 ? `${files.slice(0, 2).join(', ')} and ${files.length - 2} more` : files.join(', ');
  return `// Built by pipec ${plan.pipec} from ${comment(shown)}\n// (program ${plan.fingerprint}). Change the program, not this file.`;
}

/** Text of the program on a comment's line: what ends a line ends no comment. */
function comment(words: string): string {
  return words.replace(/[\r\n\u2028\u2029]+/g, ' ').trim();
}

const importOf = (
  moduleSpecifier: string,
  namedImports: readonly string[],
  isTypeOnly = false,
): StatementStructures => ({
  kind: StructureKind.ImportDeclaration,
  isTypeOnly,
  moduleSpecifier,
  namedImports: [...namedImports],
});

/** Written as text, as a structure's initializer would be indented once more. */
const constant =
  (doc: string, declaration: string, value: string): WriterFunction =>
  (writer) => {
    writer.blankLineIfLastNot().writeLine(`/** ${doc} */`).writeLine(`export const ${declaration} = ${value};`);
  };

type Statements = (StatementStructures | WriterFunction)[];

function targetModule(plan: Plan): Statements {
  return [
    importOf('pipec/runtime', ['Target'], true),
    constant(
      'Where the jobs run. Secrets are named here and read when a job starts.',
      'target: Target',
      literal({ project: plan.project, fingerprint: plan.fingerprint, ...plan.target }),
    ),
  ];
}

function datasetsModule(plan: Plan, job: JobPlan): Statements {
  const tasks = [...job.tasks].sort((a, b) => (a.id < b.id ? -1 : 1));
  const names = constantNames(job.tasks.map((task) => task.id));
  const queries = tasks.filter((task) => task.step.kind !== 'load');
  const sqlName = (id: string): string => `${names.get(id) ?? id}Sql`;
  const statements: Statements = queries.map(({ id }) => ({
    kind: StructureKind.ImportDeclaration,
    moduleSpecifier: `../${sqlFile(plan, id)}`,
    defaultImport: sqlName(id),
  }));
  /** One exported tree; a task that `value` has nothing of is left out, and so is a tree of nothing. */
  const add = (doc: string, name: string, value: (step: Step, id: string) => unknown): void => {
    const entries = tasks.flatMap(({ id, step }): [string, unknown][] => {
      const found = value(step, id);
      return found === null ? [] : [[id, found]];
    });
    if (entries.length > 0) statements.push(constant(doc, name, nested(entries)));
  };
  add('Where each dataset becomes visible.', 'stores', (step) => step.into);
  add('Where rows come from.', 'sources', (step) => (step.kind === 'load' ? step.from : null));
  add('What a row must be to be let in; the rest is quarantined, with the reason.', 'contracts', (step) => {
    if (step.kind !== 'load') return null;
    const { columns, key, expectations, invalid, timezone } = step;
    return { columns, key, expectations, invalid, timezone };
  });
  add(
    'How much of a source is read again: from the greatest value of its cursor on, and a stretch before it.',
    'cursors',
    (step) =>
      step.kind !== 'load' || step.cursor === null
        ? null
        : { ...step.cursor, again: waiting('rowsSince', step.cursor.again) },
  );
  add('The queries, each in a file of its own.', 'queries', (step, id) =>
    step.kind === 'load' ? null : new Code(sqlName(id)),
  );
  add("The project's own functions, by file and export.", 'functions', (step) =>
    step.kind === 'function' ? step.function : null,
  );
  add('The columns that a function is given.', 'given', (step) => (step.kind === 'function' ? step.given : null));
  add('The columns that each table is built with.', 'columns', (step) =>
    step.kind === 'build' || step.kind === 'function' ? step.columns : null,
  );
  add(
    'How tables grow: the rows of a span of intervals, or those that came after a position.',
    'increments',
    (step) => {
      if (step.kind !== 'build' || step.increment === null) return null;
      return incrementCode(step.increment);
    },
  );
  add('Queries that must return no row, or nothing is built.', 'assertions', (step) =>
    step.kind === 'load' || step.kind === 'function' || step.assertions.length === 0 ? null : step.assertions,
  );
  add('What must hold before a new build is seen. `this` is the build.', 'checks', (step) => step.audit);
  const increments = tasks.flatMap(({ step }) => (step.kind === 'build' ? (step.increment ?? []) : []));
  const spans = increments.some(({ kind }) => kind === 'intervals') ? ['from', 'spanOf', 'to'] : [];
  const logs = increments.some(({ kind }) => kind !== 'intervals') ? ['after', 'log', 'rowsAfter'] : [];
  const pulls = tasks.some(({ step }) => step.kind === 'load' && step.cursor !== null) ? ['rowsSince', 'since'] : [];
  const imports = [...spans, ...logs, ...pulls].sort();
  return imports.length === 0 ? statements : [importOf('pipec/runtime', imports), ...statements];
}

function incrementCode(plan: IncrementPlan): unknown {
  const asserted = (tag: string): unknown => plan.assertions.map((one) => ({ ...one, sql: waiting(tag, one.sql) }));
  if (plan.kind !== 'intervals')
    return { ...plan, sql: waiting('rowsAfter', plan.sql), assertions: asserted('rowsAfter') };
  const { sql, within, assertions: _, ...own } = plan;
  return { ...own, sql: waiting('spanOf', sql), within: waiting('spanOf', within), assertions: asserted('spanOf') };
}

function waiting(tag: string, sql: SqlParts<string>): Code {
  return new Code(
    template(
      tag,
      sql.map((part) => (typeof part === 'string' ? part : { hole: part.bound })),
    ),
  );
}

/** `[['a.b', 1], ['a.c', 2]]` → `{ a: { b: 1, c: 2 } } as const`. */
function nested(entries: readonly (readonly [string, unknown])[]): string {
  const root: Record<string, unknown> = Object.create(null);
  for (const [name, value] of entries) {
    const parts = name.split('.');
    let at = root;
    for (const part of parts.slice(0, -1)) {
      at[part] ??= Object.create(null);
      at = at[part] as Record<string, unknown>;
    }
    at[parts[parts.length - 1] as string] = value;
  }
  return `${literal(root)} as const`;
}

function path(root: string, id: string): string {
  return (
    root +
    id
      .split('.')
      .map((part) => (propertyName(part) === part ? `.${part}` : `[${text(part)}]`))
      .join('')
  );
}

function jobModule(plan: Plan, job: JobPlan): Statements {
  const names = constantNames(job.tasks.map((task) => task.id));
  const name = (id: string): string => names.get(id) ?? id;
  const datasets = new Map(plan.datasets.map((dataset) => [dataset.name, dataset]));
  const awaited = new Set(job.tasks.flatMap((task) => task.after));
  return [
    importOf('pipec/runtime', buildersOf(job)),
    importOf(`../datasets/${fileName(job.name)}.ts`, datasetsOf(job)),
    (writer) => {
      writer.blankLine();
      writer
        .write(`export default dag(${text(job.name)}, ${literal(options(job), 0, 0)}, ({ task }) => `)
        .inlineBlock(() => {
          job.tasks.forEach((task, index) => {
            if (index > 0) writer.blankLine();
            const dataset = datasets.get(task.id);
            if (dataset !== undefined) for (const line of about(dataset)) writer.writeLine(line);
            const constant = awaited.has(task.id) ? `const ${name(task.id)} = ` : '';
            const wiring = wiringOf(task, name);
            const last = wiring.length === 0 ? '' : `, { ${wiring.join(', ')} }`;
            writer.writeLine(`${constant}task(${text(task.id)}, ${call(task)}${last});`);
          });
        });
      writer.write(');').newLine();
    },
  ];
}

/** What a task stands after, and what it is made from where that is something else. */
function wiringOf({ after, inputs, pool }: TaskPlan, name: (id: string) => string): string[] {
  const same = inputs !== null && [...after].sort().join() === inputs.join();
  return [
    ...(after.length === 0 ? [] : [`after: [${after.map(name).join(', ')}]`]),
    ...(same ? [] : [`inputs: ${inputs === null ? 'null' : `[${inputs.map(text).join(', ')}]`}`]),
    ...(pool === undefined ? [] : [`pool: ${text(pool)}`]),
  ];
}

/** The dataset's doc and its place in the program, as comments of at most `WIDTH` columns. */
function about(dataset: DatasetPlan): string[] {
  const place = `(${dataset.at.file}:${dataset.at.line})`;
  return wrapped(comment(`${dataset.doc ?? ''} ${place}`), WIDTH - '  // '.length).map((line) => `// ${line}`);
}

const BUILDERS: Readonly<Record<Step['kind'], string>> = { load: 'load', build: 'sql', view: 'view', function: 'step' };

function buildersOf(job: JobPlan): string[] {
  const builders = new Set(['dag']);
  for (const { step } of job.tasks) {
    builders.add(BUILDERS[step.kind]);
    if (step.kind !== 'view') builders.add(step.compute.mode);
  }
  return [...builders].sort();
}

function datasetsOf(job: JobPlan): string[] {
  return [...new Set(job.tasks.flatMap(({ step }) => partsOf(step).flatMap(({ from }) => from ?? [])))].sort();
}

/** What a task is written with: the property of the builder, and the tree of `datasets/<job>.ts` that has it. */
function partsOf(step: Step): { readonly property: string; readonly from: string | null; readonly value?: string }[] {
  const checks = step.audit === null ? [] : [{ property: 'checks', from: 'checks' }];
  const into = { property: 'into', from: 'stores' };
  const query = { property: 'query', from: 'queries' };
  const compute = ({ mode, why }: ComputePlan) => ({ property: 'compute', from: null, value: `${mode}(${text(why)})` });
  switch (step.kind) {
    case 'load':
      return [
        { property: 'from', from: 'sources' },
        { property: 'contract', from: 'contracts' },
        ...(step.cursor === null ? [] : [{ property: 'cursor', from: 'cursors' }]),
        into,
        ...checks,
        compute(step.compute),
      ];
    case 'function':
      return [
        { property: 'function', from: 'functions' },
        query,
        { property: 'given', from: 'given' },
        into,
        { property: 'columns', from: 'columns' },
        ...checks,
        compute(step.compute),
      ];
    case 'build':
    case 'view': {
      const assertions = step.assertions.length === 0 ? [] : [{ property: 'assertions', from: 'assertions' }];
      if (step.kind === 'view') return [query, into, ...assertions, ...checks];
      const increment = step.increment === null ? [] : [{ property: 'increment', from: 'increments' }];
      const columns = { property: 'columns', from: 'columns' };
      return [query, into, columns, ...increment, ...assertions, ...checks, compute(step.compute)];
    }
  }
}

function call({ id, step }: TaskPlan): string {
  const parts = partsOf(step).map(({ property, from, value }) => `${property}: ${value ?? path(from ?? '', id)}`);
  const builder = BUILDERS[step.kind];
  const inline = `${builder}({ ${parts.join(', ')} })`;
  if (inline.length <= 80 && step.audit === null) return inline;
  const lines = parts.flatMap((part) =>
    part.startsWith('checks: ') ? [...checksOf(step.audit).map((line) => `// ${line}`), part] : [part],
  );
  return `${builder}({\n${lines.map((line) => `  ${line}${line.startsWith('// ') ? '' : ','}\n`).join('')}})`;
}

/** Each check as the program says it, so that who reads the job sees what guards the dataset. */
function checksOf(audit: AuditPlan | null): string[] {
  return (audit?.checks ?? []).map((check) =>
    comment(check.severity === 'error' ? check.text : `${check.text.replace(/ warn$/, '')} (warns only)`),
  );
}

function scheduleOf(schedule: JobPlan['schedule']): unknown {
  if (schedule === null || 'arrival' in schedule) return schedule;
  return 'cron' in schedule ? schedule.cron : { every: duration(schedule.everyMs) };
}

function options(job: JobPlan): Record<string, unknown> {
  const { schedule, catchup, retries, backoff, timeoutMs, concurrency, priority, slaMs, pools, waitsFor } = job;
  return {
    doc: job.doc ?? undefined,
    schedule: scheduleOf(schedule),
    timezone: schedule !== null && 'cron' in schedule ? schedule.timezone : undefined,
    catchup,
    retries,
    backoff: { kind: backoff.kind, initial: duration(backoff.initialMs), max: duration(backoff.maxMs) },
    timeout: timeoutMs === null ? undefined : duration(timeoutMs),
    concurrency,
    priority,
    sla: slaMs === undefined ? undefined : duration(slaMs),
    pools,
    waitsFor: waitsFor.length === 0 ? undefined : waitsFor,
  };
}

/** 900000 → `15m`: the largest unit that gives a whole number. */
function duration(ms: number): string {
  const units: readonly (readonly [string, number])[] = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ];
  const [unit, size] = units.find(([, length]) => ms !== 0 && ms % length === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}

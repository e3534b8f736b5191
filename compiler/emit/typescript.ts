/**
 * The TypeScript of a build, written with ts-morph (loaded by the caller's first use of this module, as it costs 400 ms):
 * `jobs/<job>.ts` reads like an Airflow DAG; `datasets.ts` holds what a task needs to know of its dataset; `target.ts` where it runs.
 */
import {
  IndentationText,
  NewLineKind,
  Project,
  QuoteKind,
  type SourceFileStructure,
  type StatementStructures,
  StructureKind,
  VariableDeclarationKind,
  type WriterFunction,
} from 'ts-morph';
import type { JobPlan, Plan, Step, TaskPlan } from '../../runtime/plan.ts';
import { literal, propertyName, text } from './literal.ts';
import { constantNames } from './names.ts';
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
  add('datasets.ts', datasetsModule(plan), header(plan));
  for (const job of plan.jobs) add(`jobs/${job.name}.ts`, jobModule(plan, job), header(plan));
  files.set(
    'sql.d.ts',
    "/** SQL files are text to the jobs that import them. */\ndeclare module '*.sql' {\n  const text: string;\n  export default text;\n}\n",
  );
  return files;
}

function header(plan: Plan): string {
  const files = [...new Set(plan.datasets.map((dataset) => dataset.at.file))].sort();
  const shown = files.length > 3 ? `${files.slice(0, 2).join(', ')} and ${files.length - 2} more` : files.join(', ');
  return `// Built by pipec ${plan.pipec} from ${shown} (fingerprint ${plan.fingerprint.slice(0, 12)}). Change the program, not this file.`;
}

const typeImport = (name: string): StatementStructures => ({
  kind: StructureKind.ImportDeclaration,
  isTypeOnly: true,
  moduleSpecifier: 'pipec/runtime',
  namedImports: [name],
});

function constant(
  name: string,
  type: string | null,
  initializer: string,
  doc: string,
  exported = true,
): StatementStructures {
  return {
    kind: StructureKind.VariableStatement,
    isExported: exported,
    declarationKind: VariableDeclarationKind.Const,
    docs: [doc],
    leadingTrivia: '\n',
    declarations: [type === null ? { name, initializer } : { name, type, initializer }],
  };
}

function targetModule(plan: Plan): StatementStructures[] {
  return [
    typeImport('Target'),
    constant(
      'target',
      'Target',
      literal({ project: plan.project, fingerprint: plan.fingerprint, ...plan.target }),
      'Where the jobs run. Secrets are named here and read when a job starts.',
    ),
  ];
}

/** Each task once: a job's own tasks are the plan's, and no two jobs build the same dataset. */
function allTasks(plan: Plan): TaskPlan[] {
  const tasks = new Map<string, TaskPlan>();
  for (const job of plan.jobs) for (const task of job.tasks) tasks.set(task.id, task);
  return [...tasks.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function datasetsModule(plan: Plan): StatementStructures[] {
  const tasks = allTasks(plan);
  const pick = <K extends Step['kind']>(kind: K): { id: string; step: Extract<Step, { kind: K }> }[] =>
    tasks.flatMap((task) =>
      task.step.kind === kind ? [{ id: task.id, step: task.step as Extract<Step, { kind: K }> }] : [],
    );
  const statements: StatementStructures[] = [
    constant(
      'stores',
      null,
      nested(tasks.map((task) => [task.id, task.step.into])),
      'Where each dataset becomes visible.',
    ),
  ];
  const loads = pick('load');
  if (loads.length > 0) {
    statements.push(
      constant('sources', null, nested(loads.map(({ id, step }) => [id, step.from])), 'Where rows come from.'),
      constant(
        'contracts',
        null,
        nested(
          loads.map(({ id, step: { columns, key, expectations, invalid, timezone } }) => [
            id,
            { columns, key, expectations, invalid, timezone },
          ]),
        ),
        'What a row must be to be let in; the rest is quarantined, with the reason.',
      ),
    );
  }
  const builds = pick('build');
  if (builds.length > 0)
    statements.push(
      constant(
        'columns',
        null,
        nested(builds.map(({ id, step }) => [id, step.columns])),
        'The columns that each table is built with.',
      ),
    );
  const audited = tasks.filter((task) => task.step.audit !== null);
  if (audited.length > 0) {
    statements.push(
      constant(
        'checks',
        null,
        nested(audited.map((task) => [task.id, task.step.audit])),
        'What must hold before a new build is seen. `this` is the build.',
      ),
    );
  }
  const asserting = tasks.filter((task) => task.step.kind !== 'load' && task.step.assertions.length > 0);
  if (asserting.length > 0) {
    statements.push(
      constant(
        'assertions',
        null,
        nested(asserting.map((task) => [task.id, task.step.kind === 'load' ? [] : task.step.assertions])),
        'Queries that must return no row.',
      ),
    );
  }
  return statements;
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

function jobModule(plan: Plan, job: JobPlan): (StatementStructures | WriterFunction)[] {
  const names = constantNames(job.tasks.map((task) => task.id));
  const name = (id: string): string => names.get(id) ?? id;
  const builders = ['dag', ...new Set(job.tasks.map((task) => BUILDERS[task.step.kind]))].sort();
  const uses = usedFromDatasets(job);
  const imports: StatementStructures[] = [
    { kind: StructureKind.ImportDeclaration, moduleSpecifier: 'pipec/runtime', namedImports: builders },
    { kind: StructureKind.ImportDeclaration, moduleSpecifier: '../datasets.ts', namedImports: uses },
    ...job.tasks
      .filter((task) => task.step.kind !== 'load')
      .map(
        (task): StatementStructures => ({
          kind: StructureKind.ImportDeclaration,
          moduleSpecifier: `../${sqlFile(plan, task.id)}`,
          defaultImport: `${name(task.id)}Sql`,
        }),
      ),
  ];
  const docs = new Map(plan.datasets.map((dataset) => [dataset.name, dataset.doc]));
  const body: WriterFunction = (writer) => {
    writer.blankLine();
    writer.write(`export default dag(${text(job.name)}, ${literal(options(job))}, ({ task }) => `).inlineBlock(() => {
      for (const task of job.tasks) {
        const first = docs.get(task.id)?.split('\n')[0];
        if (first !== undefined && first !== '') writer.writeLine(`// ${first}`);
        const called = job.tasks.some((other) => other.after.includes(task.id)) ? `const ${name(task.id)} = ` : '';
        const after = task.after.length > 0 ? `, { after: [${task.after.map(name).join(', ')}] }` : '';
        writer.writeLine(`${called}task(${text(task.id)}, ${call(task, name)}${after});`);
      }
    });
    writer.write(');').newLine();
  };
  return [...imports, body];
}

const BUILDERS: Readonly<Record<Step['kind'], string>> = { load: 'load', build: 'sql', view: 'view' };

function usedFromDatasets(job: JobPlan): string[] {
  const uses = new Set<string>(['stores']);
  for (const { step } of job.tasks) {
    if (step.audit !== null) uses.add('checks');
    if (step.kind === 'load') uses.add('sources').add('contracts');
    else if (step.assertions.length > 0) uses.add('assertions');
    if (step.kind === 'build') uses.add('columns');
  }
  return [...uses].sort();
}

/** Only what differs from the default is written, as a person would. */
function options(job: JobPlan): Record<string, unknown> {
  const { schedule, catchup, retries, backoff, timeoutMs, concurrency, waitsFor } = job;
  return {
    schedule: schedule === null ? null : 'cron' in schedule ? schedule.cron : { everyMs: schedule.everyMs },
    ...(schedule !== null && 'cron' in schedule ? { timezone: schedule.timezone } : {}),
    catchup,
    retries,
    backoff,
    ...(timeoutMs === null ? {} : { timeoutMs }),
    concurrency,
    ...(waitsFor.length === 0 ? {} : { waitsFor }),
    ...(job.doc === null ? {} : { doc: job.doc }),
  };
}

function call(task: TaskPlan, name: (id: string) => string): string {
  const { id, step } = task;
  const parts: string[] = [];
  if (step.kind === 'load') parts.push(`from: ${path('sources', id)}`);
  else parts.push(`query: ${name(id)}Sql`);
  parts.push(`into: ${path('stores', id)}`);
  if (step.kind === 'load') parts.push(`...${path('contracts', id)}`);
  if (step.kind === 'build') parts.push(`columns: ${path('columns', id)}`);
  if (step.kind !== 'load' && step.assertions.length > 0) parts.push(`assertions: ${path('assertions', id)}`);
  if (step.audit !== null) parts.push(`checks: ${path('checks', id)}`);
  if (step.kind !== 'view') parts.push(`compute: ${literal(step.compute)}`);
  const inline = `${BUILDERS[step.kind]}({ ${parts.join(', ')} })`;
  return inline.length <= 110 ? inline : `${BUILDERS[step.kind]}({\n${parts.map((part) => `  ${part},\n`).join('')}})`;
}

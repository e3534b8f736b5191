/** JSON schemas of what pipec writes for other programs, made from the types themselves: docs/schemas/*.schema.json. */
import { join } from 'node:path';
import { createGenerator } from 'ts-json-schema-generator';

const root = join(import.meta.dirname, '..', '..');

interface SchemaRow {
  readonly name: string;
  readonly title: string;
  /** Module, relative to the repository. */
  readonly module: string;
  readonly type: string;
}

const rows: readonly SchemaRow[] = [
  { name: 'manifest', title: 'pipec manifest, version 1', module: 'runtime/plan.ts', type: 'Plan' },
  {
    name: 'diagnostic',
    title: 'a line of `pipec check --json` and `pipec build --json`',
    module: 'compiler/diagnostics/render.ts',
    type: 'JsonDiagnostic',
  },
  {
    name: 'notice',
    title: 'what `notify … { to: webhook(…) }` posts',
    module: 'runtime/notify/receivers.ts',
    type: 'WebhookBody',
  },
  {
    name: 'schedule-event',
    title: 'a line of `pipec schedule --json`',
    module: 'runtime/schedule/events.ts',
    type: 'ScheduleEvent',
  },
  {
    name: 'schedule-preview',
    title: 'a line of `pipec schedule --preview --json`',
    module: 'compiler/cli/machine.ts',
    type: 'PreviewLine',
  },
  { name: 'notify', title: 'a line of `pipec notify --json`', module: 'compiler/cli/machine.ts', type: 'NotifyLine' },
  { name: 'runs', title: 'a line of `pipec runs --json`', module: 'compiler/cli/machine.ts', type: 'RunLine' },
  {
    name: 'run-event',
    title: 'a line of `pipec run --json` and `pipec logs --json`',
    module: 'runtime/events.ts',
    type: 'RunEvent',
  },
  {
    name: 'status',
    title: 'a line of `pipec status --json`',
    module: 'compiler/cli/status.ts',
    type: 'StatusLine',
  },
  { name: 'plan', title: 'the line of `pipec plan --json`', module: 'runtime/changes.ts', type: 'TargetChanges' },
  { name: 'diff', title: 'a line of `pipec diff --json`', module: 'runtime/diff/diff.ts', type: 'DatasetDiff' },
  { name: 'applies', title: 'a line of `pipec applies --json`', module: 'runtime/applies.ts', type: 'ApplyRecord' },
  { name: 'explain', title: 'a line of `pipec explain --json`', module: 'compiler/cli/explain.ts', type: 'Page' },
  ...(
    [
      ['failure', 'why a command with `--json` failed: a line on stderr', 'Failure'],
      ['row', 'a line of `pipec show --json` and `pipec query --json`', 'RowLine'],
      ['failed-row', 'a line of `pipec show --failed --json`', 'FailedRowLine'],
      ['test', 'a line of `pipec test --json`', 'TestLine'],
      ['lineage', 'a line of `pipec lineage --json`', 'LineageLine'],
      ['sql', 'the line of `pipec sql --json`', 'SqlLine'],
      ['backfill', 'a line of `pipec backfill --dry-run --json`', 'BackfillLine'],
      ['dataset-runs', 'a line of `pipec runs --of <dataset> --json`', 'DatasetRunLine'],
      ['audit', 'a line of `pipec audit --json`', 'AuditLine'],
      ['audit-verdict', 'the line of `pipec audit --verify --json`', 'AuditVerdict'],
      ['env', 'a line of `pipec env list --json`', 'EnvironmentLine'],
      ['fmt', 'a line of `pipec fmt --json`', 'FormattedLine'],
    ] as const
  ).map(([name, title, type]) => ({ name, title, module: 'compiler/cli/machine.ts', type })),
];

/** What each is of, by the file's name without its ending. */
export const schemaTitles: readonly { readonly name: string; readonly title: string }[] = rows;

/** Path in the repository → text. */
export function schemas(): ReadonlyMap<string, string> {
  // One generator for all: most of the time goes into reading the modules.
  const modules = [...new Set(rows.map(({ module }) => module.replace(/\.ts$/, '')))];
  const generator = createGenerator({
    path: join(root, `{${modules.join(',')}}.ts`),
    tsconfig: join(root, 'tsconfig.json'),
    skipTypeCheck: true,
  });
  return new Map(
    rows.map(({ name, title, type }) => [
      `docs/schemas/${name}.schema.json`,
      `${JSON.stringify({ title, ...generator.createSchema(type) }, null, 2)}\n`,
    ]),
  );
}

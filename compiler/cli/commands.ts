/** Every command, with what `pipec --help` says of it. A command's own file is loaded when it is called. */
import type { CommandRow } from './command.ts';

export const commands: readonly CommandRow[] = [
  {
    name: 'init',
    group: 'Begin',
    summary: 'make a project that runs at once',
    load: async () => (await import('./init.ts')).init,
  },
  {
    name: 'check',
    group: 'Write',
    summary: 'find mistakes before anything runs',
    load: async () => (await import('./check.ts')).check,
  },
  { name: 'fmt', group: 'Write', summary: 'lay out .pipe files', load: async () => (await import('./fmt.ts')).fmt },
  {
    name: 'test',
    group: 'Write',
    summary: 'run the unit tests of datasets',
    load: async () => (await import('./test.ts')).test,
  },
  {
    name: 'explain',
    group: 'Write',
    summary: 'tell what an error code means',
    load: async () => (await import('./explain.ts')).explain,
  },
  {
    name: 'lsp',
    group: 'Write',
    summary: 'serve an editor (language server protocol)',
    load: async () => (await import('./lsp.ts')).lsp,
  },
  {
    name: 'preview',
    group: 'Write',
    summary: 'compute rows for an editor, over a sample',
    load: async () => (await import('./preview.ts')).preview,
  },
  {
    name: 'build',
    group: 'Run',
    summary: 'write jobs, SQL and lineage to dist/',
    load: async () => (await import('./build.ts')).build,
  },
  {
    name: 'run',
    group: 'Run',
    summary: 'build datasets, here and now',
    load: async () => (await import('./run.ts')).run,
  },
  {
    name: 'plan',
    group: 'Run',
    summary: 'show what the program would change in a target',
    load: async () => (await import('./plan.ts')).plan,
  },
  {
    name: 'apply',
    group: 'Run',
    summary: 'do what plan showed',
    load: async () => (await import('./apply.ts')).apply,
  },
  {
    name: 'backfill',
    group: 'Operate',
    summary: 'fill gaps of tables in intervals, or compute intervals again',
    load: async () => (await import('./backfill.ts')).backfill,
  },
  {
    name: 'schedule',
    group: 'Operate',
    summary: 'run jobs when they are due, until it is stopped',
    load: async () => (await import('./schedule.ts')).schedule,
  },
  {
    name: 'status',
    group: 'Operate',
    summary: 'show what is built, what is due and what is missing',
    load: async () => (await import('./status.ts')).status,
  },
  {
    name: 'quarantine',
    group: 'Operate',
    summary: 'look at rows that broke a contract, or judge them again',
    load: async () => (await import('./quarantine.ts')).quarantine,
  },
  {
    name: 'show',
    group: 'Look',
    summary: 'show rows of a dataset',
    load: async () => (await import('./show.ts')).show,
  },
  {
    name: 'query',
    group: 'Look',
    summary: 'ask a question of the data',
    load: async () => (await import('./query.ts')).query,
  },
  {
    name: 'sql',
    group: 'Look',
    summary: 'show the SQL of a dataset',
    load: async () => (await import('./sql.ts')).sql,
  },
  {
    name: 'lineage',
    group: 'Look',
    summary: 'show where data comes from and goes to',
    load: async () => (await import('./lineage.ts')).lineage,
  },
  {
    name: 'completion',
    group: 'Begin',
    summary: 'complete commands in your shell',
    load: async () => (await import('./completion.ts')).completion(commands),
  },
];

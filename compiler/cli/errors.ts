/**
 * What can go wrong around a program: files, folders, the command line. One row a code; with the compiler's table and
 * the runtime's (runtime/errors.ts) these are all codes that `pipec explain` knows.
 */
interface CommandCodeRow {
  /** Markdown. */
  readonly explanation: string;
}

export const commandCodes = {
  'command-line': {
    explanation: `The command was not understood: an unknown command or option, a value of the wrong kind, or an argument too many.

\`pipec --help\` lists the commands, \`pipec check --help\` shows one with examples. The exit code is 2.`,
  },
  'file-unwritable': {
    explanation: `A file could not be written: it is read-only, not permitted to this user, or the disk is full. What was there before is still there.`,
  },
  'folder-too-large': {
    explanation: `The folder has far more folders in it than a project has, so it is likely that the command was started in the wrong place, such as the home folder. Nothing was checked.

Go to the project's folder or name it with \`-C folder\`.`,
  },
  'several-projects': {
    explanation: `The folder holds the folders of several projects and declares none of its own. Each of them is checked, built and run by itself.

Go to the folder of one or name it with \`-C folder\`.`,
  },
  'already-there': {
    explanation: `\`pipec init\` never overwrites. The folder has one of the files that it would make, or lies in another project. Choose another folder, or move the file away.`,
  },
  'unknown-dataset': {
    explanation: `No dataset of the project has this name. A dataset may be named in full, \`dwh.marts.daily_revenue\`, or by its last parts where that is unambiguous.

\`pipec lineage\` lists all datasets.`,
  },
  'ambiguous-dataset': {
    explanation: `Several datasets end in this name. Write more of it: the store and the schema stand before the name, \`dwh.marts.orders\`.`,
  },
  'never-built': {
    explanation: `The dataset is part of the program but has never been built in this target, so there are no rows to show. \`pipec run\` builds it; \`pipec query\` can compute it without storing it where its inputs are there.`,
  },
  'plan-changed': {
    explanation: `\`pipec apply --plan\` does what was reviewed, or nothing. By now another plan comes out: the program is another, or the target is, as something was built, applied or altered in between. Rows that came meanwhile make no other plan.

Look at the plan of now with \`pipec plan\`, and write it again with \`pipec plan --json\`.`,
  },
  'destructive-plan': {
    explanation: `What the plan would do cannot be undone by building again from what is there: a dataset goes that the program no longer has, a column goes, or a source that was read bit by bit is read again as a whole, though it may have forgotten what it gave. \`pipec plan\` marks each as DESTRUCTIVE.

Where that is meant, say so with \`--allow-destructive\`.`,
  },
  'nothing-to-roll-back': {
    explanation: `A rollback undoes the last of what \`pipec apply\` and \`pipec promote\` did to production. There is none, or the last change is a rollback itself: then \`--to\` says how it is meant, as it was after which apply. \`pipec applies\` lists them.`,
  },
  'not-kept': {
    explanation: `Of each dataset, as many versions of other code are kept as \`keep\` of the target says, and 2 where it says nothing. What stood before that is gone, or it was published by a version of pipec that did not keep how it was shown. Nothing was done. Naming datasets rolls back those alone; otherwise \`pipec apply\` of the program of before builds it again.`,
  },
  'environment-differs': {
    explanation: `A promotion puts into production what an environment has built and somebody has looked at. Where the program has changed since, the environment is not what the program says, and its versions would not be either. \`pipec apply --env\` brings it up to the program.`,
  },
  'environment-sampled': {
    explanation: `The environment was built with \`--sample\`: of some datasets it has only what came last. A sample is never put into production. \`pipec apply --env\` without \`--sample\` builds it whole; then promote.`,
  },
  'production-moved': {
    explanation: `Since the environment was applied to, somebody has put other code into production: a promotion would take that back, as the program here does not have it. Bring those changes into the program, then \`pipec apply --env\`, which builds on what production has now.`,
  },
  'environment-behind': {
    explanation: `Production has loaded or built a dataset since the environment brought its own version of it up to date. Moving the view to that would show fewer rows than before until the next run. \`pipec run --env\` brings the environment up to date; then promote.`,
  },
  'unknown-code': {
    explanation: `\`pipec explain\` knows the codes of errors, warnings and failures that pipec shows in brackets: \`error[unknown-column]\`.`,
  },
  'unknown-run': {
    explanation: `No run of this name is known in the target. \`pipec runs\` lists them, newest first; runs of another target are in its own record, if that lies elsewhere: \`--target\`. A state file that was lost or set aside takes its history with it.`,
  },
  'audit-broken': {
    explanation: `An entry of the audit is not as it was written, or is no longer there: each holds the hash of the one before it, and these no longer fit together. Somebody has changed the database in which the state is kept.

What runs did to the data is not affected. A copy of the database, or an earlier \`pipec audit --json\`, shows what the entry was.`,
  },
  'run-over': {
    explanation: `The run has ended, or its process is gone, so there is nothing to cancel. \`pipec logs\` tells how it went, \`pipec retry\` does again what it did not finish.`,
  },
  'port-in-use': {
    explanation: `The page cannot listen where it was asked to: another program does, or this user may not, or the machine has no such address.

Without \`--port\`, a free one is found where the usual one is taken. \`pipec schedule --no-page\` serves none.`,
  },
  'another-scheduler': {
    explanation: `\`pipec schedule --once\` found another scheduler of the same target at work, so it did nothing: what is due is run by that one. Without \`--once\` it would have waited, to take over where the other ends.

Where none is at work, the last one was ended outright within these 15 seconds: try again.`,
  },
  'internal-error': {
    explanation: `Something happened in pipec that should not be possible. It is a fault of pipec, not of your program, and worth a report: say which command you ran and, where you may share it, the program.

\`PIPEC_DEBUG=1\` before the command shows where it happened. The exit code is 70.`,
  },
} satisfies Record<string, CommandCodeRow>;

/** The schema of the operational state, the same in every database that keeps it; only the names of types differ. */

/** How a database spells what its schema needs. */
export interface Spelling {
  /** Ordered by its bytes. */
  readonly text: string;
  /** Of 64 bits. */
  readonly integer: string;
  /** Of 64 bits. */
  readonly float: string;
  /** A key that grows with each row. */
  readonly serial: string;
  /** Ends a table that is stored in the order of its key. */
  readonly clustered: string;
}

/** Forward migrations: the database knows how many of them it has seen. Append, never edit. */
export const migrations: readonly ((spelling: Spelling) => string)[] = [
  ({ text, integer, float, serial, clustered }) =>
    `CREATE TABLE runs (run ${text} PRIMARY KEY, project ${text} NOT NULL, target ${text} NOT NULL, engine ${text} NOT NULL, job ${text}, pid ${integer} NOT NULL,
     status ${text} NOT NULL, started_at ${text} NOT NULL, finished_at ${text}, tasks ${integer} NOT NULL, concurrency ${integer} NOT NULL,
     done ${integer} NOT NULL DEFAULT 0, failed ${integer} NOT NULL DEFAULT 0, skipped ${integer} NOT NULL DEFAULT 0,
     checks_passed ${integer} NOT NULL DEFAULT 0, checks_warned ${integer} NOT NULL DEFAULT 0, checks_failed ${integer} NOT NULL DEFAULT 0, ms ${float}, waiting ${text});
   CREATE TABLE tasks (run ${text} NOT NULL, task ${text} NOT NULL, position ${integer} NOT NULL, status ${text} NOT NULL, attempt ${integer} NOT NULL DEFAULT 0,
     started_at ${text}, finished_at ${text}, rows ${integer}, ms ${float}, compute ${text}, load ${text}, error ${text}, because ${text}, share ${float}, PRIMARY KEY (run, task))${clustered};
   CREATE TABLE attempts (run ${text} NOT NULL, task ${text} NOT NULL, attempt ${integer} NOT NULL, started_at ${text} NOT NULL, finished_at ${text}, error ${text}, PRIMARY KEY (run, task, attempt))${clustered};
   CREATE TABLE checks (run ${text} NOT NULL, task ${text} NOT NULL, "check" ${text} NOT NULL, severity ${text} NOT NULL, passed ${integer} NOT NULL, failing ${float}, rows ${integer}, sample ${text} NOT NULL, file ${text} NOT NULL, line ${integer} NOT NULL, at ${text} NOT NULL);
   CREATE INDEX checks_of_task ON checks (task, run);
   CREATE INDEX checks_of_run ON checks (run);
   CREATE TABLE events (seq ${serial}, run ${text} NOT NULL, event ${text} NOT NULL);
   CREATE INDEX events_of_run ON events (run, seq);
   CREATE INDEX runs_by_start ON runs (started_at);`,
  ({ text }) => `ALTER TABLE tasks ADD COLUMN reason ${text}`,
  ({ text, integer, serial, clustered }) =>
    `CREATE TABLE schedules (target ${text} NOT NULL, job ${text} NOT NULL, considered ${text}, paused_at ${text}, PRIMARY KEY (target, job))${clustered};
   CREATE TABLE queue (id ${serial}, target ${text} NOT NULL, job ${text} NOT NULL, due_at ${text} NOT NULL, status ${text} NOT NULL,
     tries ${integer} NOT NULL DEFAULT 0, not_before ${text}, holder ${text}, run ${text}, queued_at ${text} NOT NULL, started_at ${text}, finished_at ${text}, said ${text}, UNIQUE (target, job, due_at));
   CREATE INDEX queue_open ON queue (target, status);
   CREATE TABLE leases (name ${text} PRIMARY KEY, holder ${text} NOT NULL, who ${text} NOT NULL, until ${text} NOT NULL)${clustered};`,
  ({ text }) => `ALTER TABLE runs ADD COLUMN cancel_asked_at ${text}`,
  () => 'CREATE INDEX tasks_by_end ON tasks (task, finished_at)',
  // Which run came after which, and what it found after what, whatever the clock says.
  ({ text, integer, float, serial }) =>
    `CREATE TABLE begun (seq ${serial}, run ${text} NOT NULL UNIQUE, project ${text} NOT NULL, target ${text} NOT NULL, engine ${text} NOT NULL, job ${text}, pid ${integer} NOT NULL,
     status ${text} NOT NULL, started_at ${text} NOT NULL, finished_at ${text}, tasks ${integer} NOT NULL, concurrency ${integer} NOT NULL,
     done ${integer} NOT NULL DEFAULT 0, failed ${integer} NOT NULL DEFAULT 0, skipped ${integer} NOT NULL DEFAULT 0,
     checks_passed ${integer} NOT NULL DEFAULT 0, checks_warned ${integer} NOT NULL DEFAULT 0, checks_failed ${integer} NOT NULL DEFAULT 0, ms ${float}, waiting ${text}, cancel_asked_at ${text});
   INSERT INTO begun (run, project, target, engine, job, pid, status, started_at, finished_at, tasks, concurrency, done, failed, skipped, checks_passed, checks_warned, checks_failed, ms, waiting, cancel_asked_at)
     SELECT run, project, target, engine, job, pid, status, started_at, finished_at, tasks, concurrency, done, failed, skipped, checks_passed, checks_warned, checks_failed, ms, waiting, cancel_asked_at FROM runs ORDER BY started_at;
   DROP TABLE runs;
   ALTER TABLE begun RENAME TO runs;
   CREATE INDEX running ON runs (status) WHERE status = 'running';
   CREATE TABLE judged (id ${serial}, run ${text} NOT NULL, task ${text} NOT NULL, "check" ${text} NOT NULL, severity ${text} NOT NULL, passed ${integer} NOT NULL, failing ${float}, rows ${integer}, sample ${text} NOT NULL, file ${text} NOT NULL, line ${integer} NOT NULL, at ${text} NOT NULL);
   INSERT INTO judged (run, task, "check", severity, passed, failing, rows, sample, file, line, at) SELECT run, task, "check", severity, passed, failing, rows, sample, file, line, at FROM checks;
   DROP TABLE checks;
   ALTER TABLE judged RENAME TO checks;
   CREATE INDEX checks_of_task ON checks (task, run);
   CREATE INDEX checks_of_run ON checks (run);`,
  () => 'CREATE INDEX runs_of_job ON runs (target, job, seq)',
  // Whose process it is, and when that was heard of last: others cannot look for it on another machine.
  ({ text }) => `ALTER TABLE runs ADD COLUMN host ${text}; ALTER TABLE runs ADD COLUMN seen_at ${text}`,
  ({ text, integer }) =>
    `CREATE TABLE audit (number ${integer} PRIMARY KEY, at ${text} NOT NULL, who ${text} NOT NULL, by ${text} NOT NULL, action ${text} NOT NULL,
     target ${text} NOT NULL, subject ${text}, run ${text}, program ${text}, previous ${text} NOT NULL, hash ${text} NOT NULL UNIQUE);
   CREATE TABLE audit_head (name ${text} PRIMARY KEY, number ${integer} NOT NULL, hash ${text} NOT NULL);`,
  // Whose log is no longer kept.
  ({ integer }) => `ALTER TABLE runs ADD COLUMN forgotten ${integer}`,
  ({ text, integer, serial }) =>
    `CREATE TABLE notices (id ${serial}, target ${text} NOT NULL, notify ${text} NOT NULL, event ${text} NOT NULL, occasion ${text} NOT NULL, subject ${text} NOT NULL, message ${text} NOT NULL,
     status ${text} NOT NULL, tries ${integer} NOT NULL DEFAULT 0, not_before ${text}, made_at ${text} NOT NULL, sent_at ${text}, said ${text}, UNIQUE (target, notify, event));
   CREATE INDEX notices_by_status ON notices (target, status);
   CREATE INDEX notices_by_subject ON notices (target, notify, subject);
   CREATE INDEX runs_by_end ON runs (target, job, status, started_at);
   CREATE INDEX queue_of_job ON queue (target, job, status, due_at);`,
];

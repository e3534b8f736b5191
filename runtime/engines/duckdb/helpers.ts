/**
 * Who computes in a database file: the thread of each statement, and beside it threads of the engine's own, which take parts
 * of any statement. A statement whose parts are all taken asks for more without a pause until they are done. So where there
 * are as many statements as processors, the engine's threads would add nothing but that: a quarter of the processor time of a
 * run with many small tables. They are there while statements are fewer, and a statement that is in work is helped as soon as
 * the others have ended. A stream counts for two, its own thread and that of who uses its rows: on two processors it took a
 * quarter less processor time alone (docs/decisions/0005-moving-rows.md).
 */
export interface Helpers {
  /** Begins a statement, which keeps so many processors busy; gives what ends it. */
  readonly enter: (processors?: number) => () => void;
  /** To be called before the database is closed: nothing is told to it afterwards. */
  readonly end: () => Promise<void>;
}

/** Where there is one processor, or nobody who computes. */
export const NO_HELPERS: Helpers = { enter: () => () => undefined, end: () => Promise.resolve() };

/** In ms: for that long there may be fewer statements than processors, as one follows another. */
const PATIENCE = 20;

/**
 * They stop between two parts of a statement, never within one.
 * @param run a statement, on a connection of its own
 */
export async function helpersOf(run: (sql: string) => Promise<void>, threads: number): Promise<Helpers> {
  if (threads < 2) return NO_HELPERS;
  // Otherwise they would stop after a whole scan, and everybody would wait for that.
  await run('SET GLOBAL scheduler_process_partial = true');
  let busy = 0;
  let areAway = false;
  let timer: NodeJS.Timeout | null = null;
  let turn: Promise<void> = Promise.resolve();
  const tell = (away: boolean): void => {
    if (away === areAway) return;
    areAway = away;
    turn = turn.then(() => run(`SET GLOBAL external_threads = ${away ? threads : 1}`)).catch(() => undefined);
  };
  const stopWaiting = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };
  const leave = (processors: number): void => {
    busy -= processors;
    if (!areAway || busy >= threads) return;
    timer ??= setTimeout(() => {
      timer = null;
      tell(false);
    }, PATIENCE).unref();
  };
  return {
    enter(processors = 1) {
      busy += processors;
      if (busy >= threads) {
        stopWaiting();
        tell(true);
      }
      return () => leave(processors);
    },
    async end() {
      stopWaiting();
      await turn;
    },
  };
}

/**
 * How much memory a database file may take of this process. DuckDB keeps what it has written in memory for as long as there is
 * any, so that a table that is loaded would come to lie there whole: while tables are written and nothing else is done, it may
 * keep little of that. Whatever else begins waits for it to have all of its memory again, as a join may need it.
 */
import { totalmem } from 'node:os';
import { PipecError } from '../../errors.ts';

export interface Room {
  /** Begins work that may need all memory, but for what it does by `writing`; gives what ends it. */
  readonly enter: () => Promise<() => Promise<void>>;
  /**
   * A statement that writes a table of so many columns as a whole, of work that has entered. Where little memory is not enough
   * for it, it is run again with all.
   */
  readonly writing: <T>(columns: number, statement: () => Promise<T>) => Promise<T>;
}

/** Of a database in memory, which has its tables there. */
export const AMPLE: Room = {
  enter: () => Promise.resolve(() => Promise.resolve()),
  writing: (_, statement) => statement(),
};

/** What DuckDB takes of a machine or a container by itself. */
const SHARE = 0.8;
/** In bytes, beside the rows that are gathered for writing. */
const BASE = 192 * 2 ** 20;
/** DuckDB gathers so many rows in each thread before it writes them, */
const GROUP = 122_880;
/** a value of which takes about so many bytes. */
const VALUE = 16;

/** @param run a statement, on a connection of its own */
export function roomOf(run: (sql: string) => Promise<void>, threads: number): Room {
  const most = (process.constrainedMemory() || totalmem()) * SHARE;
  /** The columns of each table that is being written. */
  const written: number[] = [];
  let others = 0;
  /** In bytes; null where it has all. */
  let limit: number | null = null;
  let turn: Promise<void> = Promise.resolve();
  const little = (): number | null => {
    if (written.length === 0 || others > 0) return null;
    const columns = written.reduce((sum, one) => sum + one, 0);
    const wanted = BASE + threads * columns * GROUP * VALUE;
    return wanted < most ? wanted : null;
  };
  /** One after the other, as each looks at what is being done when its turn comes. */
  const adjust = (): Promise<void> => {
    turn = turn.then(async () => {
      const wanted = little();
      if (wanted === limit) return;
      const sql = wanted === null ? 'RESET GLOBAL memory_limit' : `SET GLOBAL memory_limit = '${wanted}B'`;
      // It says no where more is in use than that, and has what it had.
      const isSet = await run(sql).then(
        () => true,
        () => false,
      );
      if (isSet) limit = wanted;
    });
    return turn;
  };
  return {
    async enter() {
      others += 1;
      await adjust();
      return () => {
        others -= 1;
        return adjust();
      };
    },
    async writing(columns, statement) {
      others -= 1;
      written.push(columns);
      await adjust();
      const hadLittle = limit !== null;
      try {
        return await statement();
      } catch (failure) {
        if (!hadLittle || !(failure instanceof PipecError) || failure.code !== 'out-of-memory') throw failure;
      } finally {
        others += 1;
        written.splice(written.indexOf(columns), 1);
        await adjust();
      }
      return await statement();
    },
  };
}

/**
 * One run at a time writes a ClickHouse server. It has no locks, so a table is one: creating it succeeds for one, and its
 * comment says for whom and until when. Its holder renews that; who dies leaves a lease that runs out.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Holder } from '../../engine.ts';
import { PipecError, runError } from '../../errors.ts';
import { qualified } from '../quote.ts';
import { takeTurn, type Waiting } from '../turn.ts';
import { newBuild, PIPEC } from '../versions.ts';
import { type ChConnection, chLiteral } from './connect.ts';

const LEASE_MS = 60_000;
const RENEW_MS = 15_000;
const TABLE = qualified(PIPEC, 'lease');

interface Told {
  readonly id: string;
  readonly run: string;
  readonly host: string;
  readonly pid: number;
  /** Where its process id means something; null where the system does not tell. */
  readonly machine: string | null;
  /** Milliseconds since 1970. */
  readonly until: number;
}

export interface Lease {
  /** @throws PipecError `not-the-writer` */
  readonly expect: () => Promise<void>;
  readonly release: () => Promise<void>;
}

/** @throws PipecError `database-busy`, `cancelled` */
export async function takeLease(
  connection: ChConnection,
  run: string,
  place: string,
  waiting: Waiting,
): Promise<Lease> {
  const id = newBuild();
  const comment = (): string =>
    JSON.stringify({
      id,
      run,
      host: hostname(),
      pid: process.pid,
      machine: machine(),
      until: Date.now() + LEASE_MS,
    } satisfies Told);
  await takeTurn(place, waiting, async (): Promise<{ readonly taken: true } | Holder> => {
    try {
      await connection.run(`CREATE TABLE ${TABLE} ("x" UInt8) ENGINE = Memory COMMENT ${chLiteral(comment())}`);
      return { taken: true };
    } catch (failure) {
      if (!/TABLE_ALREADY_EXISTS|Code: 57\b/.test((failure instanceof PipecError && failure.engine) || ''))
        throw failure;
    }
    const holder = await read(connection, 'lease');
    if (holder !== null && isOver(holder)) await takeAway(connection, holder);
    if (holder === null) return { pid: null, program: null };
    const { run: other, host, pid } = holder;
    return { pid: null, program: null, name: `run ${other} (process ${pid} on ${host})` };
  });
  const renew = (): Promise<void> => connection.run(`ALTER TABLE ${TABLE} MODIFY COMMENT ${chLiteral(comment())}`);
  const isOurs = async (): Promise<boolean> => (await read(connection, 'lease'))?.id === id;
  // A renewal that fails is noticed before the next publication.
  const timer = setInterval(
    () =>
      void isOurs()
        .then((ours) => (ours ? renew() : undefined))
        .catch(() => undefined),
    RENEW_MS,
  );
  timer.unref();
  return {
    async expect() {
      if (!(await isOurs())) throw runError('not-the-writer', {});
    },
    async release() {
      clearInterval(timer);
      if (await isOurs().catch(() => false))
        await connection.run(`DROP TABLE IF EXISTS ${TABLE}`).catch(() => undefined);
    },
  };
}

/** It ran out, or its holder is dead: a process of this machine is asked for, that of another is waited for. */
function isOver({ until, pid, machine: other }: Told): boolean {
  return until < Date.now() || (other !== null && other === machine() && !isAlive(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (failure) {
    return (failure as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** This start of this machine, and what of it a process can see: containers have numbers of their own. */
function machine(): string | null {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}

async function read(connection: ChConnection, table: string): Promise<Told | null> {
  const { rows } = await connection.query(
    `SELECT comment FROM system.tables WHERE database = ${chLiteral(PIPEC)} AND name = ${chLiteral(table)}`,
  );
  try {
    return JSON.parse(String(rows[0]?.[0])) as Told;
  } catch {
    return null;
  }
}

/** Renaming succeeds for one. If it was renewed, or is another's by now, it goes back. */
async function takeAway(connection: ChConnection, { id }: Told): Promise<void> {
  const aside = `lease_${newBuild()}`;
  await connection.run(`RENAME TABLE ${TABLE} TO ${qualified(PIPEC, aside)}`).catch(() => undefined);
  const taken = await read(connection, aside);
  if (taken === null) return;
  if (taken.id === id && isOver(taken)) await connection.run(`DROP TABLE IF EXISTS ${qualified(PIPEC, aside)}`);
  else await connection.run(`RENAME TABLE ${qualified(PIPEC, aside)} TO ${TABLE}`).catch(() => undefined);
}

/**
 * Messages in the state: each is written with what it tells of, so that none is lost and none is made twice, and is
 * sent after that.
 *
 *   waiting → sent | given-up
 */
import type { Occasion } from '../plan.ts';
import type { Statements } from '../state/database.ts';
import type { Message } from './message.ts';

export interface Notice {
  readonly id: number;
  /** Who is told: the name of a `notify`. */
  readonly notify: string;
  /** What happened: the same thing has the same name, whoever notices it. */
  readonly event: string;
  readonly message: Message;
  /** How often it has been tried. */
  readonly tries: number;
  /** In ms since 1970. */
  readonly madeAt: number;
  /** Not to be tried before; null: at once. */
  readonly notBefore: number | null;
}

/** What somebody has been told of a subject since it was last well: when, in ms since 1970. */
export interface Told {
  readonly notify: string;
  readonly subject: string;
  readonly occasion: Occasion;
  readonly at: number;
}

/** Of what is over, so many are kept. */
const KEPT = 10_000;
const SAID = 500;

export class Notices {
  readonly #statements: Statements;
  readonly #target: string;

  constructor(statements: Statements, target: string) {
    this.#statements = statements;
    this.#target = target;
  }

  /** False where it has been told of already. */
  async add(notify: string, event: string, message: Message, now: number): Promise<boolean> {
    const { run } = this.#statements;
    const added = await run(
      `INSERT INTO notices (target, notify, event, occasion, subject, message, status, made_at) VALUES (?, ?, ?, ?, ?, ?, 'waiting', ?) ON CONFLICT DO NOTHING`,
      this.#target,
      notify,
      event,
      message.about,
      message.subject,
      JSON.stringify(message),
      text(now),
    );
    if (added > 0)
      await run(`DELETE FROM notices WHERE id <= (SELECT max(id) FROM notices) - ? AND status <> 'waiting'`, KEPT);
    return added > 0;
  }

  async sent(id: number, now: number): Promise<void> {
    await this.#statements.run(
      `UPDATE notices SET status = 'sent', tries = tries + 1, sent_at = ?, said = NULL WHERE id = ?`,
      text(now),
      id,
    );
  }

  /** @param notBefore when it is tried again; null: never */
  async failed(id: number, said: string, notBefore: number | null): Promise<void> {
    await this.#statements.run(
      `UPDATE notices SET status = ?, tries = tries + 1, not_before = ?, said = ? WHERE id = ?`,
      notBefore === null ? 'given-up' : 'waiting',
      notBefore === null ? null : text(notBefore),
      said.slice(0, SAID),
      id,
    );
  }

  /** What is to be sent, oldest first. */
  async waiting(limit = 500): Promise<readonly Notice[]> {
    const rows = await this.#statements.all(
      `SELECT * FROM notices WHERE target = ? AND status = 'waiting' ORDER BY id LIMIT ?`,
      this.#target,
      limit,
    );
    return rows.map((row) => ({
      id: Number(row['id']),
      notify: String(row['notify']),
      event: String(row['event']),
      message: JSON.parse(String(row['message'])) as Message,
      tries: Number(row['tries']),
      madeAt: Date.parse(String(row['made_at'])),
      notBefore: row['not_before'] === null ? null : Date.parse(String(row['not_before'])),
    }));
  }

  /** What has been told of each subject since its last recovery, oldest first. */
  async told(): Promise<readonly Told[]> {
    const rows = await this.#statements.all(
      `SELECT notify, subject, occasion, made_at FROM notices AS told WHERE target = ? AND occasion <> 'recovery'
         AND id > coalesce((SELECT max(id) FROM notices AS well WHERE well.target = told.target AND well.notify = told.notify
           AND well.subject = told.subject AND well.occasion = 'recovery'), 0) ORDER BY id`,
      this.#target,
    );
    return rows.map((row) => ({
      notify: String(row['notify']),
      subject: String(row['subject']),
      occasion: row['occasion'] as Occasion,
      at: Date.parse(String(row['made_at'])),
    }));
  }
}

const text = (instant: number): string => new Date(instant).toISOString();

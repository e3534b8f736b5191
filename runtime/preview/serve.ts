/**
 * Answers an editor, line by line. A question of rows is given up for the next one, which a keystroke may bring; but a
 * dataset that is being computed and that the next one reads as well is computed to its end.
 */
import { createInterface } from 'node:readline';
import { PipecError, runError, toRunError } from '../errors.ts';
import { PreviewDatabase, type PreviewOptions } from './database.ts';
import type { PreviewAnswer, PreviewPlan, PreviewRequest } from './messages.ts';
import { type Progress, SampleFailure } from './samples.ts';

/** A question whose answer may take long. */
interface Work {
  readonly controller: AbortController;
  /** The step that is being computed, by the name of its rows. */
  making: string | null;
  /** Another came: it ends after what it computes. */
  isOver: boolean;
}

type Asked<K extends PreviewRequest['ask']> = Extract<PreviewRequest, { readonly ask: K }>;
type Send = (answer: PreviewAnswer) => void;

/** Ends when the input does. */
export async function servePreviews(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  options: PreviewOptions,
): Promise<void> {
  const database = await PreviewDatabase.open(options);
  const service = new Service(database, (answer) => void output.write(`${JSON.stringify(answer)}\n`));
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      const request = requestOf(line);
      if (request !== null) service.ask(request);
    }
  } finally {
    await service.end();
    await database.close();
  }
}

function requestOf(line: string): PreviewRequest | null {
  try {
    const read: unknown = JSON.parse(line);
    return typeof read === 'object' && read !== null && 'ask' in read && 'id' in read ? (read as PreviewRequest) : null;
  } catch {
    return null;
  }
}

class Service {
  readonly #database: PreviewDatabase;
  readonly #send: Send;
  #current: Work | null = null;
  /** One connection answers one question at a time. */
  #queue: Promise<void> = Promise.resolve();

  constructor(database: PreviewDatabase, send: Send) {
    this.#database = database;
    this.#send = send;
  }

  ask(request: PreviewRequest): void {
    const { id } = request;
    switch (request.ask) {
      case 'show':
        this.#work(id, [request.plan], (work, progress) => this.#show(request, work, progress));
        break;
      case 'compare': {
        const plans = request.before === null ? [request.after] : [request.before, request.after];
        this.#work(id, plans, (work, progress) => this.#compare(request, work, progress));
        break;
      }
      case 'rows':
        this.#next(id, () => this.#rows(request));
        break;
      case 'forget':
        this.#database.forget();
        this.#send({ id, is: 'done' });
        break;
      case 'stop':
        this.#supersede([]);
        this.#send({ id, is: 'done' });
        break;
      default:
        // What another version asks.
        request satisfies never;
        this.#send(failed(id, runError('internal', { why: 'an unknown question' })));
    }
  }

  async end(): Promise<void> {
    this.#supersede([]);
    await this.#queue;
  }

  #work(
    id: number,
    plans: readonly PreviewPlan[],
    answer: (work: Work, progress: Progress) => Promise<PreviewAnswer>,
  ): void {
    this.#supersede(plans);
    const work: Work = { controller: new AbortController(), making: null, isOver: false };
    this.#current = work;
    const steps = plans.reduce((sum, plan) => sum + plan.steps.length, 0);
    this.#next(id, async () => {
      const progress: Progress = (making, index) => {
        if (work.isOver) work.controller.abort();
        work.controller.signal.throwIfAborted();
        work.making = making?.step.into.name ?? null;
        if (making !== null) this.#send({ id, is: 'progress', dataset: making.dataset, step: index, steps });
      };
      if (work.isOver) return { id, is: 'cancelled' };
      try {
        return await answer(work, progress);
      } catch (failure) {
        if (work.controller.signal.aborted) return { id, is: 'cancelled' };
        throw failure;
      } finally {
        if (this.#current === work) this.#current = null;
      }
    });
  }

  /** Gives up what is being computed, unless it is of use to what comes. */
  #supersede(plans: readonly PreviewPlan[]): void {
    const work = this.#current;
    this.#current = null;
    if (work === null) return;
    work.isOver = true;
    const isOfUse = plans.some(({ steps }) => steps.some(({ step }) => step.into.name === work.making));
    if (!isOfUse) work.controller.abort();
  }

  #next(id: number, answer: () => Promise<PreviewAnswer>): void {
    this.#queue = this.#queue.then(async () => {
      this.#send(await answer().catch((failure: unknown) => failed(id, failure)));
    });
  }

  async #show(
    { id, plan, count }: Asked<'show'>,
    { controller: { signal } }: Work,
    progress: Progress,
  ): Promise<PreviewAnswer> {
    return { id, is: 'shown', ...(await this.#database.show(plan, count, signal, progress)) };
  }

  async #compare(
    { id, before, after, key, count }: Asked<'compare'>,
    { controller: { signal } }: Work,
    progress: Progress,
  ): Promise<PreviewAnswer> {
    return { id, is: 'compared', ...(await this.#database.compare(before, after, key, count, signal, progress)) };
  }

  async #rows({ id, result, from, count, sort }: Asked<'rows'>): Promise<PreviewAnswer> {
    const rows = await this.#database.rows(result, from, count, sort);
    return rows === null ? { id, is: 'gone' } : { id, is: 'rows', from, rows };
  }
}

function failed(id: number, failure: unknown): PreviewAnswer {
  const [dataset, cause] = failure instanceof SampleFailure ? [failure.dataset, failure.cause] : [null, failure];
  const error = cause instanceof PipecError ? cause : runError('internal', { why: String(cause) });
  return { id, is: 'failed', dataset, error: toRunError(error) };
}

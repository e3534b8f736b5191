/** What a scheduler says: of its runs as they end, and of itself. */
import type { FailedTask } from '../notify/message.ts';
import type { Occasion } from '../plan.ts';
import type { QueueStatus } from './queue.ts';

/** How a run ended that a scheduler started. */
export interface Ended {
  /** `died`: the process went away without saying how it ended. */
  readonly status: Exclude<QueueStatus, 'queued' | 'running'>;
  readonly said: string | null;
  /** The first of the tasks that failed. */
  readonly failed?: readonly FailedTask[];
  readonly counts?: { readonly failed: number; readonly skipped: number } | null;
  /** Its process let the timeout of a task pass, and was ended. */
  readonly overdue?: boolean;
}

/** What a scheduler says of itself; the runs speak for themselves. */
export type ScheduleEvent =
  /** The page is served, at an address. */
  | { readonly event: 'schedule.page'; readonly at: string; readonly url: string }
  | { readonly event: 'schedule.waiting'; readonly at: string; readonly leader: string }
  | { readonly event: 'schedule.leading'; readonly at: string }
  | { readonly event: 'schedule.queued'; readonly at: string; readonly job: string; readonly dueAt: string }
  | { readonly event: 'schedule.started'; readonly at: string; readonly job: string; readonly dueAt: string }
  | {
      readonly event: 'schedule.finished';
      readonly at: string;
      readonly job: string;
      readonly dueAt: string;
      readonly run: string | null;
      readonly status: Exclude<QueueStatus, 'queued' | 'running'>;
      readonly ms: number;
      readonly said: string | null;
    }
  /** Its process went away, or the scheduler stops: it is done again, from a moment on. */
  | {
      readonly event: 'schedule.again';
      readonly at: string;
      readonly job: string;
      readonly dueAt: string;
      readonly notBefore: string | null;
      readonly said: string | null;
    }
  /** A run that an operator began from the page: `run nightly`. */
  | {
      readonly event: 'schedule.begun';
      readonly at: string;
      readonly what: string;
      readonly run: string;
      /** Who has signed in; null where that is not told. */
      readonly person: string | null;
    }
  | {
      readonly event: 'schedule.ended';
      readonly at: string;
      readonly what: string;
      readonly run: string;
      readonly status: Exclude<QueueStatus, 'queued' | 'running'>;
      readonly ms: number;
      readonly said: string | null;
    }
  /** Of a run when it was due, of a dataset when it was published last. */
  | {
      readonly event: 'schedule.late';
      readonly at: string;
      readonly job: string | null;
      readonly dataset: string | null;
      readonly dueAt: string;
    }
  | {
      readonly event: 'schedule.told';
      readonly at: string;
      readonly notify: string;
      readonly about: Occasion;
      readonly subject: string;
    }
  /** It could not be told, and is tried again at a moment; null: it is given up. */
  | {
      readonly event: 'schedule.untold';
      readonly at: string;
      readonly notify: string;
      readonly about: Occasion;
      readonly subject: string;
      readonly said: string;
      readonly again: string | null;
    }
  | { readonly event: 'schedule.stopping'; readonly at: string; readonly running: number }
  | { readonly event: 'schedule.lost'; readonly at: string }
  /** The state cannot be reached: what runs goes on, and nothing begins. */
  | { readonly event: 'schedule.away'; readonly at: string; readonly why: string };

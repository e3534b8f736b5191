/** Times, lengths and states in words, and the looks of states. */

export type Tone = 'good' | 'same' | 'running' | 'waiting' | 'skipped' | 'bad' | 'stopped';

/** Of a run, or of a task in it. */
export function toneOf(status: string, reason: string | null = null): Tone {
  switch (status) {
    case 'succeeded':
      return 'good';
    case 'running':
      return 'running';
    case 'failed':
    case 'died':
      return 'bad';
    case 'cancelled':
      return 'stopped';
    case 'skipped':
      return reason === 'unchanged' ? 'same' : 'skipped';
    default:
      return 'waiting';
  }
}

export function stateText(status: string, reason: string | null = null): string {
  if (status !== 'skipped') return status;
  return reason === 'unchanged' ? 'unchanged' : reason === 'cancelled' ? 'not begun' : 'left out';
}

/** `420 ms`, `4.2 s`, `3 m 05 s`, `2 h 07 m`. */
export function lengthText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const [minutes, seconds] = [Math.floor(ms / 60_000), Math.floor((ms % 60_000) / 1000)];
  if (minutes < 60) return `${minutes} m ${String(seconds).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} m`;
}

/** `2026-11-25 20:00:01`. */
export const momentText = (at: string): string => at.slice(0, 19).replace('T', ' ');

/** `now`, `3 min ago`, `in 2 h`, `5 d ago`. */
export function farText(at: string, now = Date.now()): string {
  const ms = Date.parse(at) - now;
  const minutes = Math.abs(ms) / 60_000;
  if (minutes < 1) return ms > 0 ? 'in a moment' : 'just now';
  const length =
    minutes < 60
      ? `${Math.floor(minutes)} min`
      : minutes < 48 * 60
        ? `${Math.floor(minutes / 60)} h`
        : `${Math.floor(minutes / 1440)} d`;
  return ms > 0 ? `in ${length}` : `${length} ago`;
}

export const countText = (count: number, what: string): string =>
  `${count.toLocaleString('en-US')} ${what}${count === 1 ? '' : 's'}`;

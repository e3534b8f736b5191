import { type Mood, moodOf } from './mood.ts';

interface Tickets {
  readonly ticket_id: readonly bigint[];
  /** Microseconds since 1970. */
  readonly opened_at: readonly bigint[];
  readonly text: readonly string[];
}

interface ReadTickets {
  readonly ticket_id: readonly bigint[];
  readonly opened_at: readonly bigint[];
  readonly words: readonly bigint[];
  readonly mood: readonly Mood[];
  readonly orders: readonly string[][];
}

/** The tickets of a batch, each with what its text says. */
export async function* readTickets(batches: AsyncIterable<Tickets>): AsyncGenerator<ReadTickets> {
  for await (const { ticket_id, opened_at, text } of batches) {
    yield {
      ticket_id,
      opened_at,
      words: text.map((each) => BigInt(each.trim().split(/\s+/).length)),
      mood: text.map(moodOf),
      orders: text.map((each) => [...new Set(each.match(/\b[A-Z]-\d{4}\b/g))]),
    };
  }
}

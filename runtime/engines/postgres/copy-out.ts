/**
 * The rows of a `COPY … TO STDOUT`, in slices of whole rows. The server sends each row as a message of its own (PostgreSQL,
 * "Message Flow", COPY Operations). The socket is read here while they come: the driver makes an object of each message.
 */
import type { Socket } from 'node:net';
import type { Connection, Submittable } from 'pg';
import { free } from '../memory.ts';

/** A slice is full at either. */
export interface SliceSize {
  readonly rows: number;
  readonly bytes: number;
}

/** What becomes of the rows. */
export interface RowSink<Slice> {
  /** The body of a message, in bytes that are good until it has settled. */
  readonly add: (bytes: Buffer, from: number, to: number) => void;
  /** The bytes go, and their memory with them. */
  readonly settle: () => void;
  readonly isFull: boolean;
  /** Gives what was added, and begins anew. */
  readonly end: () => Slice;
}

/** Of a message: its code, and its length, which counts itself. */
const HEAD = 5;
const LENGTH = 4;

const code = (letter: string): number => letter.charCodeAt(0);
const ROW = code('d');
const DONE = code('c');
/** The beginning of the rows, and what a server may say at any time: a parameter, a notice, a notification. */
const PASSED = ['H', 'S', 'N', 'A'].map(code);

export class CopyOut<Slice> implements Submittable {
  readonly #sql: string;
  readonly #sink: RowSink<Slice>;
  /** What the driver does with bytes, and the socket that they come from, while they are read here. */
  #taken: { readonly socket: Socket; readonly driver: (bytes: Buffer) => void } | null = null;
  /** The beginning of a message's head, where it came in two pieces. */
  #head: Buffer = Buffer.alloc(0);
  /** Bytes of the message that are to come. */
  #left = 0;
  #isRow = false;
  /** A row that came in more than one piece: as long as it will be, and what has come. */
  #parted: Buffer | null = null;
  #come = 0;
  #added = false;
  #sent: number | null = null;
  readonly #full: Slice[] = [];
  #failure: Error | null = null;
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(sql: string, sink: RowSink<Slice>) {
    this.#sql = sql;
    this.#sink = sink;
  }

  /** How many rows the server says it has sent, once all have come. */
  get sent(): number | null {
    return this.#sent;
  }

  /** The next is received when the one before is taken. @throws what the driver says of the server or the connection */
  async *slices(): AsyncGenerator<Slice, void, void> {
    for (;;) {
      const slice = this.#full.shift();
      if (slice !== undefined) {
        yield slice;
        continue;
      }
      if (this.#failure !== null) throw this.#failure;
      if (this.#ended) return;
      const bytes: Buffer | null = this.#taken?.socket.read() ?? null;
      if (bytes === null) await this.#something();
      else this.#take(bytes);
    }
  }

  #something(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  readonly #readable = (): void => this.#wake();

  #take(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#left === 0) {
        at = this.#begin(bytes, at);
        if (this.#taken === null) return;
        continue;
      }
      const end = Math.min(at + this.#left, bytes.length);
      if (this.#isRow) this.#row(bytes, at, end);
      this.#left -= end - at;
      at = end;
    }
    this.#sink.settle();
    free(bytes);
  }

  /** All of a row, or a piece of it. */
  #row(bytes: Buffer, from: number, to: number): void {
    if (this.#parted === null && to - from === this.#left) {
      this.#add(bytes, from, to);
      return;
    }
    this.#parted ??= Buffer.allocUnsafeSlow(this.#left);
    this.#come += bytes.copy(this.#parted, this.#come, from, to);
    if (this.#come < this.#parted.length) return;
    const row = this.#parted;
    this.#parted = null;
    this.#come = 0;
    this.#add(row, 0, row.length);
  }

  #add(bytes: Buffer, from: number, to: number): void {
    this.#sink.add(bytes, from, to);
    this.#added = true;
    if (this.#sink.isFull) this.#end();
  }

  /** A message's head; gives where its body begins. */
  #begin(bytes: Buffer, at: number): number {
    let [head, start] = [bytes, at];
    const known = this.#head.length;
    if (known > 0 || bytes.length - at < HEAD) {
      head = Buffer.concat([this.#head, bytes.subarray(at, at + HEAD - known)]);
      start = 0;
      if (head.length < HEAD) {
        this.#head = head;
        return bytes.length;
      }
      this.#head = Buffer.alloc(0);
    }
    const body = at + HEAD - known;
    const letter = head[start] as number;
    if (letter === DONE) this.#giveBack(bytes.subarray(body));
    else if (letter === ROW || PASSED.includes(letter)) {
      this.#isRow = letter === ROW;
      this.#left = head.readUInt32BE(start + 1) - LENGTH;
    } else this.#giveBack(Buffer.concat([head.subarray(start, start + HEAD), bytes.subarray(body)]));
    return body;
  }

  #end(): void {
    if (!this.#added) return;
    this.#full.push(this.#sink.end());
    this.#added = false;
  }

  /** The driver goes on with what is not a row. */
  #giveBack(rest: Buffer): void {
    const taken = this.#taken;
    if (taken === null) return;
    this.#taken = null;
    this.#end();
    const { socket, driver } = taken;
    socket.removeListener('readable', this.#readable);
    socket.on('data', driver);
    driver(rest);
    // Whoever stops listening to what can be read stops the socket with the next turn.
    process.nextTick(() => socket.resume());
  }

  /** Called by the driver, as are those below. */
  submit(connection: Connection): void {
    const socket = connection.stream as Socket;
    const [driver] = socket.listeners('data') as ((bytes: Buffer) => void)[];
    if (driver === undefined) throw new Error('nobody listens to the server');
    socket.removeListener('data', driver);
    socket.pause();
    this.#taken = { socket, driver };
    socket.on('readable', this.#readable);
    (connection as Connection & { readonly query: (sql: string) => void }).query(this.#sql);
  }

  handleError(failure: Error): void {
    this.#failure = failure;
    this.#wake();
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#sent = Number(/^COPY (\d+)$/.exec(text)?.[1]);
  }

  handleReadyForQuery(): void {
    this.#ended = true;
    this.#wake();
  }
}

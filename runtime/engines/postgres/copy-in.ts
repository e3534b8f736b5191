/**
 * Sends the rows of a `COPY … FROM STDIN` (PostgreSQL, "Message Flow", COPY Operations). A piece has gone to the system
 * before the next is asked for, so that all of them may be one buffer, and whoever takes slowly is waited for. What the
 * socket of the system holds, some megabytes, keeps the server busy meanwhile.
 */
import type { Socket } from 'node:net';
import type { Connection, Submittable } from 'pg';
import type { Pieces } from '../mover.ts';

/** What the driver has beside its types. */
type Wired = Connection & {
  readonly query: (sql: string) => void;
  readonly endCopyFrom: () => void;
  readonly sendCopyFail: (why: string) => void;
};

const DATA = 'd'.charCodeAt(0);
/** A message's length counts itself. */
const LENGTH = 4;

export class CopyIn implements Submittable {
  readonly #sql: string;
  readonly #begun = Promise.withResolvers<Wired>();
  readonly #ended = Promise.withResolvers<number>();
  #hasFailed = false;
  #rows = 0;

  constructor(sql: string) {
    this.#sql = sql;
    // Whoever waits for one hears of it.
    for (const { promise } of [this.#begun, this.#ended]) promise.catch(() => undefined);
  }

  /** Gives how many rows the server has put there. @throws what the pieces throw, or the driver of the server or the connection */
  async send(pieces: Pieces): Promise<number> {
    const connection = await this.#begun.promise;
    const socket = connection.stream as Socket;
    try {
      for await (const piece of pieces) if (this.#hasFailed || !(await sent(socket, piece))) break;
    } catch (failure) {
      // The server takes back what it has, and says so.
      connection.sendCopyFail('the rows ended in an error');
      await this.#ended.promise.catch(() => undefined);
      throw failure;
    }
    connection.endCopyFrom();
    return await this.#ended.promise;
  }

  /** Called by the driver, as are those below. */
  submit(connection: Connection): void {
    (connection as Wired).query(this.#sql);
  }

  handleCopyInResponse(connection: Connection): void {
    this.#begun.resolve(connection as Wired);
  }

  /** Of a server that has said so, what is still sent is thrown away. */
  handleError(failure: Error): void {
    this.#hasFailed = true;
    this.#begun.reject(failure);
    this.#ended.reject(failure);
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#rows = Number(/^COPY (\d+)$/.exec(text)?.[1]);
  }

  handleReadyForQuery(): void {
    this.#ended.resolve(this.#rows);
  }
}

/** As a message of its own; false where there is no connection any more, which the driver tells. */
function sent(socket: Socket, piece: Uint8Array): Promise<boolean> {
  const head = Buffer.alloc(1 + LENGTH, DATA);
  head.writeUInt32BE(LENGTH + piece.length, 1);
  return new Promise((resolve) => {
    socket.cork();
    socket.write(head);
    socket.write(piece, (failure) => resolve(failure === null || failure === undefined));
    socket.uncork();
  });
}

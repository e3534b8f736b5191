/** Messages by mail, handed to a server that speaks SMTP. */
import { createHash } from 'node:crypto';
import { linesOf, type Message, titleOf } from './message.ts';
import { Undelivered } from './post.ts';

export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
  /** `smtps://user:password@host:465`, `smtp://host:25`. */
  readonly server: string;
}

/** Of one step of the conversation, and of all of it. */
const PATIENCE = { stepMs: 10_000, wholeMs: 30_000 };

/** What is written, without where it is handed over. */
export const letter = ({ from, to }: Pick<Envelope, 'from' | 'to'>, message: Message) => ({
  from,
  to: [...to],
  subject: titleOf(message),
  text: `${[titleOf(message), ...linesOf(message)].join('\n')}\n`,
});

/**
 * What the server answered, in a few words.
 * @param event what it tells of: the same has the same `Message-ID`, so that a second copy is known as one
 * @throws Undelivered
 */
export async function mail(
  { from, to, server }: Envelope,
  event: string,
  message: Message,
  { stepMs, wholeMs }: typeof PATIENCE = PATIENCE,
): Promise<string> {
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    ...place(server),
    connectionTimeout: stepMs,
    greetingTimeout: stepMs,
    socketTimeout: stepMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const id = createHash('sha256').update(event).digest('hex').slice(0, 32);
  const late = AbortSignal.timeout(wholeMs);
  try {
    const { response, rejected } = await Promise.race([
      transport.sendMail({
        ...letter({ from, to }, message),
        messageId: `<${id}@${from.split('@')[1] ?? 'pipec'}>`,
        // Programs that answer mail by themselves leave this one alone (RFC 3834).
        headers: { 'Auto-Submitted': 'auto-generated' },
      }),
      new Promise<never>((_, reject) => {
        late.addEventListener('abort', () => reject(new Undelivered(`it took longer than ${wholeMs / 1000} s`)));
      }),
    ]);
    const refused = (rejected as readonly (string | { readonly address: string })[])
      .map((one) => (typeof one === 'string' ? one : one.address))
      .join(', ');
    return `it answered ${/^\d{3}/.exec(response)?.[0] ?? 'something else'}${refused === '' ? '' : `, and takes nothing for ${refused}`}`;
  } catch (failure) {
    throw failure instanceof Undelivered ? failure : new Undelivered(whyNot(failure));
  } finally {
    transport.close();
  }
}

/** The parts of its address that count, and nothing else that one could say in it. */
function place(server: string) {
  const url = URL.parse(server);
  if (url === null || (url.protocol !== 'smtp:' && url.protocol !== 'smtps:') || url.hostname === '')
    throw new Undelivered('its address is none of `smtps://…` or `smtp://…`');
  const secure = url.protocol === 'smtps:';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const isHere = /^(?:localhost|127\.0\.0\.1|::1)$/.test(host);
  const auth = url.username === '' ? null : { user: decode(url.username), pass: decode(url.password) };
  return {
    host,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    // A password never goes over a line that others read.
    requireTLS: !secure && auth !== null && !isHere,
    ...(auth === null ? {} : { auth }),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const CODES: Readonly<Record<string, string>> = {
  EAUTH: 'it does not take the user and password',
  ECONNECTION: 'it cannot be reached',
  EDNS: 'it cannot be found',
  EENVELOPE: 'it takes no mail of this sender for these addresses',
  EMESSAGE: 'it does not take the message',
  ESOCKET: 'it cannot be reached',
  ETIMEDOUT: 'it did not answer in time',
  ETLS: 'it offers no TLS that can be trusted',
};

/** In words of our own, as those of the server may tell the user or the password. */
function whyNot(failure: unknown): string {
  const { code, responseCode } = failure as { readonly code?: unknown; readonly responseCode?: unknown };
  const why = CODES[String(code)] ?? 'it could not be sent';
  const detail = typeof responseCode === 'number' ? responseCode : code;
  return detail === undefined ? why : `${why} (${String(detail)})`;
}

/** Posting a message as JSON. Whoever answers may lie: it is given so long, nothing of what it says is read, and it sends us nowhere else. */

/** A message that did not arrive, in words that are free of its address. */
export class Undelivered extends Error {
  /** It asks to be left alone for so long. */
  readonly waitMs: number | null;

  constructor(said: string, waitMs: number | null = null) {
    super(said);
    this.waitMs = waitMs;
  }
}

export const PATIENCE_MS = 10_000;
/** However long it asks for, it is asked again within an hour. */
const LONGEST_MS = 3_600_000;

/** What it answered, in a few words. @throws Undelivered */
export async function post(
  address: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  patienceMs = PATIENCE_MS,
): Promise<string> {
  const url = URL.parse(address);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new Undelivered('its address is none of `https://…`');
  if (url.username !== '' || url.password !== '')
    throw new Undelivered('its address has a user in it: give the password as `token`');
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'pipec', ...headers },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(patienceMs),
    });
  } catch (failure) {
    throw new Undelivered(whyNot(failure, patienceMs));
  }
  // What it has to say is not waited for: it might never end.
  await response.body?.cancel().catch(() => undefined);
  const { status } = response;
  if (status >= 300 && status < 400) throw new Undelivered(`it answered ${status}, a redirect, which is not followed`);
  if (!response.ok) throw new Undelivered(`it answered ${status}`, waitOf(response.headers.get('retry-after')));
  return `it answered ${status}`;
}

function whyNot(failure: unknown, patienceMs: number): string {
  if (failure instanceof Error && failure.name === 'TimeoutError')
    return `it did not answer within ${patienceMs / 1000} s`;
  const cause = failure instanceof Error ? (failure.cause as { readonly code?: unknown } | undefined) : undefined;
  // The words of the failure may hold the address, and the address is a secret.
  return typeof cause?.code === 'string' ? `it cannot be reached (${cause.code})` : 'it cannot be reached';
}

/** `Retry-After` in seconds; of a date nothing is made, as their clock is not ours. */
function waitOf(header: string | null): number | null {
  return header !== null && /^\d{1,6}$/.test(header) ? Math.min(Number(header) * 1000, LONGEST_MS) : null;
}

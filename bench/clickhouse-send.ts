/** The bare statements of bench/move.ts over HTTP: `<url> <statement>… [<insert> <file>]`. */
import { openAsBlob } from 'node:fs';

const [url = '', ...words] = process.argv.slice(2);
const { username, password, origin } = new URL(url);
const headers = { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };

async function send(path: string, body: string | Blob): Promise<void> {
  const answer = await fetch(path, { method: 'POST', headers, body });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
}

const file = words.length > 1 ? words.pop() : undefined;
const insert = file === undefined ? undefined : words.pop();
for (const statement of words) await send(origin, statement);
if (file !== undefined && insert !== undefined)
  await send(`${origin}/?query=${encodeURIComponent(insert)}`, await openAsBlob(file));

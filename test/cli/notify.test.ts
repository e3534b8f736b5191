/** `pipec notify` as a person calls it, with receivers that take it, refuse it and are not there. */
import { expect, test } from 'vitest';
import { newFolder, pipec, write } from '../support/command.ts';
import { nobody, receiver } from '../support/receiver.ts';

const PROGRAM = `
project shop { owner: 'me@example.com', target: local }
target local { engine: duckdb(path: '.pipec/shop.duckdb') }
target other { engine: duckdb(path: '.pipec/other.duckdb') }
store dwh : warehouse { owner: 'me@example.com', retention: 1y }
table one in dwh.core = from values [{ x: 1 }]
job often { schedule: every(1h), builds: [one] }
notify on_call { to: slack(secret('SLACK_URL')), targets: [local] }
notify hook { to: webhook(secret('HOOK_URL'), token: secret('HOOK_TOKEN')), targets: [local] }
notify desk { to: email('data@shop.example', from: 'pipec@shop.example', server: secret('SMTP_URL')), targets: [local] }
`;

test('each is told, what it answers is shown, and its address is not', async () => {
  const folder = newFolder();
  write(folder, { 'shop.pipe': PROGRAM });
  const slack = await receiver(() => 200);
  const hook = await receiver(() => 403);
  const env = {
    SLACK_URL: `${slack.url}/services/t0ken-in-path`,
    HOOK_URL: hook.url,
    HOOK_TOKEN: 'hunter22',
    SMTP_URL: (await nobody()).replace('http', 'smtp'),
  };
  const { code, out, err } = await pipec(['notify'], { folder, env });
  expect(out.split('\n')).toEqual([
    '✔ on_call  slack    it answered 200',
    '✗ hook     webhook  it answered 403',
    expect.stringMatching(/^✗ desk {5}email {4}it cannot be reached \(\w+\)$/),
    '',
  ]);
  expect({ code, err }).toEqual({ code: 3, err: '2 receivers could not be told.\n' });
  expect(slack.received[0]?.body).toEqual({ text: expect.stringContaining('This is a test of on_call (shop, local)') });
  expect(hook.received[0]).toMatchObject({
    headers: { authorization: 'Bearer hunter22' },
    body: { subject: 'test', event: expect.stringMatching(/^test hook /) },
  });
  const json = await pipec(['notify', 'on_call', '--json'], { folder, env });
  expect(json.code).toBe(0);
  expect(JSON.parse(json.out)).toMatchObject({
    notify: 'on_call',
    kind: 'slack',
    status: 'sent',
    said: 'it answered 200',
  });
  expect(out + err + json.out).not.toMatch(/t0ken|hunter22|127\.0\.0\.1/);
});

test('a dry run needs no address and sends nothing', async () => {
  const folder = newFolder();
  write(folder, { 'shop.pipe': PROGRAM });
  const { code, out, err } = await pipec(['notify', '--dry-run'], { folder });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^→ on_call {2}slack\n {4}:x: \*This is a test of on_call \(shop, local\)\*\n {4}Due /);
  expect(out).toContain('\n→ hook     webhook\n    {\n      "about": "failure",\n');
  expect(out).toContain('    to: data@shop.example\n    subject: This is a test of desk (shop, local)\n');
  const missing = await pipec(['notify', 'on_call'], { folder });
  expect(missing).toMatchObject({ code: 3, out: expect.stringContaining('✗ on_call  slack    ') });
  expect(missing.out).toContain('SLACK_URL');
});

test('who is not there is told', async () => {
  const folder = newFolder();
  write(folder, { 'shop.pipe': PROGRAM });
  const unknown = await pipec(['notify', 'on_cal'], { folder });
  expect(unknown.code).toBe(2);
  expect(unknown.err).toContain('did you mean `on_call`?');
  const other = await pipec(['notify', '--target', 'other'], { folder });
  expect(other.code).toBe(2);
  expect(other.err).toContain('nobody is told of runs in `other`');
});

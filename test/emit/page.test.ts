/** The report's page in a browser: what a person sees, from a file, with names as hostile as names can be. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReportInput } from '../../compiler/emit/report/input.ts';
import { renderReport } from '../../compiler/emit/report/page.ts';
import type { DatasetPlan, Plan } from '../../runtime/plan.ts';
import { plan } from './plan.ts';

const browser = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
);
const folder = mkdtempSync(join(tmpdir(), 'pipec-page-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HOSTILE = `"><img src=x onerror="document.title='pwned'"></script><script>document.title='pwned'</script>`;

/** One dataset over another, `count` long; the first is hostile in every word. */
function chain(count: number): Plan {
  const datasets = Array.from({ length: count }, (_, i): DatasetPlan => {
    const name = `dwh.s${i % 7}.t${i}`;
    const before = i === 0 ? null : `dwh.s${(i - 1) % 7}.t${i - 1}`;
    return {
      name,
      kind: i === 0 ? 'source' : 'table',
      doc: `Words ${HOSTILE}`,
      owner: HOSTILE,
      layer: i === count - 1 ? 'mart' : 'core',
      columns: ['id', HOSTILE].map((column) => ({ name: column, type: 'int64', nullable: false, doc: HOSTILE })),
      key: ['id'],
      order: [],
      reads: before === null ? [] : [before],
      view: { schema: `s${i % 7}`, name: `t${i}` },
      at: { file: 'a.pipe', line: i + 1 },
      lineage: ['id', HOSTILE].map((column) => ({
        column,
        from: before === null ? [] : [{ dataset: before, column, kind: 'direct' as const }],
      })),
    };
  });
  return { ...plan, project: `shop ${HOSTILE}`, datasets, jobs: [] };
}

async function pageOf(plan: Plan, rest: Partial<ReportInput> = {}): Promise<string> {
  const path = join(folder, `page-${plan.datasets.length}.html`);
  writeFileSync(path, await renderReport({ plan, run: null, previews: {}, charts: {}, ...rest }));
  return pathToFileURL(path).href;
}

/** The DOM after the page's script has run, without the script and its data; and what the browser complained of. */
function seen(address: string): { readonly dom: string; readonly complaints: string } {
  const { stdout, stderr } = spawnSync(
    browser ?? '',
    [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
      ...['--disable-background-networking', '--disable-component-update', '--enable-logging=stderr'],
      ...[
        `--user-data-dir=${join(folder, 'profile')}`,
        '--window-size=1280,900',
        '--virtual-time-budget=3000',
        '--dump-dom',
        address,
      ],
    ],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  return {
    dom: stdout.replace(/<script[\s\S]*?<\/script>/g, ''),
    complaints: stderr
      .split('\n')
      .filter((line) => line.includes('CONSOLE'))
      .join('\n'),
  };
}
const count = (text: string, part: RegExp): number => [...text.matchAll(part)].length;

it.runIf(browser === undefined)('needs chromium, which is not here: the page is not seen', () => {});

describe.skipIf(browser === undefined)('the page in a browser', { timeout: 60_000 }, () => {
  let small = '';
  beforeAll(async () => {
    const [first, ...more] = chain(6).datasets;
    const last = more.at(-1);
    if (first === undefined || last === undefined) throw new Error('no datasets');
    const rows = {
      columns: ['id', HOSTILE],
      rows: [
        ['1', HOSTILE],
        ['2', '7'],
        ['3', null],
      ],
    };
    small = await pageOf(chain(6), {
      previews: { [first.name]: rows, [last.name]: rows },
      charts: { [last.name]: rows },
    });
  });

  it('shows the overview: the graph, the charts, the list', () => {
    const { dom, complaints } = seen(small);
    expect(complaints).toBe('');
    expect(count(dom, /class="node /g)).toBe(6);
    expect(count(dom, /<figure /g)).toBe(1);
    expect(count(dom, /<nav[\s\S]*dwh\.s0[\s\S]*<b>t0<\/b>/g)).toBe(1);
  });

  it('is never led by a name', () => {
    for (const hash of ['#/dataset/%E0%A4%A', `#/dataset/dwh.s3.t3/${encodeURIComponent(HOSTILE)}`]) {
      const { dom, complaints } = seen(small + hash);
      expect(complaints, hash).toBe('');
      expect(count(dom, /<img/g), hash).toBe(0);
      expect(/<title>([^<]*)<\/title>/.exec(dom)?.[1], hash).not.toBe('pwned');
      expect(count(dom, /&lt;img src=x/g), hash).toBeGreaterThan(5);
    }
  });

  it('shows a dataset with its rows, and the path of a column', () => {
    const source = seen(`${small}#/dataset/dwh.s0.t0`).dom;
    expect(count(source, /<h1[^>]*>t0<\/h1>/g)).toBe(1);
    expect(count(source, /<i class="null">null<\/i>/g)).toBe(1);
    // Two steps down without a column, all the way with one.
    expect(count(source, /<path class="direct"/g)).toBe(2);
    const path = seen(`${small}#/dataset/dwh.s3.t3/id`).dom;
    expect(count(path, /<path class="direct"/g)).toBe(5);
    expect(count(path, /<li class="picked"/g)).toBe(1);
  });

  it('holds a thousand datasets', async () => {
    const { dom, complaints } = seen(`${await pageOf(chain(1000))}#/dataset/dwh.s3.t500/id`);
    expect(complaints).toBe('');
    expect(count(dom, /<h1[^>]*>t500<\/h1>/g)).toBe(1);
    expect(count(dom, /<path class="direct"/g)).toBe(999);
    // The graph is one of schemas.
    expect(count(dom, /class="node /g)).toBe(7);
  });
});

it('asks for nothing outside of itself', async () => {
  const page = await renderReport({ plan: chain(3), run: null, previews: {}, charts: {} });
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? '';
  expect(policy).toMatch(
    /^default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;; img-src data:; script-src &#39;sha256-/,
  );
  expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  expect(page).not.toContain('<img');
});

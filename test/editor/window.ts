/** A window of the editor, driven as a person drives it: by keys, and by what can be read on the screen. */
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type FrameLocator, type Locator, type Page } from 'playwright-core';
import { expect, inject } from 'vitest';
import type { Bench } from './server.ts';

const root = join(import.meta.dirname, '..', '..');
const pictures = join(import.meta.dirname, 'output');
const SLOW = 45_000;

export const bench: Bench | null = inject('editor');

let browser: Browser | null = null;

/** A project of its own for one test: a copy of an example, with pipec installed as a project has it, or without. */
export function projectFrom(example: string, { hasPipec = true } = {}): string {
  if (bench === null) throw new Error('no bench');
  const folder = join(mkdtempSync(join(bench.home, 'p-')), example);
  cpSync(join(root, 'examples', example), folder, {
    recursive: true,
    filter: (file) => !/[\\/](?:\.pipec|dist)$/.test(file),
  });
  if (!hasPipec) return folder;
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules', 'pipec'), 'dir');
  return folder;
}

/** What is there now is the last commit. */
export function committed(folder: string): void {
  const git = (...args: readonly string[]) => {
    const name = ['-c', 'user.name=a', '-c', 'user.email=a@shop.example'];
    const { status, stderr } = spawnSync('git', ['-C', folder, ...name, ...args], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  };
  git('init', '-q');
  git('add', '*.pipe');
  git('commit', '-q', '-m', 'first');
}

export async function closeBrowser(): Promise<void> {
  await browser?.close();
  browser = null;
}

/** Settings of the folder; the editor takes them over when they change. */
function setSettings(folder: string, settings: Readonly<Record<string, unknown>>): void {
  mkdirSync(join(folder, '.vscode'), { recursive: true });
  writeFileSync(join(folder, '.vscode', 'settings.json'), JSON.stringify(settings));
}

/** What the extension and its server said. */
function log({ home }: Bench): string {
  const logs = globSync(join(home, 'ud', 'logs', '**', 'pipec.pipec', '*.log'));
  return logs.map((file) => readFileSync(file, 'utf8')).join('\n');
}

export class Window {
  readonly page: Page;
  readonly folder: string;

  constructor(page: Page, folder: string) {
    this.page = page;
    this.folder = folder;
  }

  /** Opens a folder with one of its files, the caret on a line and column (from 1), and waits for the extension. */
  static async open(...of: Parameters<typeof Window.openBare>): Promise<Window> {
    const window = await Window.openBare(...of);
    const { page } = window;
    await window.status.waitFor();
    try {
      await expect.poll(() => window.status.textContent(), { timeout: SLOW }).toMatch(/·/);
    } catch (error) {
      await window.picture('not-ready');
      throw new Error(`the extension was not ready: ${bench === null ? '' : log(bench)}`, { cause: error });
    }
    // The editor has heard what the server can do once it shows what can be done with a dataset.
    await page.locator('.codelens-decoration a').first().waitFor({ state: 'attached' });
    return window;
  }

  /** The same, and waits for the editor alone. */
  static async openBare(
    folder: string,
    file: string,
    caret = '1:1',
    settings: Readonly<Record<string, unknown>> = {},
    port = bench?.port,
  ): Promise<Window> {
    if (bench === null || port === undefined) throw new Error('no bench');
    if (Object.keys(settings).length > 0) setSettings(folder, settings);
    browser ??= await chromium.launch({
      executablePath: bench.chromium,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    const context = await browser.newContext({ viewport: { width: 1360, height: 860 } });
    const page = await context.newPage();
    page.setDefaultTimeout(SLOW);
    const payload = JSON.stringify([
      ['openFile', `vscode-remote://127.0.0.1:${port}${join(folder, file)}:${caret}`],
      ['gotoLineMode', 'true'],
    ]);
    await page.goto(
      `http://127.0.0.1:${port}/?folder=${encodeURIComponent(folder)}&payload=${encodeURIComponent(payload)}`,
    );
    await page.waitForFunction(() => performance.getEntriesByName('code/didLoadExtensions').length > 0);
    const window = new Window(page, folder);
    await window.tab(file).waitFor();
    return window;
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }

  /** A picture of what is there now, for people to look at. */
  async picture(name: string): Promise<void> {
    mkdirSync(pictures, { recursive: true });
    await this.page.screenshot({ path: join(pictures, `${name}.png`) });
  }

  /** Changes the colours of the window. */
  async theme(name: 'Default High Contrast'): Promise<void> {
    setSettings(this.folder, { 'workbench.colorTheme': name });
    await this.page.locator('.monaco-workbench.hc-black').waitFor();
    await this.view.locator('body.vscode-high-contrast').waitFor();
  }

  // ---------------------------------------------------------------------------------------------- what is on the screen

  /** The entry of pipec in the status bar. */
  get status(): Locator {
    return this.page.locator('#pipec\\.pipec\\.pipec');
  }

  tab(file: string): Locator {
    return this.page.locator(`.tab.active[data-resource-name="${file.split('/').at(-1)}"]`);
  }

  get errors(): Locator {
    return this.page.locator('.squiggly-error');
  }

  /** Waits until no problem is left anywhere. */
  async noProblems(): Promise<void> {
    await this.page.locator('#status\\.problems a[aria-label="No Problems"]').waitFor();
    await expect.poll(() => this.errors.count()).toBe(0);
  }

  /** The page in the webview that shows. */
  get view(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
  }

  /** A text in any of the pages that are open, also where another lies over it. */
  shown(text: string): Locator {
    return this.view.getByText(text).first();
  }

  // ---------------------------------------------------------------------------------------------- what a person does

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  type(text: string): Promise<void> {
    return this.page.keyboard.type(text, { delay: 15 });
  }

  /** Presses until what is awaited shows: a shortcut that comes early is lost. */
  async pressFor(key: string, awaited: Locator): Promise<Locator> {
    for (let tries = 0; tries < 6; tries++) {
      await this.press(...key.split(' '));
      try {
        await awaited.first().waitFor({ timeout: 3000 });
        return awaited;
      } catch {
        await this.press('Escape');
      }
    }
    await this.picture(`missing-${key.replaceAll(/\W+/g, '-')}`);
    throw new Error(`${key} showed nothing`);
  }

  async caret(line: number, column: number): Promise<void> {
    const box = this.page.locator('.quick-input-widget .quick-input-box input');
    await this.pressFor('Control+g', box);
    await box.fill(`:${line}:${column}`);
    await this.press('Enter');
    await box.waitFor({ state: 'hidden' });
  }

  /** A command of the palette, by its title. */
  async command(title: string): Promise<void> {
    await this.#chosen('F1', `>${title}`, title);
  }

  async goTo(file: string): Promise<void> {
    await this.#chosen('Control+p', file, file);
    await this.tab(file).waitFor();
  }

  /**
   * Chooses in the list that a key opens. What it offers is settled as it opens: where it does not have the entry yet, it is
   * opened again. Enter takes the entry that is marked, which is not the one looked for until the list has followed the text.
   */
  async #chosen(key: string, text: string, entry: string): Promise<void> {
    const box = this.page.locator('.quick-input-widget .quick-input-box input');
    const marked = this.page.locator('.quick-input-widget .monaco-list-row.focused').filter({ hasText: entry });
    for (let tries = 0; tries < 10; tries++) {
      await this.pressFor(key, box);
      await box.fill(text);
      try {
        await marked.waitFor({ timeout: 3000 });
        await this.press('Enter');
        await box.waitFor({ state: 'hidden' });
        return;
      } catch {
        await this.press('Escape');
      }
    }
    await this.picture('not-offered');
    throw new Error(`${key} offers no ${entry}`);
  }

  async save(): Promise<void> {
    await this.press('Control+s');
    await this.page.locator('.tab.active:not(.dirty)').waitFor();
  }

  /** What is on disk: the editor shows only part of a file, and with spaces of its own. */
  saved(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8');
  }
}

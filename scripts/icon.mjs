/** `npm run extension:icon`: draws the extension's icon, with Chromium ($CHROMIUM, or `chromium`). By hand, when it changes. */
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { extensionIcon } from '../extension/icon.ts';
import { root } from './ground.mjs';

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
const page = await browser.newPage({ viewport: { width: 256, height: 256 } });
await page.setContent(`<style>body { margin: 0 } svg { display: block }</style>${extensionIcon}`);
await page.screenshot({ path: join(root, 'extension', 'images', 'icon.png'), omitBackground: true });
await browser.close();

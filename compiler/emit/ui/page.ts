/** The page of what runs, before its script fills it: it says nothing of any project. */
import { html } from '../report/html.ts';

/** A line that falls and flows on, as an icon. */
const ICON =
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><path d='M2 4h5v8h7' fill='none' stroke='%232f5fd0' stroke-width='2.4'/></svg>";

export function uiPage(): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>pipec</title><link rel="icon" href="${ICON}"><link rel="stylesheet" href="/page.css"><script src="/page.js" defer></script></head>
<body><noscript>This page needs JavaScript; \`pipec runs\`, \`pipec logs\` and \`pipec status\` tell the same.</noscript></body></html>
`.markup;
}

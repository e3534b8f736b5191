/**
 * How a view in a webview is made here. Its page is one script and one style (`views/<name>/page.ts`, `page.css`), bundled
 * for a browser; it may load nothing else, reaches no network, and knows its host by typed messages only. Colours, fonts
 * and focus come from the theme through views/base.css, so that light, dark and high contrast need nothing of their own.
 */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { ViewName } from './registry.ts';

export interface Panel<ToPage> {
  /** Kept until the page has said that it listens. */
  readonly post: (message: ToPage) => void;
  readonly reveal: () => void;
  readonly onDidClose: (listener: () => void) => void;
  /** Whether it is the one that shows in its group. */
  readonly isVisible: () => boolean;
  readonly onDidShow: (listener: () => void) => void;
  setTitle(title: string): void;
}

export class Views implements vscode.Disposable {
  readonly #extension: vscode.Uri;
  readonly #home: vscode.Uri;
  readonly #open = new Set<vscode.WebviewPanel>();

  constructor(extension: vscode.Uri) {
    this.#extension = extension;
    this.#home = vscode.Uri.joinPath(extension, 'dist', 'views');
  }

  dispose(): void {
    for (const panel of this.#open) panel.dispose();
  }

  /** Opens a panel beside the editor; what its page says goes to `onMessage`. */
  open<ToPage, FromPage>(
    view: { readonly name: ViewName; readonly title: string },
    onMessage: (message: FromPage) => void,
  ): Panel<ToPage> {
    const panel = vscode.window.createWebviewPanel(
      `pipec.${view.name}`,
      view.title,
      { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
      { enableScripts: true, localResourceRoots: [this.#home], retainContextWhenHidden: true },
    );
    this.#open.add(panel);
    panel.iconPath = vscode.Uri.joinPath(this.#extension, 'images', 'file.svg');
    panel.webview.html = this.#html(panel.webview, view.name, view.title);
    const closing: (() => void)[] = [];
    panel.onDidDispose(() => {
      this.#open.delete(panel);
      for (const listener of closing) listener();
    });
    let early: ToPage[] | null = [];
    panel.webview.onDidReceiveMessage((message: FromPage | { readonly is: 'ready' }) => {
      if (!isReady(message)) return onMessage(message);
      for (const waiting of early ?? []) void panel.webview.postMessage(waiting);
      early = null;
    });
    return {
      post: (message) => {
        if (early !== null) early.push(message);
        else void panel.webview.postMessage(message);
      },
      reveal: () => panel.reveal(undefined, true),
      onDidClose: (listener) => closing.push(listener),
      isVisible: () => panel.visible,
      onDidShow: (listener) => panel.onDidChangeViewState(() => panel.visible && listener()),
      setTitle: (title) => {
        panel.title = title;
      },
    };
  }

  #html(webview: vscode.Webview, name: ViewName, title: string): string {
    const nonce = randomBytes(16).toString('base64url');
    const script = webview.asWebviewUri(vscode.Uri.joinPath(this.#home, name, 'page.js'));
    const style = webview.asWebviewUri(vscode.Uri.joinPath(this.#home, name, 'page.css'));
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'; connect-src ${webview.cspSource}; worker-src blob:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<link rel="stylesheet" href="${escaped(String(style))}">
</head>
<body>
<main id="root"></main>
<script nonce="${nonce}" src="${escaped(String(script))}"></script>
</body>
</html>`;
  }
}

function isReady(message: unknown): message is { readonly is: 'ready' } {
  return typeof message === 'object' && message !== null && 'is' in message && message.is === 'ready';
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

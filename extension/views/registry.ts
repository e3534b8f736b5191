/** Every view: a folder with `view.ts` (in the editor), `page.ts` and `page.css` (in the webview) and `messages.ts` between. */
export const viewNames = ['run', 'preview', 'lineage', 'inspector'] as const;
export type ViewName = (typeof viewNames)[number];

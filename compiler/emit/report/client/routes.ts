/** What is shown, as the part of the address after `#`: so that Back works and a place can be sent to somebody. */

export type Route =
  | { readonly page: 'overview' }
  | { readonly page: 'dataset'; readonly dataset: string; readonly column: string | null };

export const overviewLink = '#/';
export const datasetLink = (dataset: string): string => `#/dataset/${encodeURIComponent(dataset)}`;
export const columnLink = (dataset: string, column: string): string =>
  `${datasetLink(dataset)}/${encodeURIComponent(column)}`;

export function readRoute(hash: string): Route {
  try {
    const [, page, dataset, column] = hash.slice(1).split('/').map(decodeURIComponent);
    if (page === 'dataset' && dataset !== undefined) return { page, dataset, column: column ?? null };
  } catch {
    // An address that somebody has cut short shows the overview.
  }
  return { page: 'overview' };
}

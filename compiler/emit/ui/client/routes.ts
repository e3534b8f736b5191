/** What is shown, as the part of the address after `#`: so that Back works and a place can be sent to somebody. */

export type Route =
  | { readonly page: 'overview' }
  /** A job; of the run, or of the last one; with a task of it beside. */
  | { readonly page: 'job'; readonly job: string; readonly run: string | null; readonly task: string | null }
  /** A run that is of no job. */
  | { readonly page: 'run'; readonly run: string; readonly task: string | null }
  | { readonly page: 'dataset'; readonly dataset: string }
  /** All of them. */
  | { readonly page: 'datasets' };

export function linkTo(route: Route): string {
  return `#/${partsOf(route)
    .map((part) => encodeURIComponent(part))
    .join('/')}`;
}

function partsOf(route: Route): readonly string[] {
  const given = (...parts: readonly (string | null)[]): string[] => parts.filter((part) => part !== null);
  switch (route.page) {
    case 'overview':
      return [];
    case 'job':
      return given('job', route.job, route.run, route.run === null ? null : route.task);
    case 'run':
      return given('run', route.run, route.task);
    case 'dataset':
      return ['dataset', route.dataset];
    case 'datasets':
      return ['datasets'];
  }
}

export function readRoute(hash: string): Route {
  try {
    const [, page, name, second = null, third = null] = hash.slice(1).split('/').map(decodeURIComponent);
    if (page === 'datasets') return { page };
    if (name === undefined || name === '') return { page: 'overview' };
    if (page === 'job') return { page, job: name, run: second, task: third };
    if (page === 'run') return { page, run: name, task: second };
    if (page === 'dataset') return { page, dataset: name };
  } catch {
    // An address that somebody has cut short shows the overview.
  }
  return { page: 'overview' };
}

/** Where a run is shown: within its job, where it has one. */
export function linkToRun(run: string, job: string | null, task: string | null = null): string {
  return linkTo(job === null ? { page: 'run', run, task } : { page: 'job', job, run, task });
}

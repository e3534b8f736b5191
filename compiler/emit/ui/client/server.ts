/** What is asked of the server. */
import type {
  ActionBodies,
  ActionName,
  DatasetAnswer,
  DatasetsAnswer,
  EnvironmentsAnswer,
  JobAnswer,
  JobsAnswer,
  LiveMessage,
  LogAnswer,
  Refusal,
  RowsAnswer,
  RunAnswer,
  RunsAnswer,
  Session,
  SignInAnswer,
  StandingAnswer,
  StatusAnswer,
} from '../../../../runtime/web/api.ts';

/** Thrown where the server does not answer what was asked for. */
export class Refused extends Error {
  readonly code: Refusal['code'] | 'away';
  constructor(code: Refusal['code'] | 'away', message: string) {
    super(message);
    this.code = code;
  }
}

export const ask = {
  session: () => get<Session>('session'),
  signIn: () => get<SignInAnswer>('sign-in'),
  jobs: () => get<JobsAnswer>('jobs'),
  runs: () => get<RunsAnswer>('runs'),
  standing: () => get<StandingAnswer>('standing'),
  environments: () => get<EnvironmentsAnswer>('environments'),
  job: (job: string) => get<JobAnswer>('jobs', job),
  run: (run: string) => get<RunAnswer>('runs', run),
  dataset: (dataset: string) => get<DatasetAnswer>('datasets', dataset),
  status: (dataset: string) => get<StatusAnswer>('datasets', dataset, 'status'),
  quarantine: (dataset: string) => get<RowsAnswer>('datasets', dataset, 'quarantine'),
  datasets: () => get<DatasetsAnswer>('datasets'),
  log: (run: string, task: string | null, after: number | null) => {
    const query = new URLSearchParams({
      ...(after === null ? {} : { after: String(after) }),
      ...(task === null ? {} : { task }),
    });
    return fetched<LogAnswer>(`${address('runs', run, 'log')}?${query}`, {});
  },
};

/** Has something done; answers what the server tells of it. */
export async function act<Name extends ActionName>(name: Name, body: ActionBodies[Name]): Promise<string> {
  return (await post<{ readonly told: string }>(body, 'actions', name)).told;
}

export const signIn = (token: string): Promise<unknown> => post({ token }, 'sign-in');
export const signOut = (): Promise<unknown> => post({}, 'sign-out');

/** Hears what happens, and when the line to the server is there or gone. */
export function listen(hear: (message: LiveMessage) => void, line: (there: boolean) => void): void {
  const source = new EventSource('/api/live');
  source.addEventListener('open', () => line(true));
  source.addEventListener('error', () => line(false));
  source.addEventListener('message', ({ data }) => hear(JSON.parse(data) as LiveMessage));
}

const address = (...parts: readonly string[]): string => `/api/${parts.map(encodeURIComponent).join('/')}`;

const get = <Answer>(...parts: readonly string[]): Promise<Answer> => fetched<Answer>(address(...parts), {});

const post = <Answer>(body: object, ...parts: readonly string[]): Promise<Answer> =>
  fetched<Answer>(address(...parts), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Pipec': '1' },
    body: JSON.stringify(body),
  });

async function fetched<Answer>(path: string, options: RequestInit): Promise<Answer> {
  const response = await fetch(path, options).catch(() => {
    throw new Refused('away', 'the server does not answer');
  });
  const value: unknown = await response.json().catch(() => null);
  if (response.ok) return value as Answer;
  const { code, message } = (value ?? {}) as Partial<Refusal>;
  throw new Refused(code ?? 'failed', message ?? `the server answered ${response.status}`);
}

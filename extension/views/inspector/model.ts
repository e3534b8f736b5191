/** What is known of the dataset that is inspected, out of the messages. Plain data; the page draws it. */
import type { DatasetRunLine } from '../../../compiler/cli/machine.ts';
import type { Inspection } from '../../server/protocol.ts';
import type { Compared, TestOutcome, Trouble } from '../answers.ts';
import type { Runs, Sample, Tab, ToPage } from './messages.ts';

export interface Inspector {
  readonly root: string;
  /** Null where there is no dataset. */
  readonly inspection: Inspection | null;
  readonly canRun: boolean;
  readonly sample: Exclude<Sample, { readonly is: 'computing' }> | null;
  /** What is told of the rows is of a text of before. */
  readonly isSampling: boolean;
  readonly runs: Exclude<Runs, { readonly is: 'reading' }> | null;
  readonly tests: readonly TestOutcome[];
  /** What is computed for the comparison: null where nothing is, '' where it is not known yet. */
  readonly comparing: string | null;
  readonly compared: Compared | null;
  readonly trouble: Trouble | null;
}

export const nothing: Inspector = {
  root: '',
  inspection: null,
  canRun: false,
  sample: null,
  isSampling: false,
  runs: null,
  tests: [],
  comparing: null,
  compared: null,
  trouble: null,
};

export function after(known: Inspector, message: ToPage): Inspector {
  switch (message.is) {
    case 'nothing':
      return nothing;
    case 'dataset': {
      const { root, inspection, canRun } = message;
      const isSame = known.root === root && known.inspection?.name === inspection.name;
      return { ...(isSame ? known : nothing), root, inspection, canRun };
    }
    case 'sample':
      // What was told stays until there is something new.
      if (message.sample.is === 'computing') return { ...known, isSampling: true };
      return { ...known, sample: message.sample, isSampling: false };
    case 'runs':
      return message.runs.is === 'reading' ? known : { ...known, runs: message.runs };
    case 'tests':
      return { ...known, tests: message.tests };
    case 'comparing':
      return { ...known, comparing: message.what ?? '' };
    case 'compared':
      return { ...known, comparing: null, compared: message.compared, trouble: null };
    case 'trouble':
      return { ...known, comparing: null, trouble: message.trouble };
    case 'idle':
      return { ...known, comparing: null };
  }
}

// ---------------------------------------------------------------------------------------------- checks and tests

export interface JudgedCheck {
  /** Without the word `warn`, which `isWarning` says. */
  readonly text: string;
  readonly isWarning: boolean;
  readonly file: string;
  readonly line: number;
  /** Null where no run has judged it as it stands. */
  readonly result: DatasetRunLine['checks'][number] | null;
}

/** The last run that judged the checks: one that finds the dataset unchanged judges none. */
export function judgingRun({ runs }: Inspector): DatasetRunLine | null {
  return runs?.is === 'known' ? (runs.runs.find(({ checks }) => checks.length > 0) ?? null) : null;
}

/** A check that was edited since is another one. */
export function checksOf(known: Inspector): readonly JudgedCheck[] {
  const results = judgingRun(known)?.checks ?? [];
  return (known.inspection?.checks ?? []).map(({ text, isWarning, file, line }) => ({
    text: isWarning ? text.replace(/ warn$/, '') : text,
    isWarning,
    file,
    line,
    result: results.find(({ check }) => check === text) ?? null,
  }));
}

export type TestStatus = 'passed' | 'failed' | 'skipped' | 'unknown';

export interface JudgedTest {
  readonly name: string;
  readonly status: TestStatus;
  readonly outcome: TestOutcome | null;
}

export function testsOf({ inspection, tests }: Inspector): readonly JudgedTest[] {
  return (inspection?.tests ?? []).map((name, index) => {
    const outcome = tests.find(({ test }) => test === (name ?? `#${index}`)) ?? null;
    return {
      name: name?.replaceAll('_', ' ') ?? 'without a name',
      status: outcome === null ? 'unknown' : statusOf(outcome),
      outcome,
    };
  });
}

/** It passed where it passed on each engine that is there. */
function statusOf({ lines }: TestOutcome): TestStatus {
  if (lines.length === 0 || lines.some(({ status }) => status === 'failed')) return 'failed';
  return lines.some(({ status }) => status === 'passed') ? 'passed' : 'skipped';
}

// ---------------------------------------------------------------------------------------------- words

export const tabs: readonly Tab[] = ['overview', 'checks', 'runs', 'compare'];

export function tabName(tab: Tab, known: Inspector): string {
  switch (tab) {
    case 'overview':
      return 'Overview';
    case 'checks': {
      const count = (known.inspection?.checks.length ?? 0) + (known.inspection?.tests.length ?? 0);
      return count === 0 ? 'Checks' : `Checks ${count}`;
    }
    case 'runs':
      return 'Runs';
    case 'compare':
      return 'Compare';
  }
}

/** What a tab is marked with, so that it is looked at. */
export function tabMark(tab: Tab, known: Inspector): 'bad' | 'warn' | null {
  switch (tab) {
    case 'checks': {
      const failed = checksOf(known).filter(({ result }) => result?.passed === false);
      if (failed.some(({ isWarning }) => !isWarning) || testsOf(known).some(({ status }) => status === 'failed'))
        return 'bad';
      return failed.length > 0 ? 'warn' : null;
    }
    case 'runs': {
      const last = known.runs?.is === 'known' ? known.runs.runs[0]?.status : undefined;
      return last === 'failed' || last === 'died' ? 'bad' : null;
    }
    case 'overview':
    case 'compare':
      return null;
  }
}

/** `just now`, `12 minutes ago`, `3 hours ago`, `5 days ago`. */
export function ago(at: string, now: number): string {
  const minutes = Math.floor((now - Date.parse(at)) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return counted(minutes, 'minute');
  if (minutes < 48 * 60) return counted(Math.floor(minutes / 60), 'hour');
  return counted(Math.floor(minutes / 1440), 'day');
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'} ago`;

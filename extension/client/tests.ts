/** `test` declarations in the Test Explorer. The server says which there are; the project's pipec runs them. */
import * as vscode from 'vscode';
import type { TestLine } from '../../compiler/cli/machine.ts';
import { type DatasetAt, requests, type TestInfo } from '../server/protocol.ts';
import type { TestOutcome } from '../views/answers.ts';
import { pipecOrTell } from './install.ts';
import { runLines } from './process.ts';
import type { Projects } from './projects.ts';
import type { Server } from './server.ts';

export class Tests implements vscode.Disposable {
  readonly #server: Server;
  readonly #projects: Projects;
  readonly #controller: vscode.TestController;
  readonly #subscriptions: vscode.Disposable[];
  /** Of the leaves, by id. */
  readonly #infos = new Map<string, TestInfo>();
  /** By the same ids. */
  readonly #outcomes = new Map<string, TestOutcome>();
  readonly #ran = new vscode.EventEmitter<void>();

  /** Tests have been run, and have outcomes. */
  readonly onDidRun = this.#ran.event;

  constructor(server: Server, projects: Projects) {
    this.#server = server;
    this.#projects = projects;
    this.#controller = vscode.tests.createTestController('pipec', 'pipec');
    this.#controller.refreshHandler = () => this.refresh();
    this.#controller.createRunProfile(
      'Run',
      vscode.TestRunProfileKind.Run,
      (request, cancellation) => this.#run(request, cancellation),
      true,
    );
    this.#subscriptions = [this.#controller, this.#ran, projects.onDidChange(() => this.refresh())];
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  /** Runs the tests of a dataset, and shows them. */
  async runOf(root: string, dataset: string): Promise<void> {
    await this.refresh();
    const items = [...this.#infos].flatMap(([id, info]) =>
      info.root === root && info.dataset === dataset ? (this.#find(id) ?? []) : [],
    );
    if (items.length === 0) {
      void vscode.window.showInformationMessage(`${dataset} has no test yet. Type “test” for a start.`);
      return;
    }
    await vscode.commands.executeCommand('workbench.view.testing.focus');
    const cancellation = new vscode.CancellationTokenSource();
    await this.#run(new vscode.TestRunRequest(items), cancellation.token);
  }

  /** How the tests of a dataset went when they were last run. */
  outcomesOf({ root, dataset }: DatasetAt): readonly TestOutcome[] {
    return [...this.#outcomes].flatMap(([id, outcome]) => {
      const info = this.#infos.get(id);
      return info?.root === root && info.dataset === dataset ? [outcome] : [];
    });
  }

  /** Entries that stay are kept as they are: a run that is under way tells its outcomes to them. */
  async refresh(): Promise<void> {
    const all = await this.#server.ask<readonly TestInfo[]>(requests.tests);
    if (all === null) return;
    this.#infos.clear();
    const { items } = this.#controller;
    const projects = [...Map.groupBy(all, ({ root }) => root)];
    const [only] = projects;
    if (projects.length === 1 && only !== undefined) return this.#datasets(items, only[1]);
    replace(items, projects, ([root, tests]) => {
      const name = this.#projects.all.find((project) => project.root === root)?.name ?? root;
      const item = this.#item(items, root, name, vscode.Uri.file(root));
      this.#datasets(item.children, tests);
      return item;
    });
  }

  #datasets(into: vscode.TestItemCollection, tests: readonly TestInfo[]): void {
    replace(
      into,
      Map.groupBy(tests, ({ dataset }) => dataset),
      ([dataset, own]) => {
        const [{ root, uri }] = own as [TestInfo];
        const item = this.#item(into, `${root} ${dataset}`, dataset, vscode.Uri.parse(uri));
        replace(item.children, own.entries(), ([index, test]) => this.#leaf(item.children, test, index));
        return item;
      },
    );
  }

  #leaf(into: vscode.TestItemCollection, test: TestInfo, index: number): vscode.TestItem {
    // A test without a name is known by its place among those of its dataset.
    const id = `${test.root} ${test.dataset} ${keyOf(test, index)}`;
    const item = this.#item(into, id, spaced(test.name), vscode.Uri.parse(test.uri));
    item.range = rangeOf(test);
    item.sortText = String(test.range.start.line).padStart(7, '0');
    this.#infos.set(id, test);
    return item;
  }

  /** The one that is there, unless it moved to another file. */
  #item(into: vscode.TestItemCollection, id: string, label: string, uri: vscode.Uri): vscode.TestItem {
    const there = into.get(id);
    return there?.uri?.toString() === uri.toString() ? there : this.#controller.createTestItem(id, label, uri);
  }

  #find(id: string): vscode.TestItem | null {
    const search = (items: vscode.TestItemCollection): vscode.TestItem | null => {
      const own = items.get(id);
      if (own !== undefined) return own;
      for (const [, item] of items) {
        const inside = search(item.children);
        if (inside !== null) return inside;
      }
      return null;
    };
    return search(this.#controller.items);
  }

  // ---------------------------------------------------------------------------------------------- running

  async #run(request: vscode.TestRunRequest, cancellation: vscode.CancellationToken): Promise<void> {
    const excluded = new Set(request.exclude?.map(({ id }) => id));
    const chosen = new Map<string, { readonly item: vscode.TestItem; readonly info: TestInfo }>();
    const take = (item: vscode.TestItem) => {
      if (excluded.has(item.id)) return;
      const info = this.#infos.get(item.id);
      if (info !== undefined) chosen.set(item.id, { item, info });
      for (const [, child] of item.children) take(child);
    };
    for (const item of request.include ?? [...this.#controller.items].map(([, item]) => item)) take(item);
    const run = this.#controller.createTestRun(request);
    try {
      for (const [root, tests] of Map.groupBy(chosen.values(), ({ info }) => info.root))
        if (!cancellation.isCancellationRequested) await this.#runProject(root, tests, run);
    } finally {
      run.end();
    }
  }

  async #runProject(
    root: string,
    tests: readonly { readonly item: vscode.TestItem; readonly info: TestInfo }[],
    run: vscode.TestRun,
  ): Promise<void> {
    const pipec = await pipecOrTell(root, 'Testing');
    if (pipec === null) {
      for (const { item } of tests) run.skipped(item);
      return;
    }
    // What is tested is what is on disk.
    await vscode.workspace.saveAll(false);
    for (const { item } of tests) run.started(item);
    const outcomes = new Map<vscode.TestItem, TestLine[]>();
    const words = [...new Set(tests.map(({ info }) => info.name ?? info.dataset))];
    const { error } = await runLines(pipec, ['test', '--json', ...words], root, run.token, (line) => {
      if (!isTestLine(line)) return;
      const test = tests.find(({ info }) => isOf(line, info));
      if (test !== undefined) outcomes.set(test.item, [...(outcomes.get(test.item) ?? []), line]);
    });
    const at = new Date().toISOString();
    for (const { item } of tests) {
      const lines = outcomes.get(item) ?? [];
      tell(item, lines, error, run);
      const test = item.id.slice(item.id.lastIndexOf(' ') + 1);
      this.#outcomes.set(item.id, { test, at, lines, error });
    }
    this.#ran.fire();
  }
}

/** Within its dataset. Names have no blanks. */
const keyOf = ({ name }: TestInfo, index: number): string => name ?? `#${index}`;

/** From here on the collection has exactly these; nothing is told where it had them. */
function replace<Each>(
  into: vscode.TestItemCollection,
  all: Iterable<Each>,
  make: (each: Each) => vscode.TestItem,
): void {
  const items = [...all].map(make);
  if (items.length !== into.size || items.some((item) => into.get(item.id) !== item)) into.replace(items);
}

/** One entry in the explorer for all engines: it passed where it passed on each that is there. */
function tell(item: vscode.TestItem, lines: readonly TestLine[], error: string, run: vscode.TestRun): void {
  const failed = lines.filter(({ status }) => status === 'failed');
  const passed = lines.filter(({ status }) => status === 'passed');
  const skipped = lines.filter(({ status }) => status === 'skipped');
  const output = [
    ...lines.map(
      ({ engine, status, error }) =>
        `${spaced(item.label)} on ${engine}: ${status}${error === null ? '' : ` (${error})`}`,
    ),
    ...(lines.length === 0 && error !== '' ? [error] : []),
  ];
  for (const line of output) run.appendOutput(`${line.replaceAll('\n', '\r\n')}\r\n`, undefined, item);
  if (failed.length > 0)
    run.failed(
      item,
      failed.map((line) => failure(line, item)),
    );
  else if (passed.length > 0) run.passed(item);
  else if (skipped.length > 0) run.skipped(item);
  else run.errored(item, located(new vscode.TestMessage(error === '' ? 'It was not run.' : error), item));
}

/** The rows that differ, side by side as the editor compares texts: equal rows are not told, there may be many. */
function failure({ engine, diff, error }: TestLine, item: vscode.TestItem): vscode.TestMessage {
  if (error !== null) return located(new vscode.TestMessage(`${engine}: ${error}`), item);
  const missing = diff.filter(({ is }) => is === 'missing').map(({ row }) => row);
  const unexpected = diff.filter(({ is }) => is === 'unexpected').map(({ row }) => row);
  const [expected = '', actual = ''] = tables([missing, unexpected]);
  const told = `${engine}: ${rows(missing.length)} expected and missing, ${rows(unexpected.length)} there and not expected`;
  return located(vscode.TestMessage.diff(told, expected, actual), item);
}

function located(message: vscode.TestMessage, item: vscode.TestItem): vscode.TestMessage {
  if (item.uri !== undefined && item.range !== undefined) message.location = new vscode.Location(item.uri, item.range);
  return message;
}

/** Each list of rows as text, with columns as wide in one as in the others. */
export function tables(lists: readonly (readonly TestLine['diff'][number]['row'][])[]): string[] {
  const all = lists.flat();
  const columns = [...new Set(all.flatMap((row) => Object.keys(row)))];
  const cell = (value: unknown) =>
    (value === null || value === undefined
      ? 'null'
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value)
    ).replaceAll('\n', '⏎');
  const widths = columns.map((column) => Math.max(column.length, ...all.map((row) => cell(row[column]).length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((text, index) => text.padEnd(widths[index] ?? 0))
      .join('   ')
      .trimEnd();
  return lists.map((list) =>
    [line(columns), ...list.map((row) => line(columns.map((column) => cell(row[column]))))].join('\n'),
  );
}

const rows = (count: number) => `${count} row${count === 1 ? '' : 's'}`;

/** Names of tests are sentences with underscores. */
const spaced = (name: string | null) => name?.replaceAll('_', ' ') ?? 'without a name';

function isTestLine(line: unknown): line is TestLine {
  return typeof line === 'object' && line !== null && 'dataset' in line && 'status' in line && 'engine' in line;
}

/** Lines are told from 1. A test without a name goes by its line, within the declaration. */
function isOf(line: TestLine, { name, dataset, range }: TestInfo): boolean {
  if (line.dataset !== dataset || line.test !== name) return false;
  return name !== null || (line.line - 1 >= range.start.line && line.line - 1 <= range.end.line);
}

function rangeOf({ range: { start, end } }: TestInfo): vscode.Range {
  return new vscode.Range(start.line, start.character, end.line, end.character);
}

/** Checking goes on in the background, in turns (turns.ts): the files that were edited first. */
import type { Diagnostic } from '../../compiler/diagnostics/diagnostic.ts';
import type { Project } from './project.ts';
import { Turns } from './turns.ts';

/** What is wrong in some files of a project, from now on. */
export type Report = (project: Project, findings: ReadonlyMap<string, readonly Diagnostic[]>) => void;

export class Checks {
  readonly #report: Report;
  readonly #onFailure: (error: unknown) => void;
  readonly #checks = new Map<Project, Check>();
  readonly #turns = new Turns((until) => this.#work(until));

  constructor(report: Report, onFailure: (error: unknown) => void) {
    this.#report = report;
    this.#onFailure = onFailure;
  }

  /** Checks a project anew, these files of it first. */
  begin(project: Project, first: readonly string[]): void {
    const check = this.#checks.get(project) ?? new Check(project, this.#report);
    // Whoever was changed last comes first.
    this.#checks.delete(project);
    this.#checks.set(project, check);
    check.begin(first);
    this.#turns.begin();
  }

  /** The editor said something: it goes before all checks. */
  heard(): void {
    this.#turns.heard();
  }

  /** The project is none any more: nothing is wrong in its files. */
  end(project: Project): void {
    this.#checks.get(project)?.withdraw();
    this.#checks.delete(project);
  }

  /** Whether there is more to do. */
  #work(until: number): boolean {
    const next = [...this.#checks.values()].findLast((check) => !check.isDone);
    try {
      next?.work(until);
    } catch (error) {
      // A mistake of the compiler's: the next edit tries again.
      next?.giveUp();
      this.#onFailure(error);
    }
    return [...this.#checks.values()].some((check) => !check.isDone);
  }
}

class Check {
  readonly #project: Project;
  readonly #report: Report;
  /** Files that are told before all others. */
  #first = new Set<string>();
  #steps: Generator<string | null, readonly Diagnostic[]> | null = null;
  /** Of which something was told. */
  #told = new Set<string>();
  isDone = false;

  constructor(project: Project, report: Report) {
    this.#project = project;
    this.#report = report;
  }

  begin(first: readonly string[]): void {
    for (const path of first) this.#first.add(path);
    this.#steps = null;
    this.isDone = false;
  }

  /** At least one step; then more until the time is over, or something is to be told: it goes out at the end of a turn. */
  work(until: number): void {
    const { workspace, keep } = this.#project;
    this.#steps ??= workspace.checking(
      keep,
      [...this.#first].filter((path) => this.#project.file(path) !== null),
    );
    do {
      const step = this.#steps.next();
      if (step.done === true) {
        this.#first.clear();
        this.isDone = true;
        this.#project.ofProject = workspace.projectProblems();
        const gone = this.#told;
        this.#told = new Set(this.#project.paths);
        this.#tell(step.value, new Set([...gone, ...this.#told]));
        if (this.#project.recall()) this.begin([]);
        return;
      }
      if (step.value !== null) {
        this.#told.add(step.value);
        this.#first.delete(step.value);
        this.#report(this.#project, new Map([[step.value, this.#project.findingsOf(step.value)]]));
        return;
      }
    } while (performance.now() < until);
  }

  giveUp(): void {
    this.#steps = null;
    this.isDone = true;
  }

  withdraw(): void {
    this.#report(this.#project, new Map([...this.#told].map((path) => [path, []])));
  }

  #tell(found: readonly Diagnostic[], paths: Iterable<string>): void {
    const byFile = Map.groupBy(this.#project.findings(found), ({ place }) => place.file);
    this.#report(this.#project, new Map([...paths].map((path) => [path, byFile.get(path) ?? []])));
  }
}

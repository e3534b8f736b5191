/** `pipec query`: a question in the language, checked like the program, answered by the target. */

import { jsonDiagnostic, type Locate, renderDiagnostics } from '../diagnostics/render.ts';
import { publicRelations } from '../plan/destination.ts';
import { dialectOf } from '../plan/plan.ts';
import { optimize } from '../relational/optimize.ts';
import { datasetsRead } from '../relational/walk.ts';
import { renderQuery } from '../sql/select.ts';
import { SourceFile } from '../syntax/source.ts';
import { AlreadyTold, type CommandModule, EXIT, JSON_OPTION, wholeNumber } from './command.ts';
import { ask } from './data.ts';
import { ENVIRONMENT_OPTION, type EnvironmentOption, inEnvironment } from './environment.ts';
import { checkedProgram, hasErrors, openProject, targetOf } from './project.ts';
import { CSV_OPTION, oneFormat, printRows, type RowFormat } from './rows.ts';

interface Options extends RowFormat, EnvironmentOption {
  readonly limit?: number;
  readonly target?: string;
  readonly sql?: boolean;
}

export const query: CommandModule<Options> = {
  arguments: [{ name: '<text>', help: 'a query: from … |> …; - reads standard input' }],
  options: [
    { flags: '-n, --limit <rows>', help: 'at most so many rows', parse: wholeNumber('--limit', 1) },
    { flags: '-t, --target <target>', help: "where to ask (default: the project's target)" },
    ENVIRONMENT_OPTION,
    { flags: '--sql', help: 'show the SQL instead of asking' },
    CSV_OPTION,
    JSON_OPTION,
  ],
  examples: [
    { text: "pipec query 'from daily_revenue |> where revenue > 1000 |> order by day'", does: 'rows' },
    { text: "pipec query 'from orders |> aggregate count() as n group by status' --json", does: 'for programs' },
  ],
  run: async (io, [given = ''], options) => {
    oneFormat(options);
    const text = given === '-' ? (await import('node:fs')).readFileSync(0, 'utf8') : given;
    const project = openProject(io);
    const program = inEnvironment(checkedProgram(io, project), options.env);
    const { diagnostics, query: asked } = project.workspace.adHocQuery(text);
    if (hasErrors(diagnostics) || asked === null) {
      const source = new SourceFile('<query>', text);
      const sources = (file: string) => (file === source.path ? source : project.sources.get(file));
      // What is typed here is in no file that `pipec check --fix` would find.
      const told = diagnostics.map((one) => ({ ...one, fixes: one.fixes.map((fix) => ({ ...fix, safe: false })) }));
      const locate: Locate = (place) => {
        const own = sources(place.file);
        return own === source ? { source: own, start: place.start, end: place.end } : project.locate(place);
      };
      if (io.json) for (const one of told) io.err.json(jsonDiagnostic(one, locate));
      else io.err.write(renderDiagnostics(told, locate, io.err.style));
      throw new AlreadyTold(EXIT.program);
    }
    const relations = publicRelations(program);
    const target = targetOf(program, options.target);
    const sql = renderQuery(optimize(asked.rel), dialectOf(program, target), {
      table: (dataset) => {
        const relation = relations.get(dataset);
        if (relation === undefined) throw new Error(`${dataset} has no public view`);
        return relation;
      },
    });
    if (options.sql === true) {
      io.out.line(sql);
      return EXIT.done;
    }
    const rows = await ask(io, {
      root: project.root,
      program,
      target,
      sql,
      limit: options.limit ?? null,
      reads: datasetsRead(asked.rel),
    });
    const count = await printRows(io, rows, options);
    if (count === 0) io.err.line(io.err.style.paint.dim('no rows'));
    return EXIT.done;
  },
};

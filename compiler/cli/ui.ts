/** `pipec ui`: the page of what runs, without a scheduler. */
import { once } from 'node:events';
import { planProgram } from '../plan/plan.ts';
import { type CommandModule, EXIT, JSON_OPTION } from './command.ts';
import { askOutside } from './outside.ts';
import { PAGE_DETAILS, PAGE_OPTIONS, type PageOptions, servePage } from './page.ts';
import { checkedProgram, openProject, targetOf } from './project.ts';
import { VERSION } from './version.ts';

interface Options extends PageOptions {
  readonly target?: string;
  readonly json?: boolean;
}

export const ui: CommandModule<Options> = {
  arguments: [],
  options: [
    { flags: '-t, --target <target>', help: "whose runs (default: the project's target)" },
    ...PAGE_OPTIONS,
    JSON_OPTION,
  ],
  details: `Jobs with their runs, live; logs, checks, intervals and quarantine of each dataset; run, retry, cancel, pause and backfill. The program is the one of when the page was started.
${PAGE_DETAILS}
With \`--json\`, one object says where it is: \`{ project, target, url }\`.
\`pipec schedule\` serves the same page. What is started from a page goes on for as long as the page does.`,
  examples: [
    { text: 'pipec ui', does: 'for this machine, until Ctrl-C' },
    { text: 'pipec ui --host 0.0.0.0 --url https://pipelines.acme.example', does: 'behind a proxy that speaks TLS' },
  ],
  run: async (io, _words, options) => {
    const project = openProject(io);
    await askOutside(project, io.environment);
    const program = checkedProgram(io, project);
    const target = targetOf(program, options.target);
    const plan = planProgram(program, target, VERSION);
    const page = await servePage(io, { root: project.root, program, plan }, options);
    const { paint, glyphs } = io.out.style;
    if (options.json === true) io.out.json({ project: plan.project, target, url: page.url });
    else
      io.out.line(
        `${paint.bold(plan.project)} ${glyphs.dot} ${target} ${glyphs.dot} ${page.url}   ${paint.dim('(Ctrl-C ends it)')}`,
      );
    const stopped = new AbortController();
    const { signal } = stopped;
    await Promise.race([once(process, 'SIGINT', { signal }), once(process, 'SIGTERM', { signal })]);
    stopped.abort();
    process.once('SIGINT', () => process.exit(EXIT.interrupted));
    await page.close();
    return EXIT.done;
  },
};

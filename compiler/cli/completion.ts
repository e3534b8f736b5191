/** `pipec completion bash`: a script for the shell, which asks `pipec completion words` for what fits. */
import { type CommandModule, type CommandRow, EXIT, usageError } from './command.ts';
import type { Io } from './io.ts';

const BASH = `# pipec completion for bash: put this in ~/.bashrc
#   source <(pipec completion bash)
_pipec() {
  local IFS=$'\\n'
  COMPREPLY=($(pipec completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
}
complete -o default -F _pipec pipec`;

const ZSH = `#compdef pipec
# pipec completion for zsh: put this in ~/.zshrc, after compinit
#   source <(pipec completion zsh)
_pipec() {
  local -a found
  local word text
  while IFS=$'\\t' read -r word text; do
    found+=("\${word//:/\\\\:}:$text")
  done < <(pipec completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( $#found )); then _describe pipec found; else _files; fi
}
compdef _pipec pipec`;

const FISH = `# pipec completion for fish: save it once
#   pipec completion fish > ~/.config/fish/completions/pipec.fish
function __pipec_words
  set -l words (commandline -opc) (commandline -ct)
  pipec completion words -- $words[2..-1] 2>/dev/null
end
complete -c pipec -a '(__pipec_words)'`;

const SCRIPTS: Readonly<Record<string, string>> = { bash: BASH, zsh: ZSH, fish: FISH };

interface Candidate {
  readonly word: string;
  readonly text: string;
}

/** Completes the commands it is given: the table that lists it hands itself in. */
export const completion = (commands: readonly CommandRow[]): CommandModule<object> => ({
  arguments: [
    { name: '<shell>', help: 'bash, zsh or fish' },
    { name: '[words...]', help: 'what is typed so far (the scripts pass it with the shell `words`)' },
  ],
  options: [],
  details: 'Completes commands, options, names of datasets and error codes.',
  examples: [
    { text: 'source <(pipec completion bash)', does: 'now, in this shell' },
    { text: 'pipec completion fish > ~/.config/fish/completions/pipec.fish', does: 'for good' },
  ],
  run: async (io, [shell = '', ...words]) => {
    if (shell === 'words') {
      for (const { word, text } of await candidates(io, words, commands)) io.out.line(`${word}\t${text}`);
      return EXIT.done;
    }
    const script = SCRIPTS[shell];
    if (script === undefined)
      throw usageError(`there is no completion for \`${shell}\``, `shells: ${Object.keys(SCRIPTS).join(', ')}`);
    io.out.line(script);
    return EXIT.done;
  },
});

/** What may stand in place of the last of the words; none where files may. */
async function candidates(io: Io, words: readonly string[], commands: readonly CommandRow[]): Promise<Candidate[]> {
  const partial = words.at(-1) ?? '';
  const before = words.slice(0, -1).filter((word, index, all) => !isProject(word) && !isProject(all[index - 1]));
  const named = before[0] === 'help' ? before.slice(1) : before;
  const row = commands.find((command) => command.name === named[0]);
  const fits = (found: readonly Candidate[]) => found.filter(({ word }) => word.startsWith(partial));
  if (isProject(words.at(-2))) return [];
  if (row === undefined || before[0] === 'help')
    return named.length > 0 ? [] : fits(commands.map(({ name, summary }) => ({ word: name, text: summary })));
  const module = await row.load();
  if (partial.startsWith('-')) {
    return fits(
      [
        ...module.options,
        { flags: '--project <folder>', help: 'folder of the project' },
        { flags: '--help', help: 'show help' },
      ].map(({ flags, help }) => ({ word: /--[\w-]+/.exec(flags)?.[0] ?? flags, text: help })),
    );
  }
  const valued = module.options.some(
    ({ flags }) =>
      flags.includes('<') &&
      flags
        .replace(/<.*>/, '')
        .split(/[ ,]+/)
        .includes(before.at(-1) ?? ''),
  );
  if (valued) return [];
  if (row.name === 'completion')
    return fits(Object.keys(SCRIPTS).map((shell) => ({ word: shell, text: `script for ${shell}` })));
  switch (module.arguments[0]?.completes) {
    case 'dataset':
      return datasets(io, partial, row.name === 'run');
    case 'code':
      return fits((await import('./explain.ts')).pages().map(({ code, area }) => ({ word: code, text: area })));
    default:
      return [];
  }
}

const isProject = (word: string | undefined): boolean => word === '-C' || word === '--project';

/** Full names, and bare ones where they are unambiguous and something is typed. A selection may begin with `+`, and name a job. */
async function datasets(io: Io, typed: string, selects: boolean): Promise<Candidate[]> {
  const { openProject } = await import('./project.ts');
  const { workspace } = openProject(io);
  const sign = selects && typed.startsWith('+') ? '+' : '';
  const partial = typed.slice(sign.length);
  const all = workspace.datasets();
  const bare = all.map(({ name }) => name.slice(name.lastIndexOf('.') + 1));
  const found = all.flatMap(({ name, kind }, index): Candidate[] => {
    const last = bare[index] ?? '';
    if (name.startsWith(partial)) return [{ word: sign + name, text: kind }];
    return partial !== '' && last.startsWith(partial) && bare.indexOf(last) === bare.lastIndexOf(last)
      ? [{ word: sign + last, text: `${kind} ${name}` }]
      : [];
  });
  if (!selects || found.length > 0 || sign !== '') return found;
  // Jobs are known to the checked program only, which takes longer than an answer to Tab should.
  const jobs = workspace.program()?.jobs ?? [];
  return jobs.flatMap(({ name }) => (name.startsWith(partial) ? [{ word: name, text: 'job' }] : []));
}

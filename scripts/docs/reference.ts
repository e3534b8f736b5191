/** The reference of what is an open table in the compiler: functions, declarations, connectors, commands. */
import type { CommandModule, CommandRow } from '../../compiler/cli/command.ts';
import { commands } from '../../compiler/cli/commands.ts';
import { type Schema, signatureText } from '../../compiler/semantics/config.ts';
import { type Connector, type Role, roleNames } from '../../compiler/semantics/connectors/connector.ts';
import { connectors } from '../../compiler/semantics/connectors/registry.ts';
import type { DeclarationKind } from '../../compiler/semantics/declarations/kind.ts';
import { laterKinds } from '../../compiler/semantics/declarations/later.ts';
import { kinds } from '../../compiler/semantics/declarations/registry.ts';
import { aliases, elsewhere } from '../../compiler/semantics/functions/elsewhere.ts';
import { type FunctionRow, functionAreas } from '../../compiler/semantics/functions/table.ts';
import { anchor, fence, generated, page, span, table } from './markdown.ts';
import { schemaTitles } from './schemas.ts';
import { stagesPage } from './stages.ts';
import { typesPage } from './types.ts';

/** Path in the repository → text. */
export async function referencePages(): Promise<Map<string, string>> {
  return new Map([
    ['docs/reference/functions.md', functionsPage()],
    ['docs/reference/declarations.md', declarationsPage()],
    ['docs/reference/connectors.md', connectorsPage()],
    ['docs/reference/commands.md', await commandsPage()],
    ['docs/reference/stages.md', await stagesPage()],
    ['docs/reference/types.md', typesPage()],
  ]);
}

// ---------------------------------------------------------------------------------------------- functions

function functionsPage(): string {
  return page(
    generated('the function table (compiler/semantics/functions)'),
    '# Functions and operators',
    'Every function means the same on every engine that has it, or the compiler refuses it there. In a signature, `?` marks an argument that may be left out, and `…` one that may come several times. Unless its text says otherwise, a function of null is null.',
    functionAreas
      .map(({ title, rows }) => `- [${title}](#${anchor(title)})${named(rows).map(link).join(', ')}`)
      .join('\n'),
    ...functionAreas.flatMap(({ title, rows }) => [`## ${title}`, ...areaText(rows)]),
    '## Names from other SQLs',
    'These are read, and `pipec fmt` writes them as here:',
    table(
      ['there', 'here'],
      [...aliases].filter(([there, here]) => there !== here).map(([there, here]) => [span(there), span(here)]),
    ),
    'And these are not taken, because engines do not agree on them; the error says what to write instead:',
    table(
      ['there', 'here'],
      [...elsewhere].map(([there, { use }]) => [span(there), use]),
    ),
  );
}

/** What is called by its name; operators are shown in one table. */
const named = (rows: readonly FunctionRow[]) => rows.filter((row) => !row.operator);
const link = ({ name }: FunctionRow, at: number) => `${at === 0 ? ': ' : ''}[${span(name)}](#${anchor(name)})`;

function areaText(rows: readonly FunctionRow[]): string[] {
  const operators = rows.filter((row) => row.operator);
  return [...(operators.length === 0 ? [] : [operatorsTable(operators)]), ...named(rows).map(functionText)];
}

function operatorsTable(rows: readonly FunctionRow[]): string {
  return table(
    ['', '', 'for example', 'gives'],
    rows.map((row) => [
      row.signatures.map(span).join(', '),
      row.doc,
      row.example === null ? '' : span(row.example.call),
      row.example === null ? '' : span(row.example.gives),
    ]),
  );
}

function functionText(row: FunctionRow): string {
  const facts = [
    row.kind === 'scalar' ? null : row.kind === 'aggregate' ? 'an aggregate, also as a window' : 'a window function',
    row.order === 'required' && row.kind === 'aggregate' ? 'needs an order inside the call' : null,
    row.carries === 'none' ? 'carries no value on, so tags such as `@pii` end here' : null,
  ].filter((fact) => fact !== null);
  return [
    `### ${span(row.name)}`,
    fence('text', row.signatures.join('\n')),
    `${row.doc}${facts.length === 0 ? '' : ` _(${facts.join('; ')})_`}`,
    ...(row.example === null ? [] : [`${span(row.example.call)} gives ${span(row.example.gives)}.`]),
  ].join('\n\n');
}

// ------------------------------------------------------------------------------------------- declarations

const HEADERS: Readonly<Record<string, string>> = {
  type: ': Type',
  of: 'of name',
  for: 'for name',
  on: 'on selection',
  from: 'from connector(…)',
  in: 'in store.schema',
};

function declarationsPage(): string {
  const all: readonly DeclarationKind<unknown>[] = Object.values(kinds);
  return page(
    generated('the declaration kinds (compiler/semantics/declarations)'),
    '# Declarations',
    'All declarations have one header; which of its words a kind takes is said below. Properties stand one a line or separated by commas.',
    fence(
      'text',
      '/// documentation\nkind name [: Type] [of name] [for name] [on selection] [from connector(…)] [in store.schema] [{ property: value … }] [= query or call]',
    ),
    all.map((kind) => `- [\`${kind.word}\`](#${anchor(kind.word)}): ${lowerFirst(kind.doc)}`).join('\n'),
    ...all.map(declarationText),
    '## Known, not run yet',
    'These kinds are part of the language. This version reads them and says [`not-supported-yet`](../errors/not-supported-yet.md), with what does their work today.',
    table(
      ['kind', 'today'],
      Object.entries(laterKinds).map(([word, instead]) => [span(word), instead]),
    ),
  );
}

function declarationText(kind: DeclarationKind<unknown>): string {
  const header = Object.entries(HEADERS).flatMap(([word, shown]) => {
    const rule = kind.header[word as keyof typeof kind.header];
    return rule === undefined ? [] : [`${span(shown)}${rule === 'required' ? '' : ' (may be left out)'}`];
  });
  const value = { query: 'a query', call: 'a call', function: 'a value or stages' } as const;
  return [
    `## \`${kind.word}\``,
    kind.doc,
    fence('pipe part', kind.example),
    ...(kind.name === 'optional' ? ['Its name may be left out.'] : []),
    ...(header.length === 0 ? [] : [`Header: ${header.join(', ')}.`]),
    ...(kind.value === null ? [] : [`After \`=\`: ${value[kind.value]}.`]),
    ...properties(kind.properties),
  ].join('\n\n');
}

function properties(schema: Schema, positional: readonly string[] = []): string[] {
  const rows = Object.entries(schema).map(([name, row]) => [
    span(name) + (positional.includes(name) ? ' (its name may be left out)' : ''),
    row.reader.expected,
    row.required ? '**required**' : shownDefault(row.fallback),
    row.doc,
  ]);
  return rows.length === 0 ? [] : [table(['name', 'value', 'default', ''], rows)];
}

/** How a default is written in the language; nothing where leaving it out means just that. */
function shownDefault(fallback: unknown): string {
  if (fallback === null || fallback === undefined) return '';
  if (typeof fallback === 'object') return 'kind' in fallback ? span(String(fallback.kind)) : '';
  return span(String(fallback));
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

// --------------------------------------------------------------------------------------------- connectors

const DELIVERY = {
  push: 'The other side sends when something changes.',
  pull: 'It is asked, again and again.',
  file: 'Files are read in place.',
} as const;

function connectorsPage(): string {
  return page(
    generated('the connectors (compiler/semantics/connectors)'),
    '# Connectors',
    'A connector is a call that says where rows come from, where they are kept, or how to reach either. In which places it may stand is said with each.',
    table(
      ['connector', ...Object.values(roleNames)],
      connectors.map((each) => [
        `[${span(each.name)}](#${anchor(each.name)})`,
        ...(Object.keys(roleNames) as Role[]).map((role) => {
          const known = each.as[role];
          return known === undefined ? '' : known.notYet === null ? 'yes' : 'not yet';
        }),
      ]),
    ),
    ...connectors.map(connectorText),
  );
}

function connectorText(connector: Connector): string {
  const roles = Object.entries(connector.as).flatMap(([role, known]) => [
    `### As ${/^[aeiou]/.test(roleNames[role as Role]) ? 'an' : 'a'} ${roleNames[role as Role]}: ${span(connector.name)}`,
    fence('text', signatureText(known.signature, connector.name)),
    ...properties(known.signature.schema, known.signature.positional),
    ...(known.notYet === null ? [] : [`Not run yet: ${known.notYet}.`]),
  ]);
  return [
    `## \`${connector.name}\``,
    connector.doc,
    ...(connector.delivery === null ? [] : [DELIVERY[connector.delivery]]),
    ...(connector.over.length === 0
      ? []
      : [`Its first argument may be a connection of ${connector.over.map(span).join(' or ')}.`]),
    ...roles,
  ].join('\n\n');
}

// ----------------------------------------------------------------------------------------------- commands

async function commandsPage(): Promise<string> {
  const loaded = await Promise.all(commands.map(async (row) => ({ row, module: await row.load() })));
  const groups = [...new Set(commands.map((row) => row.group))];
  return page(
    generated('the commands (compiler/cli)'),
    '# The command',
    fence('text', 'pipec [-C <folder>] <command> …'),
    ...groups.map(
      (group) =>
        `**${group}**\n\n${table(
          ['command', ''],
          commands
            .filter((row) => row.group === group)
            .map((row) => [`[${span(`pipec ${row.name}`)}](#${anchor(`pipec ${row.name}`)})`, row.summary]),
        )}`,
    ),
    '`-C <folder>` (or `--project <folder>`) names the folder of the project; else it is the one the command is called in, or one above it. Colours are shown on a terminal; `NO_COLOR` and `FORCE_COLOR` are heard.',
    '## Exit codes',
    table(
      ['code', 'meaning'],
      [
        ['0', 'done'],
        ['1', 'the program is wrong'],
        ['2', 'the command line is wrong'],
        ['3', 'a run failed'],
        ['4', 'a check failed'],
        ['70', 'pipec itself failed; please report it'],
        ['130', 'interrupted (Ctrl-C)'],
      ],
    ),
    ...loaded.map(({ row, module }) => commandText(row, module)),
    '## For programs',
    'With `--json`, a command prints one JSON object a line on stdout, and why it failed as one on stderr. Each has a JSON schema, made from the types of the compiler; what is there stays, and new members may come.',
    table(
      ['schema', 'of'],
      schemaTitles.map(({ name, title }) => [`[${name}](../schemas/${name}.schema.json)`, title]),
    ),
  );
}

function commandText(row: CommandRow, module: CommandModule<never>): string {
  const usage = [
    'pipec',
    row.name,
    ...module.arguments.map(({ name }) => name),
    module.options.length > 0 ? '[options]' : '',
  ]
    .join(' ')
    .trim();
  const rows = [
    ...module.arguments.map(({ name, help }) => [span(name), help]),
    ...module.options.map(({ flags, help }) => [span(flags), help]),
  ];
  return [
    `## \`pipec ${row.name}\``,
    `${row.summary.charAt(0).toUpperCase()}${row.summary.slice(1)}.${module.details === undefined ? '' : ` ${module.details}`}`,
    fence('text', usage),
    ...(rows.length === 0 ? [] : [table(['', ''], rows)]),
    fence('sh', module.examples.map(({ text, does }) => `${text}   # ${does}`).join('\n')),
  ].join('\n\n');
}

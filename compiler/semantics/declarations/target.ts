import {
  callRow,
  calls,
  expression,
  integer,
  isCallOf,
  list,
  mapOf,
  mapped,
  oneOf,
  optional,
  type Reader,
  readProperties,
  required,
  text,
  word,
} from '../config.ts';
import { runtimeText } from '../config-values.ts';
import { files } from '../connectors/files.ts';
import { connector, readConnector } from '../connectors/read.ts';
import type { ConfigValue, TargetModel } from '../model.ts';
import { reportUnknownName } from './context.ts';
import type { DeclarationKind } from './kind.ts';

const secrets: Reader<ConfigValue> = oneOf<ConfigValue>(
  "`env`, `file('dir')` or `command(['…'])`",
  mapped(word('env'), (value) => ({ kind: 'text', value })),
  calls<ConfigValue>([
    callRow(
      'file',
      "`file('dir')`",
      {
        positional: ['directory'],
        schema: { directory: required(text("a folder's path in quotes"), 'one file a secret') },
      },
      ({ directory }) =>
        directory === undefined
          ? undefined
          : { kind: 'call', name: 'file', args: [{ kind: 'text', value: directory }], named: {} },
    ),
    callRow(
      'command',
      "`command(['…'])`",
      {
        positional: ['command'],
        schema: {
          command: required(
            list(text(), "a list of texts, such as `['pass', 'show']`"),
            'program and arguments, run without a shell; the name of the secret is added',
          ),
        },
      },
      ({ command }) =>
        command === undefined
          ? undefined
          : {
              kind: 'call',
              name: 'command',
              args: [{ kind: 'list', items: command.map((value) => ({ kind: 'text', value })) }],
              named: {},
            },
    ),
  ]),
);

/** What may stand in place of a connection (`files('…')`) or of a store's path. */
const replacement: Reader<ConfigValue> = oneOf<ConfigValue>(
  "a path in quotes or `files('…')`",
  runtimeText('a path in quotes'),
  mapped(
    expression("`files('…')`", (value) => isCallOf(value, ['files']), [
      { kind: 'call', name: 'files', shown: "files('…')", signature: files.as.connection?.signature ?? null },
    ]),
    (value, _at, _what, context) => {
      const use = value.kind === 'call' ? readConnector(value, 'connection', context) : undefined;
      return use === undefined ? undefined : { kind: 'call', name: use.connector, args: [], named: use.args };
    },
  ),
);

/** Each is a table of its size. */
const MOST_KEPT = 20;

const properties = {
  engine: required(connector('engine'), 'where rows live and queries run'),
  state: optional(connector('state'), 'where runs and logs are kept; a local file where it is left out'),
  keep: optional(
    integer(0, MOST_KEPT),
    'how many versions of other code are kept of each dataset, for `pipec rollback`; 2 where it is left out',
  ),
  secrets: optional(secrets, "where `secret('NAME')` is looked up; the environment where it is left out"),
  with: optional(
    mapOf(replacement, 'an object `{ name: value … }`', 'replaced'),
    'what stands in place of connections and of the paths of stores',
  ),
};

/** A place to run: an engine, its state, and what it replaces. */
export const target: DeclarationKind<TargetModel> = {
  word: 'target',
  namespace: 'target',
  doc: 'A place to run: the engine, where state is kept, how secrets are found, and what stands in place of connections and stores there.',
  example: "target local { engine: duckdb(path: '.pipec/shop.duckdb') }",
  name: 'required',
  header: {},
  properties,
  body: null,
  value: null,
  check: (declaration, context) => {
    const values = readProperties(
      properties,
      declaration.properties,
      'a target',
      declaration.name ?? declaration.kind,
      context,
    );
    const replaced: Record<string, ConfigValue> = {};
    for (const { key, value } of values.with ?? []) {
      const isStore = context.find('store', key.text) !== null;
      const namespace = isStore ? 'store' : 'connection';
      if (context.find(namespace, key.text) !== null)
        context.trace?.name(key, { kind: 'declaration', namespace, name: key.text });
      if (context.find(namespace, key.text) === null) {
        reportUnknownName(
          'connection or store',
          key,
          [...context.names('connection'), ...context.names('store')],
          context,
        );
      } else if (isStore === (value.kind === 'call')) {
        context.report(
          'wrong-property-value',
          {
            property: key.text,
            expected: isStore
              ? 'a path in quotes, as it replaces a store'
              : "`files('…')`, as it replaces a connection",
            found: value.kind === 'call' ? "`files('…')`" : 'a text',
          },
          key,
        );
      }
      if (isStore && (value.kind === 'env' || value.kind === 'secret')) {
        const instead = 'write the path out';
        context.report('not-supported-yet', { what: `a lake's path from \`${value.kind}(…)\``, instead }, key);
      }
      replaced[key.text] = value;
    }
    if (values.engine === undefined) return null;
    return {
      name: context.symbol.name,
      engine: values.engine,
      state: values.state,
      keep: values.keep,
      secrets: values.secrets,
      replaced,
      at: context.definedAt(declaration.kind),
    };
  },
};

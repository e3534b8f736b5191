import { duration, mapOf, name, optional, readProperties, text, word } from '../config.ts';
import { runtimeText } from '../config-values.ts';
import type { ConfigValue, StoreModel } from '../model.ts';
import { suggestion } from '../suggest.ts';
import { snakeCase, unstorable } from '../symbols.ts';
import { words } from './dataset.ts';
import type { DeclarationKind } from './kind.ts';

const kinds = ['lake', 'warehouse', 'lakehouse'] as const;

const properties = {
  path: optional(runtimeText("a path in quotes, such as `'.pipec/raw'`"), 'lakes: the folder or bucket'),
  format: optional(word('parquet'), 'lakes: parquet where it is left out'),
  owner: optional(text("an address in quotes, such as `'data@shop.example'`"), 'who answers for what is kept here'),
  retention: optional(duration(), 'how long rows are kept'),
  layers: optional(
    mapOf(name('`raw`, `core`, `mart` or a word of your own', 'layer'), 'an object `{ schema: layer … }`', 'schema'),
    'what each schema is: raw, core or mart',
  ),
  tags: optional(words, 'words to select by'),
};

const LATE_INSTEAD = "write the path out; a target puts another in its place: `with: { lake: '…' }`";

/** A path that is only known at run time: `env`, `secret`. */
function lateWord(path: ConfigValue | null): string | null {
  return path?.kind === 'env' || path?.kind === 'secret' ? path.kind : null;
}

/** Where datasets are kept: a lake of files, or schemas of the target's engine. */
export const store: DeclarationKind<StoreModel> = {
  word: 'store',
  namespace: 'store',
  doc: 'Where datasets are kept: a lake of files, or schemas in the engine of the target.',
  example: "store dwh : warehouse { owner: 'dwh@shop.example', retention: 7y, layers: { core: core, marts: mart } }",
  name: 'required',
  header: { type: 'required' },
  typeWords: '`: lake` or `: warehouse`',
  properties,
  body: null,
  value: null,
  check: (declaration, context) => {
    const values = readProperties(
      properties,
      declaration.properties,
      'a store',
      declaration.name ?? declaration.kind,
      context,
    );
    const why = declaration.name === null || declaration.name.text === '' ? null : unstorable(declaration.name.text);
    if (why !== null && declaration.name !== null) {
      context.report('identifier-not-storable', { what: 'store', name: declaration.name.text, why }, declaration.name, {
        notes: [`call it \`${snakeCase(declaration.name.text)}\``],
      });
    }
    const written = declaration.type;
    const kind = kinds.find((each) => each === written?.name.text);
    if (written !== null && kind === undefined && written.name.text !== '') {
      context.report(
        'wrong-property-value',
        { property: 'the kind of a store', expected: '`lake` or `warehouse`', found: `\`${written.name.text}\`` },
        written,
        suggestion(written.name, kinds, context),
      );
    }
    if (kind === 'lakehouse')
      context.report(
        'not-supported-yet',
        { what: 'a `lakehouse`', instead: 'use a `lake`' },
        written ?? declaration.kind,
      );
    if (kind === 'lake' && values.path === null && !declaration.properties.some((each) => each.name.text === 'path')) {
      context.report(
        'missing-property',
        { owner: 'a lake', property: 'path', expected: properties.path.reader.expected },
        declaration.name ?? declaration.kind,
      );
    }
    const late = lateWord(values.path);
    if (kind === 'lake' && late !== null) {
      const at = declaration.properties.find((each) => each.name.text === 'path') ?? declaration.kind;
      context.report('not-supported-yet', { what: `a lake's path from \`${late}(…)\``, instead: LATE_INSTEAD }, at);
    }
    if (kind === 'warehouse' && values.path !== null) {
      const at = declaration.properties.find((each) => each.name.text === 'path') ?? declaration.kind;
      context.report('unexpected-body', { kind: 'warehouse', what: '`path`' }, at, {
        notes: ['its rows live in the engine of the target; a `lake` has a path'],
      });
    }
    for (const { key } of values.layers ?? [])
      context.trace?.name(key, { kind: 'schema', store: context.symbol.name, name: key.text }, true);
    if (kind === undefined) return null;
    return {
      name: context.symbol.name,
      kind,
      path: values.path,
      format: values.format ?? (kind === 'warehouse' ? null : 'parquet'),
      owner: values.owner,
      retentionMs: values.retention,
      layers: Object.fromEntries((values.layers ?? []).map(({ key, value }) => [key.text, value.text])),
      at: context.definedAt(declaration.kind),
    };
  },
};

/** Rules about the project as a whole: what no declaration by itself can be blamed for. */
import type { Code, diagnostic } from '../diagnostics/codes.ts';
import type { Place } from '../diagnostics/diagnostic.ts';
import type { Catalog } from './catalog.ts';
import type { Models } from './declarations/context.ts';
import type { ConfigValue, ConnectorUse } from './model.ts';
import { engineNotYet, type SourceUse, sourceNotYet } from './runnable.ts';
import { type DeclarationSymbol, datasetParts, LANDING, type Namespace, symbolPlace } from './symbols.ts';

type Params<C extends Code> = Parameters<typeof diagnostic<C>>[1];
type Extras<C extends Code> = Parameters<typeof diagnostic<C>>[3];

/** What such a rule asks. Names and what they read are always known; models only where their declarations have no error. */
export interface ProjectContext {
  /** All declarations, file by file. */
  readonly symbols: readonly DeclarationSymbol[];
  /** The first declaration of a name. */
  named(namespace: Namespace, name: string): DeclarationSymbol | null;
  readonly catalog: Catalog;
  /** Paths, in the order of their names. */
  readonly files: readonly string[];
  /** Sources, or what is computed from them: many, so of each only what some rule asks. */
  datasets(which: 'source' | 'built'): readonly DatasetBrief[];
  models<K extends WholeKind>(kind: K): readonly Declared<K>[];
  report<C extends Code>(code: C, params: Params<C>, place: Place, extras?: Extras<C>): void;
}
/** Kinds of which there are few. */
export type WholeKind = 'project' | 'target' | 'store' | 'job' | 'pool' | 'blackout' | 'notify' | 'exposure';
export interface DatasetBrief {
  readonly symbol: DeclarationSymbol;
  readonly layer: string | null;
  /** How a source is read; null for a table. */
  readonly use: SourceUse | null;
}
export interface Declared<K extends WholeKind> {
  readonly symbol: DeclarationSymbol;
  readonly model: NonNullable<Models[K]>;
}

export interface ProjectRule {
  readonly code: Code;
  readonly check: (project: ProjectContext) => void;
}

/** A folder of files without a `project` has nobody to say where it runs. */
const noProject: ProjectRule = {
  code: 'no-project',
  check: ({ symbols, files, report }) => {
    const [file] = files;
    if (file === undefined || symbols.some((symbol) => symbol.kind === 'project')) return;
    const target = symbols.find((symbol) => symbol.kind === 'target')?.name;
    report(
      'no-project',
      {},
      { file, declaration: null, start: 0, end: 0 },
      {
        notes: [`add one to any of the files: \`project my_project { target: ${target ?? 'local'} }\``],
      },
    );
  },
};

/** No dataset stands on its own rows. The circle is shown from its first name, and reported once. */
const cycles: ProjectRule = {
  code: 'dataset-cycle',
  check: ({ named, catalog, report }) => {
    for (const path of catalog.cycles) {
      const [first, ...rest] = path.flatMap((name) => named('dataset', name) ?? []);
      if (first === undefined) continue;
      const related = rest
        .slice(0, -1)
        .map((symbol) => ({ place: symbolPlace(symbol), message: `\`${symbol.name}\` is part of it` }));
      report('dataset-cycle', { path }, symbolPlace(first), { related });
    }
  },
};

/** Two stores that use one schema would write over each other. Each pair is reported once, at its first dataset. */
const schemaCollisions: ProjectRule = {
  code: 'schema-collision',
  check: ({ symbols, named, report }) => {
    const owners = new Map<string, { readonly store: string; readonly symbol: DeclarationSymbol }>();
    const told = new Set<string>();
    for (const symbol of symbols) {
      if (symbol.namespace !== 'dataset' || !symbol.name.includes('.')) continue;
      const { schema, store } = datasetParts(symbol.name);
      // A store that is not there is told of where it is written.
      if (store !== LANDING && named('store', store) === null) continue;
      const owner = owners.get(schema);
      if (owner === undefined) owners.set(schema, { store, symbol });
      else if (owner.store !== store && !told.has(`${schema} ${store}`)) {
        told.add(`${schema} ${store}`);
        report('schema-collision', { schema, store, other: owner.store }, symbolPlace(symbol), {
          related: [{ place: symbolPlace(owner.symbol), message: `\`${owner.symbol.name}\` stands in it` }],
        });
      }
    }
  },
};

/** What is written belongs to one target, and in it to one lake: else a run against the one publishes into the other. */
const pathCollisions: ProjectRule = {
  code: 'path-collision',
  check: ({ models, report }) => {
    const lakes = models('store').filter(({ model }) => model.kind === 'lake' && model.path !== null);
    const writes = models('target').flatMap((target) => [
      { path: engineText(target.model.engine), target, lake: null },
      ...lakes.map((lake) => ({
        path: pathText(target.model.replaced[lake.model.name] ?? lake.model.path),
        target,
        lake,
      })),
    ]);
    const first = new Map<string, (typeof writes)[number]>();
    const told = new Set<DeclarationSymbol>();
    for (const write of writes) {
      const { path, target, lake } = write;
      const other = path === null ? undefined : first.get(path);
      if (path === null || other === undefined) {
        if (path !== null) first.set(path, write);
        continue;
      }
      const within = other.target === target;
      const symbol = (within ? lake?.symbol : undefined) ?? target.symbol;
      if (told.has(symbol)) continue;
      told.add(symbol);
      const otherSymbol = (within ? other.lake?.symbol : undefined) ?? other.target.symbol;
      const kind = otherSymbol.namespace === 'store' ? 'lake' : 'target';
      report('path-collision', { path, other: `the ${kind} \`${otherSymbol.name}\`` }, symbolPlace(symbol), {
        related: [{ place: symbolPlace(otherSymbol), message: 'it is declared here' }],
        notes:
          lake === null || within
            ? []
            : [`give \`${symbol.name}\` a folder of its own: \`with: { ${lake.model.name}: '…' }\``],
      });
    }
  },
};

/** A path as it is found on disk, so that `./a//b/` is `a/b`; null where it is only known at run time. */
function pathText(value: ConfigValue | null): string | null {
  const written = value?.kind === 'text' ? value.value : value?.kind === 'env' ? value.fallback : null;
  if (written === null || written === ':memory:') return null;
  const [, scheme = '', path = ''] = /^([a-z0-9]+:\/\/)?(.*)$/is.exec(written) ?? [];
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `${scheme}${path.startsWith('/') ? '/' : ''}${parts.join('/')}`;
}

/** What an engine writes to: its file, or the server and database as the program names them. */
function engineText({ connector, args }: ConnectorUse): string | null {
  const { path, url, database, embedded } = args;
  if (path !== undefined) return pathText(path);
  if (embedded?.kind === 'bool' && embedded.value) return `${connector}(embedded: true)`;
  const server = url?.kind === 'secret' ? `secret('${url.name}')` : url?.kind === 'env' ? `env('${url.name}')` : null;
  if (server === null) return null;
  return `${connector}(${server}${database?.kind === 'text' ? `, database: '${database.value}'` : ''})`;
}

/** What commands do where no target is named must be possible: other targets may be of a later version. */
const runnable: ProjectRule = {
  code: 'not-supported-yet',
  check: ({ datasets, models, report }) => {
    const [project] = models('project');
    const target = models('target').find(({ model }) => model.name === project?.model.target);
    if (target === undefined) return;
    const engine = engineNotYet(target.model);
    if (engine !== null) report('not-supported-yet', engine, symbolPlace(target.symbol));
    for (const { symbol, use } of datasets('source')) {
      const source = use === null ? null : sourceNotYet(use, target.model);
      if (source === null) continue;
      report('not-supported-yet', source, symbolPlace(symbol), {
        notes:
          use?.connection == null
            ? []
            : [`the target \`${target.model.name}\` puts nothing in place of \`${use.connection}\``],
      });
    }
  },
};

export const projectRules: readonly ProjectRule[] = [noProject, cycles, schemaCollisions, pathCollisions, runnable];

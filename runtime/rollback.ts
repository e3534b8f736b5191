/**
 * What a rollback does: of each dataset that an apply put other code in place of, the version that stood before is put back.
 * The versions that are kept with a view say which run replaced them; the record of applies says which runs came when.
 */
import type { ApplyRecord } from './applies.ts';
import type { TargetChange } from './engine.ts';
import type { KeptVersion, Published } from './engines/published.ts';

/** One dataset of a rollback. `what` is told to people. */
export interface RollbackMove {
  readonly dataset: string;
  readonly what: string;
  readonly change: Extract<TargetChange, { readonly kind: 'remove' | 'place' }>;
}

export type Undone =
  | { readonly records: readonly ApplyRecord[] }
  | { readonly why: string; readonly hints: readonly string[] };

/**
 * What is undone, the oldest first: all that came after `to`, or the last one, with those just before it that did not end: what
 * these had done, it went on from. A rollback that did not end goes on.
 * @param records of production, the oldest first
 */
export function undone(records: readonly ApplyRecord[], to: string | null): Undone {
  const last = records.at(-1);
  if (last === undefined) return { why: 'nothing was applied yet', hints: [] };
  if (
    last.kind === 'rollback' &&
    last.status !== 'done' &&
    (to === null || last.undoes?.[0] === records[indexOf(records, to) + 1]?.id)
  )
    return { records: records.filter(({ id }) => last.undoes?.includes(id)) };
  if (to !== null) return { records: records.slice(indexOf(records, to) + 1) };
  if (last.kind === 'rollback')
    return {
      why: `the last change is a rollback itself: ${last.id}`,
      hints: ['further back, or forward again: pipec rollback --to <apply>', 'all of them: pipec applies'],
    };
  const ended = records.findLastIndex(
    ({ kind, status }, index) => index < records.length - 1 && (status === 'done' || kind === 'rollback'),
  );
  return { records: records.slice(ended + 1) };
}

const indexOf = (records: readonly ApplyRecord[], to: string): number => records.findIndex(({ id }) => id === to);

/**
 * What is done, in this order: what was added goes, readers first; then what stood before comes back, upstream first.
 * @param undoes the oldest first
 * @param versions of production, those of removed datasets too, by `schema.view`
 * @param names of datasets; null is all
 * @returns `lost`: datasets of which what stood before is not kept any more
 */
export function rollback(
  undoes: readonly ApplyRecord[],
  versions: ReadonlyMap<string, Published>,
  names: ReadonlySet<string> | null,
): { readonly moves: readonly RollbackMove[]; readonly lost: readonly string[] } {
  const there = new Map<string, Standing>();
  for (const [place, published] of versions) {
    const { dataset, gone } = published;
    const [, schema = '', name = ''] = /^([^.]*)\.(.*)$/.exec(place) ?? [];
    if (dataset !== null) there.set(dataset, { published, schema: gone?.schema ?? schema, name: gone?.name ?? name });
  }
  const touched = new Set(undoes.flatMap(({ changes }) => changes.map(({ dataset }) => dataset)));
  const moves: RollbackMove[] = [];
  const lost: string[] = [];
  for (const dataset of touched) {
    const standing = there.get(dataset);
    if (standing === undefined || (names !== null && !names.has(dataset))) continue;
    const found = backOf(dataset, standing, undoes);
    if (found === 'lost') lost.push(dataset);
    else if (found !== null) moves.push(found);
  }
  return { moves: inOrder(moves, there), lost };
}

interface Standing {
  readonly published: Published;
  readonly schema: string;
  readonly name: string;
}

/** What stood before the first of these runs that put something else in place. Null where that stands. */
function backOf(
  dataset: string,
  { published, schema, name }: Standing,
  undoes: readonly ApplyRecord[],
): RollbackMove | 'lost' | null {
  const { kept, replacedBy, gone, since, build } = published;
  const place = (version: KeptVersion, what: string): RollbackMove => ({
    dataset,
    what,
    change: {
      kind: 'place',
      move: { dataset, schema, name, version, over: gone === null ? build : null, held: true, rejected: null },
    },
  });
  for (const { id, changes } of undoes) {
    const change = changes.find((one) => one.dataset === dataset)?.change;
    if (change === undefined) continue;
    if (gone === null && replacedBy.includes(id)) return null;
    if (gone?.by === id || (gone !== null && replacedBy.includes(id))) {
      const { kept: _kept, gone: _gone, ...version } = published;
      return place({ ...version, by: id }, `comes back: ${told(version)}`);
    }
    const version = kept.find((one) => one.by === id || one.replacedBy.includes(id));
    if (version !== undefined) return place(version, `goes back: ${told(version)}`);
    if (change === 'added')
      return gone !== null
        ? null
        : {
            dataset,
            what: 'goes: it was added',
            change: { kind: 'remove', removed: { dataset, schema, name }, held: true },
          };
  }
  // What has not come to it, or built it again from the same code, has left it as it was.
  return undoes.some(({ id }) => id === since || id === gone?.by) ? 'lost' : null;
}

function told({ rows, at }: Pick<Published, 'rows' | 'at'>): string {
  const when = at === null ? '' : `, of ${at.slice(0, 16).replace('T', ' ')}`;
  return rows === null ? `the view of before${when}` : `${rows} row${rows === 1 ? '' : 's'}${when}`;
}

/** Removals first, readers before what they read; then upstream first. */
function inOrder(moves: readonly RollbackMove[], there: ReadonlyMap<string, Standing>): readonly RollbackMove[] {
  const byName = new Map(moves.map((one) => [one.dataset, one]));
  const ordered = new Set<RollbackMove>();
  const reads = ({ dataset, change }: RollbackMove): readonly string[] =>
    (change.kind === 'place' ? change.move.version.record?.reads : there.get(dataset)?.published.record?.reads) ?? [];
  const visit = (one: RollbackMove): void => {
    if (ordered.has(one)) return;
    for (const read of reads(one)) {
      const above = byName.get(read);
      if (above !== undefined) visit(above);
    }
    ordered.add(one);
  };
  for (const one of [...moves].sort((a, b) => (a.dataset < b.dataset ? -1 : 1))) visit(one);
  const all = [...ordered];
  return [
    ...all.filter(({ change }) => change.kind === 'remove').reverse(),
    ...all.filter(({ change }) => change.kind === 'place'),
  ];
}

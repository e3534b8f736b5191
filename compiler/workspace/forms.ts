/** Symbols on disk: nearly all of one follows from its id (symbols.ts), and they are a good part of all that is kept. */
import { namespaceOf } from '../semantics/declarations/registry.ts';
import type { DatasetBrief } from '../semantics/project.ts';
import { type DeclarationSymbol, fileOf } from '../semantics/symbols.ts';
import type { Form } from './query.ts';

/** Name and `of` where they are not what the id says. */
type SymbolData =
  | readonly [id: string, start: number, end: number]
  | readonly [id: string, start: number, end: number, name: string, of: string | null];

function symbolData({ id, file, kind, name, of, span: { start, end } }: DeclarationSymbol): SymbolData {
  const isNameInId = id.length === file.length + 1 + kind.length + 1 + name.length && id.endsWith(name);
  return of === null && isNameInId ? [id, start, end] : [id, start, end, name, of];
}

function symbolOf([id, start, end, name = nameIn(id), of = null]: SymbolData): DeclarationSymbol {
  const kind = id.slice(id.lastIndexOf('\n') + 1, id.indexOf(' ', id.lastIndexOf('\n')));
  return { id, file: fileOf(id), kind, namespace: namespaceOf(kind), name, of, span: { start, end } };
}

const nameIn = (id: string): string => id.slice(id.indexOf(' ', id.lastIndexOf('\n')) + 1);

export const symbolForm: Form<DeclarationSymbol | null> = {
  write: (symbol) => (symbol === null ? null : symbolData(symbol)),
  read: (data) => (data === null ? null : symbolOf(data as SymbolData)),
};

export const symbolsForm: Form<readonly DeclarationSymbol[]> = {
  write: (symbols) => symbols.map(symbolData),
  read: (data) => (data as readonly SymbolData[]).map(symbolOf),
};

type BriefData = readonly [symbol: SymbolData, layer: DatasetBrief['layer'], use: DatasetBrief['use']] | null;

export const briefForm: Form<DatasetBrief | null> = {
  write: (brief): BriefData => (brief === null ? null : [symbolData(brief.symbol), brief.layer, brief.use]),
  read: (data) => {
    if (data === null) return null;
    const [symbol, layer, use] = data as NonNullable<BriefData>;
    return { symbol: symbolOf(symbol), layer, use };
  },
};

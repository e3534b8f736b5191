/** Signature help: what the call takes that the cursor is in, and which of it is being written. */
import { callForms } from '../semantics/checks.ts';
import type { Schema, Signature } from '../semantics/config.ts';
import { aliases } from '../semantics/functions/elsewhere.ts';
import { functionRow } from '../semantics/functions/table.ts';
import type { Token } from '../syntax/tokens.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { readShown } from './call-signatures.ts';
import { nameOf } from './completion/expression.ts';
import { type Open, openModes } from './completion/modes.ts';
import { Scene } from './completion/scene.ts';
import { id, is, lastItem, writingAt } from './frames.ts';

export interface ParameterHelp {
  /** Of its text in the signature's label. */
  readonly start: number;
  readonly end: number;
  readonly doc: string | null;
}
export interface CallSignature {
  readonly label: string;
  /** Markdown. */
  readonly doc: string | null;
  readonly parameters: readonly ParameterHelp[];
  /** The one that is being written; null where there is none. */
  readonly active: number | null;
}
export interface SignatureHelp {
  readonly signatures: readonly CallSignature[];
  /** The one that fits what is written so far. */
  readonly active: number;
}

/** Of the innermost call around an offset. */
export function signatureAt(workspace: Workspace, file: string, offset: number): SignatureHelp | null {
  const writing = writingAt(workspace, file, offset);
  if (writing === null) return null;
  const open = openModes(new Scene(workspace, writing, () => []));
  for (const each of [...open].reverse()) {
    const signatures = signaturesOf(workspace, each);
    if (signatures === null) continue;
    const fitting = signatures.findIndex(({ active, parameters }) => active !== null || parameters.length === 0);
    return { signatures, active: Math.max(0, fitting) };
  }
  return null;
}

function signaturesOf(workspace: Workspace, { mode, tokens }: Open): readonly CallSignature[] | null {
  switch (mode.kind) {
    case 'arguments':
      return functionSignatures(workspace, mode.callee, commasIn(tokens));
    case 'cast':
      return [shown('cast(value as type)', 'The value as another type; `try_cast` gives null where it fails.', 0)];
    case 'check': {
      const form = callForms[mode.callee];
      return form === undefined ? null : [shown(form.written, form.doc, commasIn(tokens))];
    }
    case 'call':
      return [ofSchema(workspace, mode, tokens)];
    default:
      return null;
  }
}

const commasIn = (tokens: readonly Token[]): number => tokens.filter((token) => is(token, id.Comma)).length;

function functionSignatures(workspace: Workspace, callee: string, index: number): readonly CallSignature[] | null {
  const own = workspace.symbol('function', callee);
  if (own !== null) {
    const { tree } = workspace.declaration(own);
    const parameters = (tree.parameters ?? []).map(({ name, type }) => {
      const nullable = type?.nullable === true ? '?' : '';
      return type === null ? name.text : `${name.text}: ${type.name.text}${nullable}`;
    });
    return [shown(`${own.name}(${parameters.join(', ')})`, tree.doc, index)];
  }
  const name = callee.toLowerCase();
  const row = functionRow(name) ?? functionRow(aliases.get(name) ?? '');
  return row === undefined || row.operator ? null : row.signatures.map((label) => shown(label, row.doc, index));
}

function shown(label: string, doc: string | null, index: number): CallSignature {
  const { parameters } = readShown(label);
  const last = parameters.at(-1);
  const active = index < parameters.length ? index : last?.variadic === true ? parameters.length - 1 : null;
  return { label, doc, parameters: parameters.map(({ start, end }) => ({ start, end, doc: null })), active };
}

/** Of connectors and of the calls that properties take: arguments go by their names, the first ones by their places too. */
function ofSchema(
  workspace: Workspace,
  { name, doc, signature, over }: Extract<Open['mode'], { kind: 'call' }>,
  tokens: readonly Token[],
): CallSignature {
  const { schema, positional }: Signature<Schema> = signature;
  let label = `${name}(`;
  const names = Object.keys(schema);
  const parameters = names.map((each, at): ParameterHelp => {
    const row = schema[each];
    const plain = positional.includes(each) ? each : `${each}: …`;
    const start = label.length + (at === 0 ? 0 : 2);
    label += `${at === 0 ? '' : ', '}${row?.required === true ? plain : `[${plain}]`}`;
    const expected = row === undefined ? '' : `Takes ${row.reader.expected}.`;
    return { start, end: label.length, doc: row === undefined ? null : `${row.doc}\n\n${expected}` };
  });
  label += ')';
  const own = lastItem(tokens);
  const first = tokens[0];
  const hasConnection =
    over.length > 0 && is(first, id.Identifier) && workspace.symbol('connection', nameOf(first)) !== null;
  const position = commasIn(tokens) - (hasConnection ? 1 : 0);
  const named = is(own[0], id.Key) ? nameOf(own[0]) : positional[position];
  const active = named === undefined ? -1 : names.indexOf(named);
  return { label, doc, parameters, active: active === -1 ? null : active };
}

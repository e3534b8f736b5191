/**
 * Reads which columns a function of the project takes and gives, by its own types. ts-morph is loaded by the caller's first
 * use of this module, as it costs 400 ms.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import {
  ModuleKind,
  ModuleResolutionKind,
  type Node,
  Project,
  type Symbol as Property,
  ScriptTarget,
  type Type,
  ts,
} from 'ts-morph';
import type {
  FilePlace,
  FunctionAnswer,
  FunctionColumn,
  FunctionKind,
  FunctionQuestion,
  FunctionType,
} from '../semantics/outside.ts';

export interface Signature {
  readonly answer: FunctionAnswer;
  /** The project's files that it stands on, with their texts' hashes: while they are the same, so is the answer. */
  readonly files: Readonly<Record<string, string>>;
}

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** @param root absolute path of the project's folder */
export function readSignature({ file, name }: FunctionQuestion, root: string): Signature {
  const path = join(root, file);
  if (!existsSync(path)) return { answer: unusable(`there is no file \`${file}\``), files: {} };
  const project = new Project({
    skipAddingFilesFromTsConfig: true,
    compilerOptions: {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      target: ScriptTarget.ESNext,
      module: ModuleKind.ESNext,
      moduleResolution: ModuleResolutionKind.Bundler,
      lib: ['lib.esnext.d.ts'],
    },
  });
  const source = project.addSourceFileAtPath(path);
  project.resolveSourceFileDependencies();
  const own = project
    .getSourceFiles()
    .filter((each) => !each.isFromExternalLibrary() && !each.isInNodeModules())
    .map((each) => [relative(root, each.getFilePath()).replaceAll('\\', '/'), hashOf(each.getFullText())] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const place = (node: Node | undefined): FilePlace | null =>
    node === undefined
      ? null
      : {
          file: relative(root, node.getSourceFile().getFilePath()).replaceAll('\\', '/'),
          start: node.getStart(),
          end: node.getEnd(),
        };
  const answer = ((): FunctionAnswer => {
    const [broken] = project.getProgram().getSyntacticDiagnostics(source);
    if (broken !== undefined) {
      const start = broken.getStart();
      const why = ts.flattenDiagnosticMessageText(broken.compilerObject.messageText, ' ').replace(/\.$/, '');
      return unusable(`\`${file}\` is not TypeScript: ${why}`, {
        file,
        start,
        end: start + Math.max(1, broken.getLength()),
      });
    }
    const [declaration] = source.getExportedDeclarations().get(name) ?? [];
    if (declaration === undefined) {
      const exported = [...source.getExportedDeclarations()]
        .filter(([, nodes]) => nodes.some((node) => node.getType().getCallSignatures().length > 0))
        .map(([each]) => each);
      return unusable(
        `\`${file}\` exports no \`${name}\`${exported.length === 0 ? '' : `; it exports ${exported.map((each) => `\`${each}\``).join(', ')}`}`,
      );
    }
    const reader = new Reader(declaration, place);
    try {
      return { kind: 'signature', code: hashOf(JSON.stringify(own)).slice(0, 12), ...reader.signature() };
    } catch (failure) {
      if (failure instanceof Unusable) return unusable(failure.message, place(failure.at ?? declaration));
      throw failure;
    }
  })();
  return { answer, files: Object.fromEntries(own) };
}

const unusable = (why: string, at: FilePlace | null = null): FunctionAnswer => ({ kind: 'unusable', why, at });

class Unusable extends Error {
  readonly at: Node | undefined;

  constructor(why: string, at?: Node) {
    super(why);
    this.at = at;
  }
}

class Reader {
  readonly #function: Node;
  readonly #place: (node: Node | undefined) => FilePlace | null;

  constructor(node: Node, place: (node: Node | undefined) => FilePlace | null) {
    this.#function = node;
    this.#place = place;
  }

  signature(): { readonly takes: readonly FunctionColumn[]; readonly gives: readonly FunctionColumn[] } {
    const [signature, ...more] = this.#function.getType().getCallSignatures();
    if (signature === undefined) throw new Unusable('it is no function');
    if (more.length > 0 || signature.getTypeParameters().length > 0)
      throw new Unusable('it has more than one type; write it for its rows alone');
    const [first, context, ...others] = signature.getParameters();
    if (first === undefined) throw new Unusable('it takes no batches');
    const isOther =
      context !== undefined && context.getTypeAtLocation(this.#function).getProperty('traceparent') === undefined;
    const extra = isOther ? context : others.find((parameter) => !isOptional(parameter));
    if (extra !== undefined) throw new Unusable('it takes more than batches', nodeOf(extra));
    const at = nodeOf(first) ?? this.#function;
    const given = this.#batchOf(first.getTypeAtLocation(this.#function));
    if (given === null) throw new Unusable('it takes no `AsyncIterable` of batches', at);
    const result = signature.getReturnType();
    const made = this.#batchOf(promised(result) ?? result);
    if (made === null) throw new Unusable('it gives no `Iterable` or `AsyncIterable` of batches');
    return { takes: this.#columns(given, 'takes'), gives: this.#columns(made, 'gives') };
  }

  /** What comes of iterating over the type; null where nobody can. */
  #batchOf(type: Type): Type | null {
    for (const method of ['asyncIterator', 'iterator']) {
      const symbol = type.getProperties().find((each) => each.getName().startsWith(`__@${method}`));
      const iterator = symbol?.getTypeAtLocation(this.#function).getCallSignatures()[0]?.getReturnType();
      const next = iterator?.getProperty('next')?.getTypeAtLocation(this.#function).getCallSignatures()[0];
      if (next === undefined) continue;
      const result = next.getReturnType();
      const step = promised(result) ?? result;
      for (const member of step.isUnion() ? step.getUnionTypes() : [step]) {
        const done = member.getProperty('done')?.getTypeAtLocation(this.#function);
        if (done?.isBooleanLiteral() === true && done.getText() === 'true') continue;
        const value = member.getProperty('value')?.getTypeAtLocation(this.#function);
        if (value !== undefined) return value;
      }
    }
    return null;
  }

  #columns(batch: Type, verb: string): readonly FunctionColumn[] {
    if (batch.isAny() || batch.isUnknown())
      throw new Unusable(`the batches that it ${verb} are \`${batch.getText()}\`: write their columns`);
    if (!batch.isObject() || batch.getStringIndexType() !== undefined || batch.getCallSignatures().length > 0)
      throw new Unusable(`a batch that it ${verb} is \`${batch.getText(this.#function)}\`, no object of columns`);
    return batch.getProperties().map((property): FunctionColumn => {
      const name = property.getName();
      const node = nodeOf(property);
      const type = property.getTypeAtLocation(this.#function);
      const item = type.getNumberIndexType();
      if (isOptional(property)) throw new Unusable(`the column \`${name}\` that it ${verb} may be left out`, node);
      if (type.isAny() || item === undefined || type.isString())
        throw new Unusable(`the column \`${name}\` that it ${verb} is \`${type.getText(node)}\`, no array`, node);
      const at = this.#place(node) ?? this.#place(this.#function);
      if (at === null) throw new Unusable(`the column \`${name}\` stands nowhere`);
      return { name, type: this.#valueType(item), at };
    });
  }

  #valueType(type: Type): FunctionType {
    const members = type.isUnion() ? type.getUnionTypes() : [type];
    const kinds = new Set(members.map(kindOf));
    const texts = members.filter((member) => kindOf(member) === 'string');
    const lists = members.filter((member) => kindOf(member) === 'list');
    const written = texts.every((member) => member.isStringLiteral());
    const element = lists.length === 1 ? lists[0]?.getNumberIndexType() : undefined;
    return {
      text: type.getText(this.#function),
      kinds: [...kinds],
      texts: texts.length > 0 && written ? texts.map((member) => String(member.getLiteralValue())) : null,
      element: element === undefined ? null : this.#valueType(element),
    };
  }
}

function kindOf(type: Type): FunctionKind {
  if (type.isAny() || type.isUnknown()) return 'any';
  if (type.isNull()) return 'null';
  if (type.isBoolean() || type.isBooleanLiteral()) return 'boolean';
  if (type.isBigInt() || type.isBigIntLiteral()) return 'bigint';
  if (type.isNumber() || type.isNumberLiteral()) return 'number';
  if (type.isString() || type.isStringLiteral() || type.isTemplateLiteral()) return 'string';
  if (/^(Uint8Array|Buffer)$/.test(type.getSymbol()?.getName() ?? '')) return 'bytes';
  if (type.isArray() || type.isReadonlyArray()) return 'list';
  return 'other';
}

/** What a promise gives; null for what is none. */
function promised(type: Type): Type | null {
  return type.getSymbol()?.getName() === 'Promise' ? (type.getTypeArguments()[0] ?? null) : null;
}

const isOptional = (symbol: Property): boolean =>
  symbol.isOptional() ||
  symbol
    .getDeclarations()
    .some((each) => ts.isParameter(each.compilerNode) && each.compilerNode.initializer !== undefined);

const nodeOf = (symbol: Property): Node | undefined => symbol.getDeclarations()[0];

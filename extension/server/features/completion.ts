/** What may be written at the cursor. */
import {
  CompletionItemKind,
  type CompletionList,
  InsertTextFormat,
  type CompletionItem as LspItem,
  MarkupKind,
  type TextEdit,
} from 'vscode-languageserver';
import { type CompletionItem, type ItemKind, plainText } from '../../../compiler/ide/completion/items.ts';
import { datasetDoc } from '../../../compiler/ide/completion/names.ts';
import { type Completion, complete } from '../../../compiler/ide/completion.ts';
import type { Feature } from '../feature.ts';
import type { Found, Session } from '../session.ts';

const KINDS: Readonly<Record<ItemKind, CompletionItemKind>> = {
  keyword: CompletionItemKind.Keyword,
  declaration: CompletionItemKind.Keyword,
  stage: CompletionItemKind.Keyword,
  property: CompletionItemKind.Property,
  argument: CompletionItemKind.Property,
  dataset: CompletionItemKind.Class,
  store: CompletionItemKind.Module,
  schema: CompletionItemKind.Module,
  type: CompletionItemKind.Struct,
  enum: CompletionItemKind.Enum,
  value: CompletionItemKind.EnumMember,
  column: CompletionItemKind.Field,
  alias: CompletionItemKind.Variable,
  parameter: CompletionItemKind.Variable,
  function: CompletionItemKind.Function,
  connector: CompletionItemKind.Interface,
  name: CompletionItemKind.Reference,
  condition: CompletionItemKind.Operator,
  file: CompletionItemKind.File,
  folder: CompletionItemKind.Folder,
  check: CompletionItemKind.Method,
  annotation: CompletionItemKind.Keyword,
};

/** Asked of the editor once an item is written, where it is one that has these. */
const THEN = {
  completion: { title: 'what follows', command: 'editor.action.triggerSuggest' },
  signature: { title: 'what it takes', command: 'editor.action.triggerParameterHints' },
} as const;

/** What `completionItem/resolve` is asked with. */
interface Data {
  readonly uri: string;
  readonly dataset: string;
}

export const completion: Feature = {
  capabilities: () => ({
    completionProvider: {
      triggerCharacters: ['.', '>', ' ', '@', "'", '/', ':', '(', '{', '['],
      resolveProvider: true,
    },
  }),
  register: (connection, session) => {
    connection.onCompletion(({ textDocument, position }): CompletionList | null => {
      const at = session.at(textDocument.uri, position);
      if (at === null) return null;
      const found = complete(at.workspace, at.path, at.offset, (folder) => at.project.list(folder));
      if (found === null) return null;
      return {
        isIncomplete: found.incomplete,
        items: found.items.map((each, order) => toItem(each, order, found, at, textDocument.uri, session)),
      };
    });
    connection.onCompletionResolve((item) => {
      const data: Data | undefined = item.data;
      const found = data === undefined ? null : session.find(data.uri);
      const doc = data === undefined || found === null ? null : datasetDoc(found.workspace, data.dataset);
      return doc === null ? item : { ...item, documentation: { kind: MarkupKind.Markdown, value: doc } };
    });
  },
};

function toItem(
  { label, kind, detail, doc, insert, filter, commit, then, dataset }: CompletionItem,
  order: number,
  { start, end, wordEnd }: Completion,
  { file }: Found,
  uri: string,
  session: Session,
): LspItem {
  const able = session.client.textDocument?.completion?.completionItem;
  const isSnippet = insert.includes('$') && able?.snippetSupport === true;
  const newText = isSnippet ? insert : plainText(insert);
  const range = file.lines.range({ start, end });
  const textEdit: LspItem['textEdit'] =
    able?.insertReplaceSupport === true
      ? { newText, insert: range, replace: file.lines.range({ start, end: wordEnd }) }
      : ({ newText, range } satisfies TextEdit);
  const data: Data | undefined = dataset === null ? undefined : { uri, dataset };
  return {
    label,
    kind: KINDS[kind],
    // A list of some hundreds is sorted as texts.
    sortText: String(order).padStart(5, '0'),
    textEdit,
    ...(filter === label ? {} : { filterText: filter }),
    ...(detail === null ? {} : { detail }),
    ...(doc === null ? {} : { documentation: { kind: MarkupKind.Markdown, value: doc } }),
    ...(isSnippet ? { insertTextFormat: InsertTextFormat.Snippet } : {}),
    ...(commit.length > 0 && able?.commitCharactersSupport === true ? { commitCharacters: [...commit] } : {}),
    ...(then !== null && session.options.editorCommands ? { command: THEN[then] } : {}),
    ...(data === undefined ? {} : { data }),
  };
}

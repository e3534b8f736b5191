/** The TextMate grammar run as an editor runs it: VS Code's own tokenizer over Oniguruma. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import oniguruma from 'vscode-oniguruma';
import textmate from 'vscode-textmate';
import { textMateGrammar } from '../../extension/grammar.ts';

export interface Scoped {
  readonly start: number;
  readonly end: number;
  /** The innermost scope without its last part, `.pipe`; '' where nothing is said. */
  readonly scope: string;
  /** All of them, outermost first. */
  readonly scopes: readonly string[];
}

const wasm = createRequire(import.meta.url).resolve('vscode-oniguruma/release/onig.wasm');
let loading: Promise<textmate.IGrammar> | null = null;

function grammar(): Promise<textmate.IGrammar> {
  loading ??= load();
  return loading;
}

async function load(): Promise<textmate.IGrammar> {
  await oniguruma.loadWASM(readFileSync(wasm));
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (sources) => new oniguruma.OnigScanner(sources),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    // SQL's own grammar comes with the editor; here it colours nothing.
    loadGrammar: (name) =>
      Promise.resolve(
        name === 'source.pipe'
          ? textmate.parseRawGrammar(JSON.stringify(textMateGrammar()), 'pipe.json')
          : { scopeName: name, patterns: [], repository: { $self: {}, $base: {} } },
      ),
  });
  const loaded = await registry.loadGrammar('source.pipe');
  if (loaded === null) throw new Error('the grammar was not found');
  return loaded;
}

/** Each line with its pieces, in order, without gaps. */
export async function tokenize(text: string): Promise<{ readonly line: string; readonly pieces: readonly Scoped[] }[]> {
  const own = await grammar();
  let state = textmate.INITIAL;
  return text.split('\n').map((line) => {
    const { tokens, ruleStack } = own.tokenizeLine(line, state);
    state = ruleStack;
    const pieces = tokens.map(({ startIndex, endIndex, scopes }) => ({
      start: startIndex,
      end: Math.min(endIndex, line.length),
      scopes,
      scope: scopes.length === 1 ? '' : (scopes.at(-1) ?? '').replace(/\.pipe$/, ''),
    }));
    return { line, pieces };
  });
}

/**
 * What the next token decides: which alternative is taken, and whether an optional part is there.
 *
 * Chevrotain finds it out from the grammar when a parser starts, which takes 25 to 30 ms, a tenth of the check of ten thousand
 * datasets after an edit. Bundles are built with it written down (scripts/defines.mjs).
 */
import { EOF, getLookaheadPaths, LLkLookaheadStrategy, type Rule as RuleGrammar, type TokenType } from 'chevrotain';
import { idOf, t } from '../tokens.ts';

/** Places among `terminals`; null for what is taken whatever comes. */
type Alternative = readonly number[] | null;

/** Of a choice its alternatives, the first that fits is taken; of an optional or repeated part what it begins with. */
export type Decision = { readonly choice: readonly Alternative[] } | { readonly part: Alternative };

/** By the name of a rule, then by chevrotain's number for a place in it. */
export type Decisions = Readonly<Record<string, Readonly<Record<string, Decision>>>>;

declare const __PIPEC_LOOKAHEAD__: Decisions | undefined;

/** What was written down, or that the grammar is analysed, and that it is checked for ambiguities too. */
export type Lookahead = Decisions | 'analysed' | 'validated';

/** Of this parser: analysed where it runs from its sources. */
export const LOOKAHEAD: Lookahead = typeof __PIPEC_LOOKAHEAD__ === 'undefined' ? 'analysed' : __PIPEC_LOOKAHEAD__;

const terminals: readonly TokenType[] = [EOF, ...Object.values(t)];

/** How chevrotain asks, with the parser as `this`. */
export type Decider = (this: { LA_FAST(ahead: number): { readonly tokenTypeIdx: number } }) =>
  | number
  | boolean
  | undefined;

export function decider(decision: Decision): Decider {
  if ('choice' in decision) {
    const taken: number[] = [];
    let otherwise: number | undefined;
    for (const [place, alternative] of decision.choice.entries()) {
      if (alternative === null) {
        otherwise = place;
        break;
      }
      for (const terminal of idsOf(alternative)) taken[terminal] ??= place;
    }
    return function () {
      return taken[this.LA_FAST(1).tokenTypeIdx] ?? otherwise;
    };
  }
  if (decision.part === null) return () => true;
  const begins: boolean[] = [];
  for (const terminal of idsOf(decision.part)) begins[terminal] = true;
  return function () {
    return begins[this.LA_FAST(1).tokenTypeIdx] === true;
  };
}

const idsOf = (places: readonly number[]): readonly number[] =>
  places.map((place) => {
    const terminal = terminals[place];
    if (terminal === undefined) throw new Error(`no terminal ${place}`);
    return idOf(terminal);
  });

type Options = Parameters<typeof getLookaheadPaths>[0];

/** Has chevrotain read the grammar, and remembers what it told the parser. */
export class OneTokenAhead extends LLkLookaheadStrategy {
  readonly decisions = new Map<unknown, Decision>();

  constructor() {
    super({ maxLookahead: 1 });
  }

  override buildLookaheadForAlternation(asked: { prodOccurrence: number; rule: RuleGrammar; hasPredicates: boolean }) {
    if (asked.hasPredicates) throw new Error(`a choice of the rule ${asked.rule.name} has a condition`);
    return this.#decider({ choice: alternatives(asked, 'Alternation') }) as () => number | undefined;
  }

  override buildLookaheadForOptional(asked: {
    prodOccurrence: number;
    rule: RuleGrammar;
    prodType: Options['prodType'];
  }) {
    // Behind the part is what else may come.
    const [part = null] = alternatives(asked, asked.prodType);
    return this.#decider({ part }) as () => boolean;
  }

  #decider(decision: Decision): Decider {
    const decide = decider(decision);
    this.decisions.set(decide, decision);
    return decide;
  }
}

function alternatives(
  { prodOccurrence: occurrence, rule }: { prodOccurrence: number; rule: RuleGrammar },
  prodType: Options['prodType'],
): readonly Alternative[] {
  return getLookaheadPaths({ occurrence, rule, prodType, maxLookahead: 1 }).map((paths) =>
    paths.some((path) => path.length === 0) ? null : paths.flat().map((terminal) => terminals.indexOf(terminal)),
  );
}

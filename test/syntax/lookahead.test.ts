/** What a bundle is built with, beside what chevrotain finds out from the grammar. */
import { EOF, LLkLookaheadStrategy } from 'chevrotain';
import { expect, test } from 'vitest';
import { declarationRuns } from '../../compiler/syntax/context.ts';
import { lex } from '../../compiler/syntax/lexer.ts';
import { PipeParser } from '../../compiler/syntax/parser/declarations.ts';
import { type Decisions, decider, type Lookahead } from '../../compiler/syntax/parser/lookahead.ts';
import { Reporter } from '../../compiler/syntax/report.ts';
import { idOf, t } from '../../compiler/syntax/tokens.ts';
import { shop } from './programs.ts';

const analysed = new PipeParser('analysed');
const written: Decisions = JSON.parse(JSON.stringify(analysed.decisions));

/** Chevrotain's number for a place: the kind of construct, then which of these in the rule. */
const kinds = [null, 'Alternation', 'Option', 'Repetition'] as const;

test('for every terminal and in every place it decides as chevrotain does', () => {
  const chevrotain = new LLkLookaheadStrategy({ maxLookahead: 1 });
  const terminals = [0, idOf(EOF), ...Object.values(t).map(idOf)];
  const rules = analysed.getGAstProductions();
  let places = 0;
  for (const [name, decisions] of Object.entries(written)) {
    const rule = rules[name];
    if (rule === undefined) throw new Error(`no rule ${name}`);
    for (const [place, decision] of Object.entries(decisions)) {
      const kind = kinds[Number(place) >> 8];
      const shared = { rule, prodOccurrence: Number(place) & 255, maxLookahead: 1, dynamicTokensEnabled: false };
      if (kind === null || kind === undefined) throw new Error(`place ${place} of ${name} is of no kind`);
      const theirs =
        kind === 'Alternation'
          ? chevrotain.buildLookaheadForAlternation({ ...shared, hasPredicates: false })
          : chevrotain.buildLookaheadForOptional({ ...shared, prodType: kind });
      const ours = decider(decision);
      places += 1;
      for (const tokenTypeIdx of terminals) {
        const parser = { LA_FAST: () => ({ tokenTypeIdx }) };
        const [mine, asked] = [ours, theirs as typeof ours].map((decide) => decide.call(parser));
        expect([name, place, tokenTypeIdx, mine]).toEqual([name, place, tokenTypeIdx, asked]);
      }
    }
  }
  expect(places).toBeGreaterThan(100);
});

test('a parser that begins with it reads the same trees and finds the same mistakes', () => {
  const read = (lookahead: Lookahead, text: string) => {
    const parser = new PipeParser(lookahead);
    const reporter = new Reporter('main.pipe');
    const { tokens, docs } = lex(text, reporter);
    const trees = [...declarationRuns(tokens)].map((run) => parser.parseDeclaration(run, docs, reporter));
    return { trees, mistakes: reporter.diagnostics };
  };
  for (const text of [shop, shop.replaceAll(',', ''), shop.replaceAll('(', ' '), shop.replaceAll('=', '= =')])
    expect(read(written, text)).toEqual(read('analysed', text));
});

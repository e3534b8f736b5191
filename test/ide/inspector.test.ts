/** A dataset at a glance, as lines. */
import { flowAt } from '../../compiler/ide/flow.ts';
import { inspect } from '../../compiler/ide/inspector.ts';
import { testIdeFixtures } from '../support/ide.ts';

testIdeFixtures('inspector', ({ workspace, file, offset }) => {
  const symbol = flowAt(workspace, file, offset)?.symbol;
  if (symbol === undefined) return ['nothing'];
  const { name, is, doc, errors, facts, columns, checks, tests, reads, readers } = inspect(workspace, symbol);
  return [
    `${is} ${name} · ${errors} errors · ${doc?.trim() ?? 'without documentation'}`,
    ...facts.map((fact) => `${fact.name}: ${fact.value}`),
    ...columns.map(
      ({ name: column, type, isKey, doc: told, tags, from }) =>
        `- ${[column, type, isKey ? 'key' : '', ...tags, told ?? '', from.length > 0 ? `from ${from.join(', ')}` : ''].filter(Boolean).join(' · ')}`,
    ),
    ...checks.map(({ text, isWarning, line }) => `${isWarning ? 'warns' : 'holds'}: ${text} (line ${line})`),
    ...tests.map((test) => `test ${test ?? 'without a name'}`),
    `reads ${reads.join(', ')}`,
    `read by ${readers.join(', ')}`,
  ];
});

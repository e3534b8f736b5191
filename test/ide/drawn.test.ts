/** What is drawn over the text and beside the cursor: signatures of calls, what words are, hints between them. */
import { inlayHints } from '../../compiler/ide/inlay-hints.ts';
import { semanticTokens } from '../../compiler/ide/semantic-tokens.ts';
import { signatureAt } from '../../compiler/ide/signatures.ts';
import { testIdeFixtures } from '../support/ide.ts';

/** The parameter that is being written stands in «»; the first signature is the one that fits. */
testIdeFixtures('signature', ({ workspace, file, offset }) => {
  const help = signatureAt(workspace, file, offset);
  if (help === null) return ['nothing'];
  return help.signatures.flatMap(({ label, parameters, active, doc }, index) => {
    const parameter = active === null ? undefined : parameters[active];
    const shown =
      parameter === undefined
        ? label
        : `${label.slice(0, parameter.start)}«${label.slice(parameter.start, parameter.end)}»${label.slice(parameter.end)}`;
    return [
      `${index === help.active ? '>' : ' '} ${shown}`,
      ...(index === help.active ? [`  ${doc}`, ...(parameter?.doc == null ? [] : [`  ${parameter.doc}`])] : []),
    ];
  });
});

/** Each word with what it is; those of `--- main.pipe` only. */
testIdeFixtures('tokens', ({ workspace, file }) => {
  const text = workspace.text(file);
  return semanticTokens(workspace, file, { start: 0, end: text.length }).map(
    ({ start, end, type, modifiers }) =>
      `${text.slice(start, end).split('\n').join('⏎')}  ${[type, ...modifiers].join('.')}`,
  );
});

/** The text with all hints in it: `⟦…⟧`. */
testIdeFixtures('hints', ({ workspace, file }) => {
  const text = workspace.text(file);
  const hints = inlayHints(
    workspace,
    file,
    { start: 0, end: text.length },
    { rows: true, types: true, parameters: true },
  );
  let shown = '';
  let at = 0;
  for (const { offset, label } of hints) {
    shown += `${text.slice(at, offset)}⟦${label}⟧`;
    at = offset;
  }
  const tooltip = hints.find(({ kind }) => kind === 'rows')?.tooltip ?? null;
  return [
    ...(shown + text.slice(at)).trimEnd().split('\n'),
    ...(tooltip === null ? [] : ['first tooltip:', ...tooltip.split('\n')]),
  ];
});

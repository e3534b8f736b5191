/** What one process found out and another goes on from never shows in an answer. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Workspace } from '../../compiler/workspace/workspace.ts';
import { answers, edit, type Files, project, WHOLE, workspaceOf } from './projects.ts';

const asList = (files: Files) => [...files].map(([path, text]) => ({ path, text }));

/** A command: goes on from what is kept, answers, and keeps what it found out. */
function command(files: Files, kept: Uint8Array | null) {
  const workspace = new Workspace(kept);
  workspace.setFiles(asList(files));
  const ran = new Set<string>();
  workspace.onQuery((query, key) => ran.add(`${query} ${key.slice(key.lastIndexOf('\n') + 1)}`));
  const found = workspace.check('findings');
  const saved = workspace.save();
  return { workspace, found, ran, kept: saved === null ? kept : Buffer.concat(saved) };
}

test('over any edits and any number of processes, the answers of a fresh workspace', () => {
  fc.assert(
    fc.property(project, fc.array(fc.tuple(edit, fc.boolean(), fc.option(edit)), { maxLength: 8 }), (start, edits) => {
      let files = start;
      let { kept } = command(files, null);
      for (const [each, asksAll, again] of edits) {
        files = each(files);
        const { workspace, found, kept: next } = command(files, kept);
        const fresh = workspaceOf(files);
        expect(found).toEqual(fresh.check());
        // Places need what was let go of, and a program needs all of it.
        if (asksAll) expect(answers(workspace)).toEqual(answers(fresh));
        kept = next;
        // An editor goes on, from what was not looked at yet too.
        if (again === null) continue;
        files = again(files);
        workspace.setFiles(asList(files));
        expect(workspace.check('findings')).toEqual(workspaceOf(files).check());
        const saved = workspace.save();
        if (saved !== null) kept = Buffer.concat(saved);
      }
    }),
    { numRuns: 200 },
  );
}, 120_000);

test('where nothing changed, nothing is parsed, checked or even asked', () => {
  const { kept } = command(WHOLE, null);
  expect([...command(WHOLE, kept).ran]).toEqual([]);
  expect(command(WHOLE, kept).workspace.save()).toBeNull();
});

test('an edit of one file parses that file, and those whose types it has', () => {
  const { kept } = command(WHOLE, null);
  const edited = new Map([...WHOLE, ['b.pipe', (WHOLE.get('b.pipe') ?? '').replace('v is not null', 'v > 0')]]);
  const ran = [...command(edited, kept).ran].filter((each) => /^(parse|shape|checked)/.test(each)).sort();
  expect(ran).toEqual([
    'checked enum states',
    'checked source _landing.s_a',
    'checked source _landing.s_b',
    'checked store dwh',
    'checked table dwh.core.t_a',
    'checked table dwh.core.t_b',
    'checked type R_a',
    'checked type R_b',
    'parse a.pipe',
    'parse b.pipe',
    'shape source _landing.s_a',
    'shape source _landing.s_b',
    'shape table dwh.core.t_a',
    'shape table dwh.core.t_b',
  ]);
});

test('what is kept of other files, or is nothing of ours, is of no use and of no harm', () => {
  const whole = command(WHOLE, null);
  const other = command(new Map([['x.pipe', 'table t in nowhere = from nothing']]), null);
  expect(command(WHOLE, other.kept).found).toEqual(whole.found);
  for (const bytes of [new Uint8Array(0), new Uint8Array(100), new Uint8Array(100).fill(255)])
    expect(command(WHOLE, bytes).found).toEqual(whole.found);
});

test('the bytes may begin anywhere in their buffer', () => {
  const { kept } = command(WHOLE, null);
  const shifted = new Uint8Array((kept?.length ?? 0) + 3);
  shifted.set(kept ?? [], 3);
  expect([...command(WHOLE, shifted.subarray(3)).ran]).toEqual([]);
});

test('declarations without a name, of equal names and of kinds that are none come back as they were', () => {
  const odd = new Map([
    [
      'a folder/ä.pipe',
      'project p { target: local }\ntable t in dwh = from s\ntable t in dwh = from s\ntest of t { }\ntest of t { }\ntest named of t { }\ntabel `a b` in dwh = from t\nfunction q = 1\ncheck of t { }\n',
    ],
  ]);
  const { kept, workspace, found } = command(odd, null);
  const again = command(odd, kept);
  expect([...again.ran]).toEqual([]);
  expect(again.found).toEqual(found);
  expect(again.workspace.symbols).toEqual(workspace.symbols);
  expect(workspace.symbols.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'project p',
    'table dwh.t',
    'table dwh.t',
    'test ',
    'test ',
    'test named',
    'tabel dwh.a b',
    'function q',
    'check ',
  ]);
});

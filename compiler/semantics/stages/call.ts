/** `call fn(args)`: a pipe function's stages, over the rows that come in. */
import type { CallStage } from '../../syntax/ast.ts';
import type { QueryEnv, Relation, RunStages } from '../relation.ts';
import { closest } from '../suggest.ts';
import { bindParameters, functionEnv } from '../user-functions.ts';
import { over } from './support.ts';

export function callStage(stage: CallStage, input: Relation, env: QueryEnv, run: RunStages): Relation {
  const { call } = stage;
  if (call.kind !== 'call') {
    if (call.kind !== 'missing')
      env.context.report(
        'type-mismatch',
        { what: '`call`', found: 'an expression', wanted: 'given a function: `call name(…)`' },
        call,
      );
    return input;
  }
  const name = call.name.parts.map((p) => p.text).join('.');
  const found = name === '' ? null : env.context.userFunction(name);
  if (found === null) {
    const nearest = closest(name, env.context.userFunctionNames());
    if (name !== '')
      env.context.report(
        'unknown-function',
        { name },
        call.name,
        nearest === null
          ? { notes: ['`call` takes a pipe function of the project: `fn name(…) = |> …`'] }
          : {
              label: `did you mean \`${nearest}\`?`,
              fixes: [
                {
                  title: `replace \`${name}\` by \`${nearest}\``,
                  safe: true,
                  edits: [{ place: env.context.place(call.name), text: nearest }],
                },
              ],
            },
      );
    return input;
  }
  env.context.trace?.name(call.name, { kind: 'declaration', namespace: 'function', name });
  const body = found.declaration.value;
  if (body?.kind !== 'query') {
    if (body !== null)
      env.context.report('wrong-arguments', { name, reason: 'it gives a value, so it stands in an expression' }, call);
    return input;
  }
  const bindings = bindParameters(found, call, over(input, env, `the arguments of \`${name}\``, { queries: false }));
  const inner = bindings === null ? null : functionEnv(found, call, env, bindings);
  return inner === null ? input : run(body.stages, input, inner, stage);
}

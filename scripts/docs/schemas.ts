/**
 * JSON schemas of what pipec writes for other programs, made from the types themselves:
 * `docs/schemas/manifest.schema.json` from `Plan`.
 */
import { join } from 'node:path';
import { createGenerator } from 'ts-json-schema-generator';

const root = join(import.meta.dirname, '..', '..');

/** Path in the repository → text. */
export function schemas(): ReadonlyMap<string, string> {
  const schema = createGenerator({
    path: join(root, 'runtime', 'plan.ts'),
    type: 'Plan',
    tsconfig: join(root, 'tsconfig.json'),
    skipTypeCheck: true,
  }).createSchema('Plan');
  return new Map([
    [
      'docs/schemas/manifest.schema.json',
      `${JSON.stringify({ title: 'pipec manifest, version 1', ...schema }, null, 2)}\n`,
    ],
  ]);
}

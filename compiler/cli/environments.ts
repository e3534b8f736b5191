/** Which environments a target has, by what stands in it. */
import type { Published } from '../../runtime/engines/published.ts';
import { closest } from '../semantics/suggest.ts';
import { usageError } from './command.ts';
import { planTarget } from './data.ts';
import type { Io } from './io.ts';
import type { Place } from './record.ts';

/** All that the project has in a target, by place. */
export async function versionsOf(io: Io, { root, program, target }: Place): Promise<ReadonlyMap<string, Published>> {
  const { allVersions } = await import('../../runtime/status.ts');
  const all = await allVersions({ folder: root, target: planTarget(program, target), env: io.environment });
  return new Map([...all].filter(([, one]) => one.gone === null && one.record?.project === program.project.name));
}

/** @param versions all that the project has in the target. Raises `CommandError` command-line where none is in the environment. */
export function expectEnvironment(target: string, environment: string, versions: ReadonlyMap<string, Published>): void {
  const known = [...new Set([...versions.values()].flatMap((one) => one.environment ?? []))];
  if (known.includes(environment)) return;
  const meant = closest(environment, known);
  throw usageError(
    `\`${target}\` has no environment \`${environment}\`${meant === null ? '' : `; did you mean \`${meant}\`?`}`,
    known.length === 0
      ? `it has none; one is made by: pipec apply --env ${environment}`
      : `there are: ${known.join(', ')}`,
  );
}

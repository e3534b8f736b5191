/** What runs a build elsewhere, one file a place: text from a plan, without clock, path of a machine or value of a secret. */
import type { Plan } from '../../../runtime/plan.ts';
import { dockerFiles } from './docker.ts';
import { kubernetesFiles } from './kubernetes.ts';
import { systemdFiles } from './systemd.ts';

type Place = (plan: Plan) => ReadonlyMap<string, string>;

const places: readonly Place[] = [dockerFiles, systemdFiles, kubernetesFiles];

/** Text of each file by its path in the build; none where there is no job to run. */
export function deployFiles(plan: Plan): ReadonlyMap<string, string> {
  if (plan.jobs.length === 0) return new Map();
  return new Map(places.flatMap((place) => [...place(plan)]));
}

/** The program of a command that builds: in the environment, for the target and of the sample that its options name. */
import { type EnvironmentOption, inEnvironment } from './environment.ts';
import type { Io } from './io.ts';
import { askOutside } from './outside.ts';
import { checkedProgram, type Project, targetOf } from './project.ts';
import { inSample, type SampleOption } from './sample.ts';

interface Options extends EnvironmentOption, SampleOption {
  readonly target?: string;
}

/** @throws CommandError where the target or the sample cannot be, AlreadyTold where the program has mistakes */
export async function askedProgram(io: Io, project: Project, options: Options) {
  await askOutside(project, io.environment);
  const whole = inEnvironment(checkedProgram(io, project), options.env);
  const target = targetOf(whole, options.target);
  const program = await inSample(io, { root: project.root, program: whole, target }, options.sample);
  return { program, target };
}

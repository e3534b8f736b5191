/** The record of runs of a project's folder, as tests look at it. */
import { join } from 'node:path';
import { State } from '../../runtime/state/state.ts';

export const stateFile = (path: string): Promise<State> => State.open({ kind: 'sqlite', path });

export const stateIn = (folder: string): Promise<State> => stateFile(join(folder, '.pipec/state.db'));

/** Every feature of the server. */
import type { Feature } from './feature.ts';
import { diagnostics } from './features/diagnostics.ts';
import { projects } from './features/projects.ts';

export const features: readonly Feature[] = [diagnostics, projects];

/** Names of a program where other systems take fewer letters than the language does, and its words on one line of a file. */
import { createHash } from 'node:crypto';
import type { Plan } from '../../../runtime/plan.ts';

/** Where an image has the build, and where relative paths of the program start: what is there outlives a container. */
export const APP = '/app';
export const DATA = '/data';

/**
 * A label as DNS has it (RFC 1123): `core_nightly` → `core-nightly`. What does not fit is shortened, and told apart by a hash of
 * the whole name: no two names of the program become one.
 */
export function label(name: string, longest = 40): string {
  if (/^[a-z](?:_?[a-z0-9])*$/.test(name) && name.length <= longest) return name.replaceAll('_', '-');
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  const readable = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, longest - hash.length - 1)
    .replace(/^-+|-+$/g, '');
  return readable === '' ? `x${hash}` : `${/^[0-9]/.test(readable) ? 'x' : ''}${readable}-${hash}`;
}

/** What is there once for a project and a target: the secret, the volume, the file of the environment. */
export function placeName(plan: Plan): string {
  return `${label(plan.project)}-${label(plan.target.name)}`;
}

/** The tag of an image: which program is in it. */
export function imageTag(plan: Plan): string {
  return plan.fingerprint.slice(0, 12);
}

/** Words of the program on one line: no character of it ends the line, or goes on with it on the next. */
export function oneLine(words: string): string {
  return words
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
    .replace(/\\+$/, '');
}

/** The first lines of a file whose comments begin with `#`. */
export function heading(plan: Plan, ...more: readonly string[]): string {
  const lines = [
    `Built by pipec ${plan.pipec} for the target ${plan.target.name} (program ${plan.fingerprint}).`,
    'Change the program, not this file.',
    ...more,
  ];
  return lines.map((line) => `${`# ${oneLine(line)}`.trimEnd()}\n`).join('');
}

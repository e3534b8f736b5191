/** Time zones by name. Asked of the runtime's own copy of the IANA database, each name once. */
import type { Span } from '../../syntax/source.ts';
import type { CheckContext } from '../context.ts';
import { closest } from '../suggest.ts';

const known = new Map<string, boolean>([['UTC', true]]);

let listed: readonly string[] | null = null;
function zones(): readonly string[] {
  listed ??= Intl.supportedValuesOf('timeZone');
  return listed;
}

export function isZone(name: string): boolean {
  const before = known.get(name);
  if (before !== undefined) return before;
  let valid = name.includes('/');
  // The list has each zone by one name and is quickly there; older names of a zone are known to the formatter alone.
  if (valid && !zones().includes(name)) {
    try {
      new Intl.DateTimeFormat('en', { timeZone: name });
    } catch {
      valid = false;
    }
  }
  known.set(name, valid);
  return valid;
}

/** Reports a name that is no zone; `at` is the text in quotes. */
export function reportZone(zone: string, at: Span, context: CheckContext): void {
  const meant = zoneMeant(zone);
  context.report(
    'unknown-time-zone',
    { zone },
    at,
    meant === null
      ? { notes: ["zones are named by continent and city: 'Europe/Berlin'"] }
      : {
          label: `did you mean '${meant}'?`,
          fixes: [
            {
              title: `replace '${zone}' by '${meant}'`,
              safe: true,
              edits: [{ place: context.place(at), text: `'${meant}'` }],
            },
          ],
        },
  );
}

/** The zone that a misspelt name, or a city alone, was probably meant to be; null where there is none near. */
function zoneMeant(name: string): string | null {
  const all = zones();
  const city = `/${name.toLowerCase().replaceAll(' ', '_')}`;
  return all.find((zone) => zone.toLowerCase().endsWith(city)) ?? (name.includes('/') ? closest(name, all) : null);
}

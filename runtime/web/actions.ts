/** What an operator may have done from the page, and by whom it is done. */
import type { ActionBodies, ActionName } from './api.ts';

/** Does it, or sets about it, for a person who has signed in; answers with what to tell. @throws Declined */
type Doing<Name extends ActionName> = (body: ActionBodies[Name], person: string | null) => Promise<string>;

/** Of each what does it, or why it is not to be had here. */
export type Actions = { readonly [Name in ActionName]: Doing<Name> | { readonly without: string } };

/** An action that makes no sense just now: the message is for people. */
export class Declined extends Error {}

/** Checked without knowing what there is: names are looked up by who acts. Null where it is not the body of the action. */
export function readBody<Name extends ActionName>(name: Name, value: unknown): ActionBodies[Name] | null {
  if (typeof value !== 'object' || value === null) return null;
  const fields = fieldsOf[name];
  const given = value as Readonly<Record<string, unknown>>;
  if (Object.keys(given).some((key) => !(key in fields))) return null;
  const fits = Object.entries<Fit>(fields).every(([key, accepts]) => accepts(given[key]));
  return fits ? (given as unknown as ActionBodies[Name]) : null;
}

type Fit = (value: unknown) => boolean;

const isName: Fit = (value) => typeof value === 'string' && value !== '' && value.length <= 500;
/** A day or a moment, as `pipec backfill` takes them. */
const isBound: Fit = (value) =>
  value === null || (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2})?$/.test(value));

const fieldsOf: { readonly [Name in ActionName]: { readonly [Field in keyof ActionBodies[Name]]: Fit } } = {
  run: { job: isName },
  pause: { job: isName },
  resume: { job: isName },
  retry: { run: isName },
  cancel: { run: isName },
  backfill: { dataset: isName, from: isBound, to: isBound },
};

export const actionNames = Object.keys(fieldsOf) as readonly ActionName[];

/** Where an engine that is mostly a server runs: there, or inside the process of pipec for a dry run. */
import { optional } from '../config.ts';
import { flag, runtime } from './values.ts';

export const place = (url: string) => ({
  url: optional(runtime("the address, mostly `secret('NAME')`"), `the address of the server, \`${url}\``),
  embedded: optional(flag(), '`true` runs the engine inside the process, in place of a server'),
  path: optional(
    runtime("a folder's path in quotes"),
    "of an embedded engine: where its files are, relative to the project's folder",
  ),
});

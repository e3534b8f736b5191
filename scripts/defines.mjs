/** What bundles know of the compiler that they are made of. */
import { PipeParser } from '../compiler/syntax/parser/declarations.ts';
import { fingerprint } from './fingerprint.mjs';

/** For esbuild's `define`. */
export function defines() {
  return {
    __PIPEC_BUILD__: JSON.stringify(fingerprint()),
    __PIPEC_LOOKAHEAD__: JSON.stringify(new PipeParser('analysed').decisions),
  };
}

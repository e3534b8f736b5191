/** The version of this compiler, from its package.json. */
import manifest from '../../package.json' with { type: 'json' };

export const VERSION: string = manifest.version;

declare const __PIPEC_BUILD__: string | undefined;

/** Tells one compiler from another, down to a changed line; null where it runs from its sources. */
export const BUILD: string | null = typeof __PIPEC_BUILD__ === 'undefined' ? null : __PIPEC_BUILD__;

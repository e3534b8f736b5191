/** Where this person's programs keep what they can make anew; as in bin/pipec.mjs. What lies in a shared folder, others may have written. */
import { homedir, platform } from 'node:os';
import { join } from 'node:path';

export function personCache(environment: Readonly<Record<string, string | undefined>>): string {
  switch (platform()) {
    case 'win32':
      return environment['LOCALAPPDATA'] || join(homedir(), 'AppData', 'Local');
    case 'darwin':
      return join(homedir(), 'Library', 'Caches');
    default:
      return environment['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  }
}

/** Databases that run inside this process are packages of hundreds of megabytes, which a project installs where it wants one. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runError } from '../errors.ts';

/** Loads a package from where the project, or pipec, has it. @throws PipecError `package-missing` */
export async function optionalPackage(name: string, folder: string): Promise<unknown> {
  return await import(pathToFileURL(packageFile(name, folder)).href);
}

/** The file that is loaded of a package. @throws PipecError `package-missing` */
export function packageFile(name: string, folder: string): string {
  for (const from of [pathToFileURL(join(folder, 'package.json')).href, import.meta.url])
    try {
      return createRequire(from).resolve(name);
    } catch {}
  throw runError('package-missing', { name });
}

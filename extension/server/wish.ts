/**
 * What the server asks of an editor on its own: to be told of files, to ask anew. An editor that is still starting may refuse
 * what it said it could do, and one that goes away answers nothing: either way the server goes on without.
 */
export function wish(asked: Promise<unknown>): void {
  asked.catch(() => undefined);
}

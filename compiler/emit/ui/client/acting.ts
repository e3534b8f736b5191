/** Buttons of what may be done: disabled with the reason where it may not, and what came of it told beside them. */
import type { ActionBodies, ActionName, Session } from '../../../../runtime/web/api.ts';
import { h } from '../../report/client/dom.ts';
import { act } from './server.ts';

let session: Session | null = null;

/** Called once, before anything is shown. */
export function actingAs(given: Session): void {
  session = given;
}

export const mayNot = (name: ActionName): string | null => (session === null ? 'not signed in' : session.actions[name]);

interface Looks<Name extends ActionName> {
  readonly label: string;
  /** Null where it makes sense just now, else why not. */
  readonly senseless?: string | null;
  readonly title?: string;
  /** A question before it is done. */
  readonly sure?: string;
  readonly done?: (told: string, body: ActionBodies[Name]) => void;
}

export function actionButton<Name extends ActionName>(
  name: Name,
  body: ActionBodies[Name],
  looks: Looks<Name>,
): HTMLElement {
  const why = mayNot(name) ?? looks.senseless ?? null;
  const button = h(
    'button',
    { disabled: why !== null, title: why ?? looks.title ?? null, click: () => void press() },
    looks.label,
  ) as HTMLButtonElement;
  const press = async (): Promise<void> => {
    if (looks.sure !== undefined && !confirm(looks.sure)) return;
    button.disabled = true;
    button.classList.add('busy');
    try {
      const told = await act(name, body);
      say(told, 'good');
      looks.done?.(told, body);
    } catch (failure) {
      say(failure instanceof Error ? failure.message : String(failure), 'bad');
    }
    button.disabled = false;
    button.classList.remove('busy');
  };
  return button;
}

const SHOWN_MS = 8000;
const board = h('div.said', { role: 'status', 'aria-live': 'polite' });

/** In a corner of the page, for a while. */
export function say(text: string, tone: 'good' | 'bad'): void {
  if (!board.isConnected) document.body.append(board);
  const note = h(`p.${tone}`, {}, text);
  board.append(note);
  setTimeout(() => note.remove(), SHOWN_MS);
}

/** Where somebody is to sign in. */
import { h } from '../../report/client/dom.ts';
import { problem } from './parts.ts';
import { signIn } from './server.ts';

export function signInPage(done: () => void): HTMLElement {
  const token = h('input', {
    type: 'password',
    id: 'token',
    autocomplete: 'current-password',
    required: true,
    autofocus: true,
  }) as HTMLInputElement;
  const said = h('div');
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    said.replaceChildren();
    try {
      await signIn(token.value);
      done();
    } catch (failure) {
      said.replaceChildren(problem(failure));
      token.select();
    }
  };
  return h(
    'main.sign-in',
    {},
    h(
      'form',
      { submit: (event) => void submit(event) },
      h('h1', {}, 'pipec'),
      // For those who keep passwords for people.
      h('input', { type: 'text', autocomplete: 'username', value: 'pipec', hidden: true }),
      h('label', { for: 'token' }, 'Token'),
      token,
      h('button', {}, 'Sign in'),
      said,
    ),
  );
}

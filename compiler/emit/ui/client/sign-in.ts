/** Where somebody is to sign in. */
import type { SignInAnswer } from '../../../../runtime/web/api.ts';
import { h } from '../../report/client/dom.ts';
import { problem } from './parts.ts';
import { signIn } from './server.ts';

export function signInPage({ token, provider }: SignInAnswer, done: () => void): HTMLElement {
  return h(
    'main.sign-in',
    {},
    h(
      'div',
      {},
      h('h1', {}, 'pipec'),
      provider ? h('a.button', { href: '/api/sign-in/begin' }, 'Sign in') : null,
      token ? tokenForm(done) : null,
    ),
  );
}

function tokenForm(done: () => void): HTMLElement {
  const token = h('input', {
    type: 'password',
    id: 'token',
    autocomplete: 'current-password',
    required: true,
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
    'form',
    { submit: (event) => void submit(event) },
    // For those who keep passwords for people.
    h('input', { type: 'text', autocomplete: 'username', value: 'pipec', hidden: true }),
    h('label', { for: 'token' }, 'Token'),
    token,
    h('button', {}, 'Sign in with the token'),
    said,
  );
}

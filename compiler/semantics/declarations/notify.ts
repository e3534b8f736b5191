import type { Occasion } from '../../../runtime/plan.ts';
import { defaulted, duration, list, optional, readProperties, required, word } from '../config.ts';
import { connector } from '../connectors/read.ts';
import type { NotifyModel } from '../model.ts';
import type { DeclarationKind } from './kind.ts';
import { namesOf } from './names-of.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Who is told what. */
const OCCASIONS = ['failure', 'recovery', 'lateness'] as const satisfies readonly Occasion[];

const properties = {
  to: required(connector('receiver'), 'who is told'),
  about: defaulted<readonly Occasion[]>(
    list(word(...OCCASIONS), 'a list of `failure`, `recovery` and `lateness`'),
    OCCASIONS,
    'what is told; all of it where it is left out',
  ),
  jobs: optional(namesOf('job', 'nightly'), 'of which jobs; of all where it is left out'),
  targets: optional(namesOf('target', 'prod'), 'in which targets; in all where it is left out'),
  again: defaulted(
    duration(MINUTE, 365 * 24 * HOUR),
    12 * HOUR,
    'while a job goes on failing, or being late, it is told again so long after',
  ),
};

/** Who hears of it where something breaks. */
export const notify: DeclarationKind<NotifyModel> = {
  word: 'notify',
  namespace: 'notify',
  doc: 'Who is told when a run that was due fails, when its job is well again, and when something is late. `pipec schedule` sends it.',
  example: "notify on_call { to: slack(secret('SLACK_URL')), about: [failure, recovery], targets: [prod] }",
  name: 'required',
  header: {},
  properties,
  body: null,
  value: null,
  check: (declaration, context) => {
    const at = declaration.name ?? declaration.kind;
    const values = readProperties(properties, declaration.properties, 'a `notify`', at, context);
    if (values.to === undefined) return null;
    const { to, about, jobs, targets, again } = values;
    return { name: context.symbol.name, to, about: [...new Set(about)], jobs, targets, againMs: again };
  },
};

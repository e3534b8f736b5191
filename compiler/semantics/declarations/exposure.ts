import { optional, readProperties, text } from '../config.ts';
import type { ExposureModel } from '../model.ts';
import { selected } from '../selection.ts';
import { words } from './dataset.ts';
import type { DeclarationKind } from './kind.ts';

const properties = {
  owner: optional(text("an address in quotes, such as `'bi@shop.example'`"), 'who answers for it'),
  url: optional(text('an address in quotes'), 'where it is'),
  tags: optional(words, 'words to select by'),
};

/** Who reads what the project makes. */
export const exposure: DeclarationKind<ExposureModel> = {
  word: 'exposure',
  namespace: 'exposure',
  doc: 'Who reads what the project makes: a report, an application, another team.',
  example: "exposure sales_dashboard on dwh.marts.daily_revenue { owner: 'bi@shop.example' }",
  name: 'required',
  header: { on: 'required' },
  properties,
  body: null,
  value: null,
  check: (declaration, context) => {
    const values = readProperties(
      properties,
      declaration.properties,
      'an exposure',
      declaration.name ?? declaration.kind,
      context,
    );
    const on = declaration.on === null ? [] : selected(declaration.on, context.catalog(), context);
    return { name: context.symbol.name, on, owner: values.owner, url: values.url, doc: declaration.doc };
  },
};

import { name, optional, readProperties, required, text } from '../config.ts';
import { type ProjectModel, resolve } from './context.ts';
import type { DeclarationKind } from './kind.ts';

const properties = {
  target: required(name('the name of a `target`', 'target'), 'the target that commands use where none is named'),
  owner: optional(text("an address in quotes, such as `'data@shop.example'`"), 'who answers for the project'),
};

/** The project itself: one in a folder, and all that is below it. */
export const project: DeclarationKind<ProjectModel> = {
  word: 'project',
  namespace: 'project',
  doc: 'The project: its name, its owner, and the target that commands use where none is named.',
  example: "project shop { owner: 'data@shop.example', target: local }",
  name: 'required',
  header: {},
  properties,
  body: null,
  value: null,
  check: (declaration, context) => {
    const values = readProperties(
      properties,
      declaration.properties,
      'a project',
      declaration.name ?? declaration.kind,
      context,
    );
    const target = values.target === undefined ? null : resolve('target', values.target, 'target', context);
    return target === null ? null : { name: context.symbol.name, owner: values.owner, target: target.name };
  },
};

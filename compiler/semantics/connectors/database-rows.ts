/** What a source reads of a database: one of its tables, or a query in its own SQL. */
import type { CallExpr } from '../../syntax/ast.ts';
import { callName, optional } from '../config.ts';
import type { DeclarationContext } from '../declarations/context.ts';
import type { ConnectorUse } from '../model.ts';
import { plainText, query } from './values.ts';

export const databaseRows = {
  table: optional(plainText(), "the table's name, with its schema where it has one: `'sales.orders'`"),
  query: optional(query(), "in place of a table: a query in the database's own SQL"),
};

/** @param address the argument that says where the database is */
export const checkDatabaseRows =
  (address: string, expected: string) =>
  (args: ConnectorUse['args'], call: CallExpr, context: DeclarationContext): void => {
    const given = (name: string) => call.args.find((argument) => argument.name?.text === name);
    const owner = `\`${callName(call)}(…)\``;
    if (args[address] === undefined && given(address) === undefined && call.args.every(({ name }) => name !== null))
      context.report('missing-property', { owner, property: address, expected }, call);
    const both = given('query');
    if (given('table') === undefined && both === undefined)
      context.report(
        'missing-property',
        { owner, property: 'table', expected: "the table's name in quotes, or `query: 'select …'`" },
        call,
      );
    else if (given('table') !== undefined && both !== undefined)
      context.report(
        'wrong-property-value',
        { property: 'query', expected: 'left out, as `table` is given', found: 'given' },
        both,
      );
  };

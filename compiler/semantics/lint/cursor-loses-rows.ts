import { lintOf } from './lint.ts';

/**
 * A cursor that is read only onwards loses what comes late or shares the last value; read with a `lookback` it gives rows
 * twice, which only a key tells apart.
 */
export const cursorLoses = lintOf('cursor-loses-rows', ['source'], (declaration, source, { report }) => {
  const cursor = declaration.properties.find((property) => property.name.text === 'cursor');
  if (cursor === undefined || source.source?.connectorProperties['cursor'] === undefined) return;
  if (source.source.connectorProperties['lookback'] === undefined)
    report('cursor-loses-rows', { source: source.name, without: 'lookback' }, cursor, {
      notes: ['add `lookback: 1h`, or as long as a row may come late'],
    });
  else if (source.key.length === 0)
    report('cursor-loses-rows', { source: source.name, without: 'key' }, cursor, {
      notes: ['mark the columns that find one row with `@key` in its type'],
    });
});

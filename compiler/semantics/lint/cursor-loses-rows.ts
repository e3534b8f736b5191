import { lintOf } from './lint.ts';

/**
 * A source that is asked only for what is after its cursor loses what comes late; one without a key cannot tell that a row
 * which comes again is one that was there.
 */
export const cursorLoses = lintOf('cursor-loses-rows', ['source'], (declaration, source, { report }) => {
  const cursor = declaration.properties.find((property) => property.name.text === 'cursor');
  if (cursor === undefined || source.source?.cursor == null) return;
  if (source.source.cursor.lookback === null)
    report('cursor-loses-rows', { source: source.name, without: 'lookback' }, cursor, {
      notes: ['add `lookback: 1h`, or as long as a row may come late'],
    });
  else if (source.key.length === 0)
    report('cursor-loses-rows', { source: source.name, without: 'key' }, cursor, {
      notes: ['mark the columns that find one row with `@key` in its type'],
    });
});

import { durationText } from '../config.ts';
import { lintOf } from './lint.ts';

/** What is restated after the rows it replaces have gone can no longer be told from new rows. */
export const restatesBeyondRetention = lintOf(
  'restates-beyond-retention',
  ['source'],
  (declaration, source, { report }) => {
    const restates = source.source?.connectorProperties['restates'];
    if (restates?.kind !== 'duration' || source.retentionMs === null || restates.ms <= source.retentionMs) return;
    const at = declaration.properties.find((property) => property.name.text === 'restates') ?? declaration.kind;
    report(
      'restates-beyond-retention',
      { source: source.name, restates: durationText(restates.ms), retention: durationText(source.retentionMs) },
      at,
    );
  },
);

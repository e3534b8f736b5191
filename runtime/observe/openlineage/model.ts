/**
 * What OpenLineage calls an event, as far as it is told here.
 * https://openlineage.io/spec/2-0-2/OpenLineage.json and the facets that each names by its `_schemaURL`.
 */

export interface LineageEvent {
  readonly eventType: 'START' | 'COMPLETE' | 'FAIL' | 'ABORT';
  /** ISO 8601. */
  readonly eventTime: string;
  readonly run: RunRef & { readonly facets: Facets };
  readonly job: JobRef & { readonly facets: Facets };
  readonly inputs: readonly InputDataset[];
  readonly outputs: readonly OutputDataset[];
  readonly producer: string;
  readonly schemaURL: string;
}
export interface RunRef {
  /** A UUID. */
  readonly runId: string;
}
export interface JobRef {
  readonly namespace: string;
  readonly name: string;
}
/** Namespace and name together are the dataset's URI. */
export interface DatasetName {
  readonly namespace: string;
  readonly name: string;
}
export interface InputDataset extends DatasetName {
  readonly facets: Facets;
  readonly inputFacets?: Facets;
}
export interface OutputDataset extends DatasetName {
  readonly facets: Facets;
  readonly outputFacets?: Facets;
}
export type Facets = Readonly<Record<string, Facet>>;
export interface Facet {
  readonly _producer: string;
  readonly _schemaURL: string;
  readonly [property: string]: unknown;
}

export const EVENT_SCHEMA = 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent';

/** Each kind of facet: the name that it goes by in an event, and the version of its schema. */
const facets = {
  parent: 'facets/1-2-0/ParentRunFacet.json#/$defs/ParentRunFacet',
  processing_engine: 'facets/1-1-1/ProcessingEngineRunFacet.json#/$defs/ProcessingEngineRunFacet',
  errorMessage: 'facets/1-0-1/ErrorMessageRunFacet.json#/$defs/ErrorMessageRunFacet',
  jobType: 'facets/2-0-4/JobTypeJobFacet.json#/$defs/JobTypeJobFacet',
  sql: 'facets/1-1-0/SQLJobFacet.json#/$defs/SQLJobFacet',
  jobDocumentation: 'facets/1-1-0/DocumentationJobFacet.json#/$defs/DocumentationJobFacet',
  schema: 'facets/1-2-0/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet',
  columnLineage: 'facets/1-2-0/ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet',
  documentation: 'facets/1-1-0/DocumentationDatasetFacet.json#/$defs/DocumentationDatasetFacet',
  ownership: 'facets/1-0-1/OwnershipDatasetFacet.json#/$defs/OwnershipDatasetFacet',
  dataQualityAssertions: 'facets/1-1-0/DataQualityAssertionsDatasetFacet.json#/$defs/DataQualityAssertionsDatasetFacet',
  outputStatistics: 'facets/1-0-2/OutputStatisticsOutputDatasetFacet.json#/$defs/OutputStatisticsOutputDatasetFacet',
} as const;

/** A facet, with who says it and by which schema. */
export const facet = (
  producer: string,
  kind: keyof typeof facets,
  properties: Readonly<Record<string, unknown>>,
): Facet => ({ _producer: producer, _schemaURL: `https://openlineage.io/spec/${facets[kind]}`, ...properties });

/** All lints: one line each. */
import type { ProjectRule } from '../project.ts';
import { builtByTwoJobs } from './built-by-two-jobs.ts';
import { cursorLoses } from './cursor-loses-rows.ts';
import { intervalReadsAll } from './interval-reads-all.ts';
import { limitWithoutOrder } from './limit-without-order.ts';
import type { DeclarationLint } from './lint.ts';
import { martReadsRaw } from './mart-reads-raw.ts';
import { neverDue } from './never-due.ts';
import { pageByNumber } from './page-by-number.ts';
import { piiInMart } from './pii-in-mart.ts';
import { preferPush } from './prefer-push.ts';
import { restatesBeyondRetention } from './restates-beyond-retention.ts';
import { secretInText } from './secret-in-text.ts';
import { streamReadDaily } from './stream-read-daily.ts';
import { swamp } from './swamp.ts';
import { unusedDataset } from './unused-dataset.ts';

/** Found with the declaration they look at. */
export const declarationLints: readonly DeclarationLint[] = [
  secretInText,
  swamp,
  martReadsRaw,
  piiInMart,
  limitWithoutOrder,
  intervalReadsAll,
  cursorLoses,
  pageByNumber,
  preferPush,
  restatesBeyondRetention,
];

/** Found when all declarations are known. */
export const projectLints: readonly ProjectRule[] = [unusedDataset, builtByTwoJobs, neverDue, streamReadDaily];

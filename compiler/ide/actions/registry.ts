/** All actions: one line each. */
import type { ActionRule } from './action.ts';
import { addKey } from './add-key.ts';
import { addProperty } from './add-property.ts';
import { createDeclaration } from './create-declaration.ts';
import { extractDataset } from './extract-dataset.ts';
import { handleNull } from './handle-null.ts';
import { inlineDataset } from './inline-dataset.ts';
import { matchType } from './match-type.ts';
import { sortProperties } from './sort-properties.ts';
import { writeTest } from './write-test.ts';

export const actionRules: readonly ActionRule[] = [
  createDeclaration,
  addProperty,
  matchType,
  handleNull,
  extractDataset,
  inlineDataset,
  addKey,
  writeTest,
  sortProperties,
];

import { expect, test } from 'vitest';
import { tooOld } from '../../runtime/main.ts';

test('a job says which Node it needs', () => {
  expect(['22.13.0', '22.20.1', '24.0.0'].map(tooOld)).toEqual([null, null, null]);
  expect(tooOld('20.20.2')).toBe('a job needs Node 22.13 or later, and this is Node 20.20.2');
  expect(tooOld('22.12.0')).not.toBe(null);
});

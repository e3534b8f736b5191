/** Rows for the queries by hand, and what those give that the interpreter does not know. */
import type { Tables } from './interpret.ts';

const flights = ['A', 'B', 'C', 'A', 'B', 'A'].flatMap((origin, i) =>
  ['B', 'C', 'A'].map((destination, j) => ({
    origin,
    destination,
    delay: (i + j) % 4 === 0 ? null : BigInt(i * 7 + j),
    distance: BigInt(((i * 313 + j * 97) % 12) * 100),
    day: `2024-01-0${1 + ((i + j) % 3)}`,
  })),
);
export const tables: Tables = {
  'dwh.core.flights': flights,
  'dwh.core.airports': [
    { iata: 'A', name: 'Aa', state: 'X' },
    { iata: 'B', name: 'Bb', state: null },
    { iata: 'D', name: 'Dd', state: 'Y' },
  ],
  'dwh.core.orders': [1n, 2n, 3n].map((id) => ({
    id,
    amount: '10.00',
    currency: id === 3n ? 'EUR' : 'USD',
    tags: id === 2n ? [] : ['x', 'y'],
  })),
  'dwh.core.rates': [
    { currency: 'USD', as_of: 1n, rate: '0.50' },
    { currency: 'USD', as_of: 2n, rate: '0.60' },
  ],
};
/** Decimals and the latest match are not the interpreter's to know. */
export const byHand: Readonly<Record<string, readonly (readonly (string | null)[])[]>> = {
  unnest: [['y', '1', '10.00']],
  'asof-join': [
    ['2', '0.60'],
    ['3', null],
  ],
  'values-and-money': [
    ['1', '10.00', 'a\nb', '20.00'],
    ['2', '2.50', "it's", '5.00'],
  ],
  'same-names-on-both-sides': [
    ['1', '1', '20.00'],
    ['2', '1', '20.00'],
    ['3', '3', '20.00'],
  ],
  'empty-values': [
    ['1', null],
    ['2', null],
    ['3', null],
  ],
};

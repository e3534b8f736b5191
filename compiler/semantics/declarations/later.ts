/**
 * Kinds that the language has and this version does not run: known by name, so that they are told from misspelt ones,
 * each with what does its work today.
 */
export const laterKinds: Readonly<Record<string, string>> = {
  entity: 'write it as a `table` with a `key`',
  fact: 'write it as a `table` with a `key`',
  bridge: 'write it as a `table` with a `key`',
  junk: 'write it as a `table` of distinct combinations',
  hub: 'write it as a `table`: `distinct` business keys with `md5(…)`',
  link: 'write it as a `table`: `distinct` combinations of keys',
  satellite: 'write it as a `table` with a window over the load date',
  pit: 'write it as a `table` with `asof join`',
  hashing: 'write the hash out: `md5(a || b)`',
  anchor: 'write it as a `table` with a `key`',
  attribute: 'write it as a `table` of key, value and time',
  tie: 'write it as a `table` of keys',
  knot: 'write it as an `enum` or a small `table`',
  view: 'write a `table` with `refresh: view`',
  grant: 'grant in the target itself; leave personal data out of marts',
  subject: 'leave personal data out of what is stored',
  features: 'write them as a `table`',
  training_set: 'write it as a `table` with `asof join`',
  model: 'train outside, and read the scores as a `source`',
  serve: 'read the `table` from the application',
  monitor: 'write `checks`',
  experiment: 'compare the variants in a `table`',
};

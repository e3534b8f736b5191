/**
 * Writes a project of any size, always the same for the same size: 30 % sources with 7–15 typed columns, 30 % staging
 * (8 columns, one source, row_number), 25 % intermediate (8 columns, two or three staging inputs, join, 5 aggregates),
 * 15 % facts (8 columns, left join of an intermediate and a staging, case, two windows).
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Shape {
  readonly datasets: number;
  readonly perFile: number;
}

export interface Generated {
  readonly datasets: number;
  readonly files: number;
  readonly lines: number;
  readonly bytes: number;
}

/** mulberry32: a seeded generator of numbers in [0, 1). */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const EXTRA = [
  'string',
  'int64?',
  'decimal(12, 2)',
  'string?',
  'bool',
  'date',
  'float64',
  'timestamp?',
  'decimal(18, 4)?',
  'uuid?',
] as const;

/** Writes the project into `folder`, which is emptied first. */
export function generateProject(folder: string, { datasets, perFile }: Shape): Generated {
  rmSync(folder, { recursive: true, force: true });
  const next = random(42);
  const upTo = (count: number): number => Math.floor(next() * count);
  const sources = Math.round(datasets * 0.3);
  const staging = Math.round(datasets * 0.3);
  const intermediate = Math.round(datasets * 0.25);
  const facts = datasets - sources - staging - intermediate;
  const texts: Record<string, string[]> = { sources: [], staging: [], intermediate: [], facts: [] };

  for (let index = 0; index < sources; index++) {
    const columns = [
      '  id:          int64          @key',
      '  customer_id: int64',
      '  amount:      decimal(12, 2)',
      '  status:      string',
      '  happened_at: timestamp',
    ];
    for (let extra = 2 + upTo(9); extra > 0; extra--)
      columns.push(`  extra_${extra}:     ${EXTRA[upTo(EXTRA.length)]}`);
    texts.sources?.push(
      `/// What system ${index} sends.\ntype Row${index} {\n${columns.join('\n')}\n  expect amount >= 0\n}\n\nsource src_${index} : Row${index} from file('data/src_${index}.parquet') in raw { invalid: quarantine }\n`,
    );
  }
  for (let index = 0; index < staging; index++) {
    texts.staging?.push(
      `/// The latest state of each row of source ${index % sources}.\ntable stg_${index} in dwh.staging { key: [id] } =
  from src_${index % sources} as s
  |> where s.amount > ${upTo(100)} and s.status <> 'void'
  |> extend row_number() over (partition by s.id order by s.happened_at desc, s.customer_id) as nth
  |> where nth = 1
  |> select
       s.id,
       s.customer_id,
       s.amount,
       s.status,
       s.happened_at,
       date(s.happened_at) as day,
       s.amount * 2 as doubled,
       lower_ascii(s.status) as status_lower
`,
    );
  }
  for (let index = 0; index < intermediate; index++) {
    const [a, b, c] = [upTo(staging), upTo(staging), upTo(staging)];
    const third = index % 2 === 0 ? `\n  |> join stg_${c} as c on a.customer_id = c.customer_id` : '';
    texts.intermediate?.push(
      `/// Totals a customer, a day and a status.\ntable int_${index} in dwh.core =
  from stg_${a} as a
  |> join stg_${b} as b on a.customer_id = b.customer_id and a.day = b.day${third}
  |> where a.amount > b.amount
  |> aggregate
       sum(a.amount) as total,
       count() as events,
       min(a.happened_at) as first_at,
       max(b.happened_at) as last_at,
       count(distinct b.id) as others
       group by a.customer_id, a.day, a.status
`,
    );
  }
  for (let index = 0; index < facts; index++) {
    texts.facts?.push(
      `/// Fact ${index}, as the dashboards read it.\ntable fct_${index} in dwh.marts =
  from int_${upTo(intermediate)} as i
  |> left join stg_${upTo(staging)} as s on i.customer_id = s.customer_id
  |> select
       i.customer_id,
       i.day,
       i.total,
       i.events,
       coalesce(s.status, 'none') as status,
       case when i.total > 1000 then 'large' when i.total > 100 then 'middle' else 'small' end as size,
       row_number() over (partition by i.customer_id order by i.day, i.total desc) as nth,
       sum(i.events) over (partition by i.day order by i.customer_id rows between 6 preceding and current row) as running
`,
    );
  }

  const written = { files: 0, lines: 0, bytes: 0 };
  const write = (path: string, text: string): void => {
    writeFileSync(join(folder, path), text);
    written.files += 1;
    written.lines += text.split('\n').length - 1;
    written.bytes += Buffer.byteLength(text);
  };
  mkdirSync(folder, { recursive: true });
  write(
    'project.pipe',
    `project generated { owner: 'bench@example.com', target: local }

target local { engine: duckdb(path: '.pipec/generated.duckdb') }

store raw : lake { path: '.pipec/raw', owner: 'bench@example.com', retention: 1y }
store dwh : warehouse { owner: 'bench@example.com', retention: 1y, layers: { staging: core, core: core, marts: mart } }

job nightly { schedule: cron('0 3 * * *'), builds: [raw.*, dwh.staging.*, dwh.core.*, dwh.marts.*] }
`,
  );
  for (const [layer, declarations] of Object.entries(texts)) {
    mkdirSync(join(folder, layer), { recursive: true });
    for (let from = 0; from < declarations.length; from += perFile) {
      write(`${layer}/${layer}_${from / perFile}.pipe`, declarations.slice(from, from + perFile).join('\n'));
    }
  }
  return { datasets, ...written };
}

/** What runs a build elsewhere: each file is read by a tool of its own system, and says what the plan says. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { ValidationSeverity, validate } from 'dockerfile-utils';
import fc from 'fast-check';
import { CronJob } from 'kubernetes-models/batch/v1';
import { describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { deployFiles } from '../../compiler/emit/deploy/deploy.ts';
import { cronEvery } from '../../compiler/emit/deploy/kubernetes.ts';
import { label } from '../../compiler/emit/deploy/names.ts';
import { EMBEDDED } from '../../compiler/emit/deploy/needs.ts';
import { calendar } from '../../compiler/emit/deploy/systemd.ts';
import { readFields } from '../../compiler/semantics/cron.ts';
import type { JobPlan, Plan } from '../../runtime/plan.ts';
import { plan } from './plan.ts';

const HOSTILE = '../Up "x" $(reboot) \\\n[Service]\nExecStart=/bin/sh %n \u2028 # {{ x }}';

const jobOf = (more: Partial<JobPlan>): Plan => ({ ...plan, jobs: plan.jobs.map((job) => ({ ...job, ...more })) });
const hostile: Plan = {
  ...jobOf({ name: HOSTILE, doc: HOSTILE }),
  project: HOSTILE,
  target: {
    name: HOSTILE,
    engine: { kind: 'postgres', place: { kind: 'server', url: { secret: 'DWH: "x"\n- y' } } },
    state: { kind: 'sqlite', path: { env: 'STATE\nUser=root', fallback: null } },
    secrets: { kind: 'env' },
  },
};
const server: Plan = {
  ...plan,
  target: {
    name: 'prod',
    engine: { kind: 'postgres', place: { kind: 'server', url: { secret: 'DWH_URL' } } },
    state: { kind: 'sqlite', path: '.pipec/state.db' },
    secrets: { kind: 'env' },
  },
};

function file(of: Plan, name: string): string {
  const found = deployFiles(of).get(`deploy/${name}`);
  if (found === undefined) throw new Error(`no ${name} in ${[...deployFiles(of).keys()].join(', ')}`);
  return found;
}
const named = (of: Plan, ending: string): [string, string][] =>
  [...deployFiles(of)].filter(([path]) => path.endsWith(ending));

test('the files of a plan', () => {
  expect([...deployFiles(plan).keys()]).toEqual([
    'deploy/Dockerfile',
    'deploy/package.json',
    'deploy/systemd/shop-nightly.service',
    'deploy/systemd/shop-nightly.timer',
    'deploy/kubernetes/shop-nightly.yaml',
    'deploy/kubernetes/kustomization.yaml',
  ]);
  expect([...deployFiles(jobOf({ schedule: null })).keys()]).not.toContain('deploy/systemd/shop-nightly.timer');
  expect(deployFiles({ ...plan, jobs: [] }).size).toBe(0);
});

test('names of other systems are theirs, and differ where those of the program do', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.string({ maxLength: 60 }), (a, b) => {
      expect(label(a)).toMatch(/^[a-z]([a-z0-9-]*[a-z0-9])?$/);
      expect(label(a).length).toBeLessThanOrEqual(41);
      if (a !== b) expect(label(a)).not.toBe(label(b));
    }),
  );
  expect(['core_nightly', 'a__b', 'a-b', 'A_b', '1st'].map((name) => label(name))).toEqual([
    'core-nightly',
    expect.stringMatching(/^a-b-[0-9a-f]{8}$/),
    expect.stringMatching(/^a-b-[0-9a-f]{8}$/),
    expect.stringMatching(/^a-b-[0-9a-f]{8}$/),
    expect.stringMatching(/^x1st-[0-9a-f]{8}$/),
  ]);
});

describe('the image', () => {
  it('passes the linter of Dockerfiles', () => {
    for (const each of [plan, server, hostile]) {
      const found = validate(file(each, 'Dockerfile'), { instructionWorkdirRelative: ValidationSeverity.ERROR });
      expect(found.map(({ message }) => message)).toEqual([]);
    }
    expect(validate('FROM x\nWORK /x\n').length).toBe(1);
  });

  it('runs the job as nobody in particular', () => {
    expect(file(server, 'Dockerfile')).toMatchInlineSnapshot(`
      "# Built by pipec 0.1.0 for the target prod (program 9f3c1b72aaaaaaaa).
      # Change the program, not this file.
      #
      # docker build -f dist/deploy/Dockerfile -t shop:9f3c1b72aaaa dist
      FROM node:24-slim
      ENV NODE_ENV=production
      WORKDIR /app
      COPY deploy/package.json ./
      RUN npm install --omit=dev --no-audit --no-fund && npm cache clean --force
      COPY . ./dist/
      # Relative paths of the program start here: what a run keeps outlives the container.
      RUN install -d -o node -g node /data
      VOLUME /data
      WORKDIR /data
      # The user node, as a number: Kubernetes asks whether it is root.
      USER 1000:1000
      LABEL org.opencontainers.image.title="shop"
      LABEL pipec.version="0.1.0"
      LABEL pipec.target="prod"
      LABEL pipec.fingerprint="9f3c1b72aaaaaaaa"
      # A job ends by itself: its exit code tells.
      HEALTHCHECK NONE
      ENTRYPOINT ["node"]
      CMD ["/app/dist/jobs/nightly.mjs", "run", "--project", "/data"]
      "
    `);
  });

  it('has the packages that this version is tested with', () => {
    const read = (path: string): Record<string, unknown> =>
      JSON.parse(readFileSync(join(import.meta.dirname, '../..', path), 'utf8'));
    const engines = read('test/engines/package.json')['dependencies'];
    expect({ ...EMBEDDED.postgres, ...EMBEDDED.clickhouse }).toEqual(engines);
    const duckdb = {
      '@duckdb/node-bindings': (read('package.json') as typeof import('../../package.json')).dependencies[
        '@duckdb/node-bindings'
      ],
    };
    const packages = (of: Plan) => JSON.parse(file(of, 'package.json'));
    expect(packages(plan).dependencies).toEqual(duckdb);
    expect(packages(server).dependencies).toEqual(duckdb);
    const embedded = {
      ...server.target,
      engine: { kind: 'clickhouse', place: { kind: 'embedded', path: 'x' }, database: null },
    } as const;
    expect(packages({ ...server, target: embedded })).toMatchObject({
      dependencies: { ...duckdb, ...EMBEDDED.clickhouse },
      allowScripts: { chdb: true },
    });
  });
});

describe('Kubernetes', () => {
  it('takes the manifests', () => {
    const schedules: JobPlan['schedule'][] = [null, { everyMs: 5_400_000 }, { everyMs: 900_000 }];
    const secrets = { kind: 'file', directory: 'secrets' } as const;
    const plans = [
      plan,
      server,
      hostile,
      { ...server, target: { ...server.target, secrets } },
      ...schedules.map((schedule) => jobOf({ schedule })),
    ];
    for (const each of plans) {
      const manifests = named(each, '.yaml').filter(([path]) => !path.endsWith('kustomization.yaml'));
      expect(manifests).toHaveLength(1);
      for (const [, text] of manifests) expect(() => new CronJob(parse(text)).validate()).not.toThrow();
    }
    const wrong = parse(file(plan, 'kubernetes/shop-nightly.yaml'));
    wrong.spec.concurrencyPolicy = ['Forbid'];
    expect(() => new CronJob(wrong).validate()).toThrow(/concurrencyPolicy/);
  });

  it('is told the schedule, and secrets by their names', () => {
    const text = file(server, 'kubernetes/shop-nightly.yaml');
    const { spec } = parse(text);
    expect(spec).toMatchObject({
      schedule: '0 3 * * *',
      timeZone: 'Europe/Berlin',
      suspend: false,
      concurrencyPolicy: 'Forbid',
    });
    const pod = spec.jobTemplate.spec.template.spec;
    expect(spec.jobTemplate.spec.backoffLimit).toBe(0);
    expect(pod.containers[0].env).toEqual([
      { name: 'TMPDIR', value: '/scratch' },
      { name: 'DWH_URL', valueFrom: { secretKeyRef: { name: 'shop-prod', key: 'DWH_URL' } } },
    ]);
    expect(pod.containers[0].args).toEqual(['/app/dist/jobs/nightly.mjs', 'run', '--project', '/data']);
    const kustomization = parse(file(server, 'kubernetes/kustomization.yaml'));
    expect(kustomization.resources).toEqual(['shop-nightly.yaml']);
    expect(pod.containers[0].image).toBe(`${kustomization.images[0].name}:${kustomization.images[0].newTag}`);
  });

  it('mounts secrets that are files', () => {
    const secrets = { kind: 'file', directory: '/run/secrets' } as const;
    const { spec } = parse(file({ ...server, target: { ...server.target, secrets } }, 'kubernetes/shop-nightly.yaml'));
    const pod = spec.jobTemplate.spec.template.spec;
    expect(pod.containers[0].env).toEqual([{ name: 'TMPDIR', value: '/scratch' }]);
    expect(pod.containers[0].volumeMounts).toContainEqual({
      name: 'secrets',
      mountPath: '/run/secrets',
      readOnly: true,
    });
    expect(pod.volumes).toContainEqual({ name: 'secrets', secret: { secretName: 'shop-prod' } });
  });

  it('lets no text of the program out of its place', () => {
    const [[, text] = ['', '']] = named(hostile, '.yaml');
    const { metadata, spec } = parse(text);
    expect(metadata.annotations['pipec/job']).toBe(HOSTILE);
    const [container] = spec.jobTemplate.spec.template.spec.containers;
    expect(container.env[1].name).toBe('DWH: "x"\n- y');
    expect(container.args[0]).toMatch(/^\/app\/dist\/jobs\/[\w.~-]+\.mjs$/);
  });

  it('suspends what no cron says', () => {
    const suspended = (schedule: JobPlan['schedule']) =>
      parse(file(jobOf({ schedule }), 'kubernetes/shop-nightly.yaml')).spec;
    expect(suspended(null).suspend).toBe(true);
    expect(suspended({ everyMs: 5_400_000 }).suspend).toBe(true);
    expect(suspended({ everyMs: 900_000 })).toMatchObject({ suspend: false, schedule: '*/15 * * * *' });
  });

  it('starts at even distances', () => {
    const minute = 60_000;
    for (const minutes of [1, 7, 15, 45, 60, 90, 360, 1440, 10_080, 20_000]) {
      const fields = readFields(cronEvery(minutes * minute) ?? '');
      if (fields === null) continue;
      const starts: number[] = [];
      for (let at = Date.UTC(2026, 0, 4); at < Date.UTC(2026, 0, 26); at += minute)
        if (fits(fields, new Date(at))) starts.push(at);
      expect(new Set(starts.slice(1).map((at, i) => (at - (starts[i] ?? 0)) / minute))).toEqual(new Set([minutes]));
    }
    expect([7, 45, 90, 20_000, 0.5].map((minutes) => cronEvery(minutes * minute))).toEqual([
      null,
      null,
      null,
      null,
      null,
    ]);
  });
});

/** As crontab(5) says it: where both days are given, either will do. */
function fits(fields: NonNullable<ReturnType<typeof readFields>>, at: Date): boolean {
  const { minute, hour, day, month, weekday } = fields;
  const byDay = day.values.includes(at.getUTCDate());
  const byWeekday = weekday.values.includes(at.getUTCDay());
  return (
    minute.values.includes(at.getUTCMinutes()) &&
    hour.values.includes(at.getUTCHours()) &&
    month.values.includes(at.getUTCMonth() + 1) &&
    (day.every || weekday.every ? byDay && byWeekday : byDay || byWeekday)
  );
}

const analyze = (...args: string[]) =>
  spawnSync('systemd-analyze', args, { encoding: 'utf8', env: { ...process.env, TZ: 'UTC', LC_ALL: 'C' } });
const noSystemd = analyze('--version').error !== undefined;

describe.skipIf(noSystemd)('systemd', () => {
  it('takes the units', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pipec-units-'));
    const secrets = { ...jobOf({ schedule: { everyMs: 5_400_000 } }), target: server.target };
    for (const each of [plan, secrets, hostile]) {
      const units = [...named(each, '.service'), ...named(each, '.timer')];
      expect(units).toHaveLength(2);
      const paths = units.map(([path, text]) => {
        writeFileSync(join(folder, basename(path)), text);
        return join(folder, basename(path));
      });
      const told = analyze('verify', '--man=no', '--recursive-errors=no', ...paths);
      expect([told.stderr, told.status]).toEqual(['', 0]);
    }
    // Nothing that a program says is a line of its own.
    for (const [, text] of [...named(hostile, '.service'), ...named(hostile, '.timer')]) {
      const lines = text.split('\n').filter((line) => /^(?:ExecStart|User|\[Service)/.test(line));
      expect(
        lines.every((line) => /^(?:ExecStart=\/usr\/bin\/env node |User=pipec$|\[Service\]$)/.test(line)),
        text,
      ).toBe(true);
    }
    writeFileSync(join(folder, 'wrong.service'), '[Service]\nType=oneshot\nUsr=x\nExecStart=/usr/bin/env x\n');
    expect(analyze('verify', '--man=no', join(folder, 'wrong.service')).stderr).toContain('Usr');
    rmSync(folder, { recursive: true });
  });

  it('starts when cron would', () => {
    const field = (low: number, high: number) =>
      fc.oneof(
        fc.constant('*'),
        fc
          .uniqueArray(fc.integer({ min: low, max: high }), { minLength: 1, maxLength: 4 })
          .map((values) => values.join()),
        fc.integer({ min: 2, max: Math.ceil((high - low) / 2) }).map((step) => `*/${step}`),
      );
    const crons = fc
      .tuple(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 7))
      .map((all) => all.join(' '));
    fc.assert(
      fc.property(crons, (cron) => {
        const fields = readFields(cron);
        if (fields === null) return;
        const found = new Set<number>();
        let until = Number.POSITIVE_INFINITY;
        for (const event of calendar(cron, 'UTC')) {
          const { stdout, stderr, status } = analyze(
            'calendar',
            '--iterations=12',
            '--base-time=2026-01-01 00:00:00 UTC',
            event,
          );
          expect([stderr, status]).toEqual(['', 0]);
          const times = [
            ...stdout.matchAll(/(?:Next elapse|Iteration #\d+|Iter\. #\d+): \w+ ([\d-]+) ([\d:]+) UTC/g),
          ].map(([, day, time]) => Date.parse(`${day}T${time}Z`));
          for (const time of times) found.add(time);
          // Beyond the last of twelve, one event has told nothing.
          if (times.length === 12) until = Math.min(until, times[11] ?? until);
        }
        const end = Math.min(until, Date.UTC(2027, 0, 1));
        const expected: number[] = [];
        for (let at = Date.UTC(2026, 0, 1, 0, 1); at <= end; at += 60_000)
          if (fits(fields, new Date(at))) expected.push(at);
        expect([...found].filter((at) => at <= end).sort((a, b) => a - b)).toEqual(expected);
      }),
      {
        numRuns: 25,
        examples: [
          ['0 3 * * *'],
          ['0 0 13 * 5'],
          ['*/15 9-17 * * 1-5'],
          ['0 0 1 * 0-6'],
          ['0 0 1-31 * 1'],
          ['0 0 29 2 *'],
        ],
      },
    );
  });
});

test('what is not written: the value of a secret, a path of this machine', () => {
  for (const each of [plan, server, hostile])
    for (const [path, text] of deployFiles(each))
      expect(text.includes(join(import.meta.dirname, '../..')), path).toBe(false);
});

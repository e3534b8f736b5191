/** A CronJob a job, and a kustomization of all of them. Scalars are JSON's, which YAML reads as they are. */
import type { JobPlan, Plan } from '../../../runtime/plan.ts';
import { fileName } from '../names.ts';
import { APP, DATA, heading, imageTag, label, oneLine, placeName } from './names.ts';
import { needsOf } from './needs.ts';

/** The rest of the image is read only. */
const SCRATCH = '/scratch';

/** A CronJob's name becomes its jobs', which add 11 characters to it and have 63. */
const LONGEST = 52;

export function kubernetesFiles(plan: Plan): ReadonlyMap<string, string> {
  const manifests = plan.jobs.map((job): [string, string] => [`${cronJobName(plan, job)}.yaml`, cronJob(plan, job)]);
  const files = [
    ...manifests,
    [
      'kustomization.yaml',
      kustomization(
        plan,
        manifests.map(([name]) => name),
      ),
    ] as const,
  ];
  return new Map(files.map(([name, text]) => [`deploy/kubernetes/${name}`, text]));
}

const scalar = (value: string): string => JSON.stringify(value).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, escaped);

/** JSON leaves these as they are; YAML takes them for line ends or not at all. */
function escaped(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}

function cronJobName(plan: Plan, job: JobPlan): string {
  return `${label(plan.project, 20)}-${label(job.name, LONGEST - 21)}`;
}

/** What stands for the image: the kustomization says where it is really kept. */
const imageName = (plan: Plan): string => label(plan.project);

function kustomization(plan: Plan, manifests: readonly string[]): string {
  return `${heading(plan, '', 'kubectl apply -k dist/deploy/kubernetes')}apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
${manifests.map((name) => `  - ${name}\n`).join('')}images:
  # Where a registry keeps the image, by \`kustomize edit set image ${imageName(plan)}=…\` in a kustomization over this one.
  - name: ${scalar(imageName(plan))}
    newTag: ${scalar(imageTag(plan))}
`;
}

function cronJob(plan: Plan, job: JobPlan): string {
  const when = schedule(job);
  const words = [
    ...(job.doc === null ? [] : ['', job.doc]),
    ...(when.why === null
      ? []
      : ['', when.why, `kubectl create job --from=cronjob/${cronJobName(plan, job)} by-hand-1`]),
  ];
  const labels = (indent: string): string =>
    [
      ['app.kubernetes.io/name', label(job.name)],
      ['app.kubernetes.io/part-of', label(plan.project)],
      ['app.kubernetes.io/managed-by', 'pipec'],
    ]
      .map(([key, value]) => `${indent}${key}: ${scalar(value ?? '')}\n`)
      .join('');
  return `${heading(plan, ...words)}apiVersion: batch/v1
kind: CronJob
metadata:
  name: ${scalar(cronJobName(plan, job))}
  labels:
${labels('    ')}  annotations:
    pipec/job: ${scalar(job.name)}
    pipec/target: ${scalar(plan.target.name)}
    pipec/fingerprint: ${scalar(plan.fingerprint)}
spec:
  schedule: ${scalar(when.cron)}
  timeZone: ${scalar(when.timezone)}
  suspend: ${when.why !== null}
  # A run that goes on past the next start is not joined by a second one.
  concurrencyPolicy: Forbid
  # How late a run may start: without catch-up, one that was missed is left out.
  startingDeadlineSeconds: ${job.catchup ? 86_400 : 600}
  successfulJobsHistoryLimit: 3
  failedJobsHistoryLimit: 3
  jobTemplate:
    spec:
      # Tasks are tried again by the job itself.
      backoffLimit: 0
      template:
        metadata:
          labels:
${labels('            ')}        spec:
          restartPolicy: Never
          # Statements are ended before a pod is.
          terminationGracePeriodSeconds: 120
          automountServiceAccountToken: false
          securityContext:
            runAsNonRoot: true
            runAsUser: 1000
            runAsGroup: 1000
            fsGroup: 1000
            seccompProfile:
              type: RuntimeDefault
          containers:
            - name: job
              image: ${scalar(`${imageName(plan)}:${imageTag(plan)}`)}
              args:
                - ${scalar(`${APP}/dist/jobs/${fileName(job.name)}.mjs`)}
                - run
                - --project
                - ${DATA}
${environment(plan, job)}              securityContext:
                allowPrivilegeEscalation: false
                readOnlyRootFilesystem: true
                capabilities:
                  drop:
                    - ALL
              volumeMounts:
                - name: data
                  mountPath: ${DATA}
                - name: scratch
                  mountPath: ${SCRATCH}
${secretMount(plan)}          volumes:
            - name: data
              persistentVolumeClaim:
                claimName: ${scalar(placeName(plan))}
            - name: scratch
              emptyDir: {}
${secretVolume(plan)}`;
}

/** By names only: values are in a Secret and a ConfigMap of the cluster, named after the project and the target. */
function environment(plan: Plan, job: JobPlan): string {
  const needs = needsOf(plan, job);
  const secrets = plan.target.secrets.kind === 'env' ? needs.secrets : [];
  const env = secrets.map(
    (name) => `                - name: ${scalar(name)}
                  valueFrom:
                    secretKeyRef:
                      name: ${scalar(placeName(plan))}
                      key: ${scalar(name)}
`,
  );
  const from =
    needs.environment.length === 0
      ? ''
      : `              # ${needs.environment.map(oneLine).join(', ')}
              envFrom:
                - configMapRef:
                    name: ${scalar(placeName(plan))}
                    optional: true
`;
  return `              env:
                - name: TMPDIR
                  value: ${SCRATCH}
${env.join('')}${from}`;
}

/** Secrets that the program reads from files: a file each. */
function secretMount({ target: { secrets } }: Plan): string {
  if (secrets.kind !== 'file') return '';
  const path = secrets.directory.startsWith('/') ? secrets.directory : `${DATA}/${secrets.directory}`;
  return `                - name: secrets\n                  mountPath: ${scalar(path)}\n                  readOnly: true\n`;
}

function secretVolume(plan: Plan): string {
  if (plan.target.secrets.kind !== 'file') return '';
  return `            - name: secrets\n              secret:\n                secretName: ${scalar(placeName(plan))}\n`;
}

/** `why` tells why it does not run by itself: a CronJob must have a schedule, and is suspended then. */
function schedule({ schedule: given }: JobPlan): { cron: string; timezone: string; why: string | null } {
  const never = (why: string) => ({ cron: '0 0 1 1 *', timezone: 'Etc/UTC', why });
  if (given === null) return never('It has no schedule and is suspended: it is run by hand.');
  if ('arrival' in given)
    return never('It runs when what it reads has arrived, which pipec schedule sees to: here it is suspended.');
  if ('cron' in given) return { ...given, why: null };
  const cron = cronEvery(given.everyMs);
  return cron === null
    ? never(`No cron comes every ${given.everyMs / 1000} s from one start to the next, so it is suspended.`)
    : { cron, timezone: 'Etc/UTC', why: null };
}

/** A cron that comes each time a length has passed; null where none does, as the length does not divide an hour or a day. */
export function cronEvery(ms: number): string | null {
  const minutes = ms / 60_000;
  const hours = minutes / 60;
  const step = (every: number): string => (every === 1 ? '*' : `*/${every}`);
  if (Number.isInteger(minutes) && minutes < 60 && 60 % minutes === 0) return `${step(minutes)} * * * *`;
  if (Number.isInteger(hours) && hours < 24 && 24 % hours === 0) return `0 ${step(hours)} * * *`;
  if (hours === 24) return '0 0 * * *';
  return hours === 7 * 24 ? '0 0 * * 0' : null;
}

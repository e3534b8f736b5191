/** An image of all jobs of a build: Node, the bundles and the engine's package; nothing of pipec. */
import type { JobPlan, Plan } from '../../../runtime/plan.ts';
import { fileName } from '../names.ts';
import { APP, DATA, heading, imageTag, label, oneLine } from './names.ts';
import { packagesOf } from './needs.ts';

export function dockerFiles(plan: Plan): ReadonlyMap<string, string> {
  return new Map([
    ['deploy/Dockerfile', dockerfile(plan)],
    ['deploy/package.json', packageJson(plan)],
  ]);
}

function dockerfile(plan: Plan): string {
  // A container of the image runs a job, or another that is named in its place.
  const [job] = plan.jobs as readonly [JobPlan, ...JobPlan[]];
  const command = [`${APP}/dist/jobs/${fileName(job.name)}.mjs`, 'run', '--project', DATA];
  const tag = `${label(plan.project)}:${imageTag(plan)}`;
  const labels = [
    ['org.opencontainers.image.title', plan.project],
    ['pipec.version', plan.pipec],
    ['pipec.target', plan.target.name],
    ['pipec.fingerprint', plan.fingerprint],
  ];
  const shown = labels.map(([name, value]) => `LABEL ${name}=${quoted(value ?? '')}\n`).join('');
  return `${heading(plan, '', `docker build -f dist/deploy/Dockerfile -t ${tag} dist`)}FROM node:24-slim
ENV NODE_ENV=production
WORKDIR ${APP}
COPY deploy/package.json ./
RUN npm install --omit=dev --no-audit --no-fund && npm cache clean --force
COPY . ./dist/
# Relative paths of the program start here: what a run keeps outlives the container.
RUN install -d -o node -g node ${DATA}
VOLUME ${DATA}
WORKDIR ${DATA}
# The user node, as a number: Kubernetes asks whether it is root.
USER 1000:1000
${shown}# A job ends by itself: its exit code tells.
HEALTHCHECK NONE
ENTRYPOINT ["node"]
CMD [${command.map((word) => JSON.stringify(word)).join(', ')}]
`;
}

/** In double quotes, where `\` and `$` mean something. */
function quoted(value: string): string {
  return `"${oneLine(value).replace(/["\\$]/g, '\\$&')}"`;
}

/** Versions stand exactly, and a package that runs something at its installation is named. */
function packageJson(plan: Plan): string {
  const dependencies = packagesOf(plan);
  const scripts = 'chdb' in dependencies ? { allowScripts: { chdb: true } } : {};
  return `${JSON.stringify({ private: true, type: 'module', dependencies, ...scripts }, null, 2)}\n`;
}

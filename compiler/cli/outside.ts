/** Finds out what only those outside of the program know, and tells the workspace. What was found out is kept for the next command. */
import type { Answer, Question } from '../semantics/outside.ts';
import { CacheFolder } from './cache-folder.ts';
import type { Environment } from './io.ts';
import type { Project } from './project.ts';

/** Of all projects together; a kilobyte each at most in practice. */
const MOST = 2000;

/** Asks whatever the project's program needs to know. Costs nothing where there is nothing to ask. */
export async function askOutside(project: Project, environment: Environment): Promise<void> {
  const questions = project.workspace.questions();
  if (questions.length === 0) return;
  const kept = new CacheFolder(environment, 'answers', { files: MOST, bytes: 64 * 2 ** 20 });
  for (const question of questions) {
    const key = JSON.stringify(question);
    const known = kept.read(key);
    const answer =
      known === null ? await answerTo(question) : (JSON.parse(Buffer.from(known).toString('utf8')) as Answer);
    if (known === null && answer.kind !== 'unanswered') kept.write(key, [Buffer.from(JSON.stringify(answer))]);
    project.workspace.answer(question, answer);
  }
}

/** Also of one that nobody can answer. */
export async function answerTo(question: Question): Promise<Answer> {
  try {
    const { describerOf } = await import('../../runtime/engines/describers.ts');
    const describe = await describerOf(question.engine);
    if (describe === null) return { kind: 'unanswered', why: 'that engine is not here to be asked' };
    return await describe(question);
  } catch (thrown) {
    const why = thrown instanceof Error ? (thrown.message.split('\n')[0] ?? '') : String(thrown);
    return { kind: 'unanswered', why };
  }
}

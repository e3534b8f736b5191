/** One long editing session on a large project, compared with a fresh check at every tenth step. */
import { editingSession } from '../../test/support/editing.ts';

const DATASETS = 1000;

export async function soakEditing(count: number, seed: number): Promise<boolean> {
  try {
    const { compared, requests } = await editingSession({
      datasets: DATASETS,
      steps: count,
      seed,
      every: 10,
      tell: (line) => console.log(line),
    });
    console.log(
      `${count} edits of ${DATASETS} datasets, ${requests} requests answered, ${compared} times as a fresh check`,
    );
    return true;
  } catch (error) {
    console.log(error instanceof Error ? error.message : String(error));
    return false;
  }
}

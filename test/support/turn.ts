// One after another, across the processes that tests run in: whoever could make the folder has the turn.
import { mkdirSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Longer than any test may take. */
const patienceMs = 120_000;

export async function takeTurn(folder: string): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!tryTake(folder)) {
    if (performance.now() > deadline) throw new Error(`${folder} is still there: a test has not ended its turn.`);
    await sleep(50);
  }
}

/** Also where nobody has it. */
export function endTurn(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

function tryTake(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

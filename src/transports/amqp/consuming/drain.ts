/** The end of all consumed queues: they accept nothing new, their runs end, and runs that take too long are aborted. */
import { AmqpError } from "../../../amqp-client/errors.ts";
import { aborted, wait } from "../../../util/wait.ts";
import { atMost } from "../../../util/within.ts";
import type { ConsumedQueue } from "./consumed-queue.ts";

/** How long a run may take to end after its signal aborted. */
const abortedRunMs = 1000;
/** How long all of that may take, where the broker has to answer. */
const answerMs = 4000;

/** Resolves when no run is left, and nothing new comes. When the signal aborts before that, `abort` does too, and then not much later. */
export async function drain(
  queues: readonly ConsumedQueue[],
  abort: AbortController,
  signal: AbortSignal,
): Promise<void> {
  // A broker that does not answer must not delay the stop: while consumers are cancelled, or later.
  await Promise.race([stopAll(queues), aborted(signal)]);
  if (!signal.aborted) return;
  const reason = new AmqpError("ERR_SERVICE_STOPPING", "The service is stopping, and its grace period is over.");
  abort.abort(reason);
  const deadline = wait(abortedRunMs);
  await atMost(Promise.all(queues.map((queue) => queue.abortRuns(reason, deadline))), answerMs);
}

async function stopAll(queues: readonly ConsumedQueue[]): Promise<void> {
  await Promise.all(queues.map((queue) => queue.stopTaking()));
  await Promise.all(queues.map((queue) => queue.ended()));
}

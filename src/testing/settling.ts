/** When the work of services has ended: nothing is open, and nothing happened during the check. */
import { performance } from "node:perf_hooks";
import { clearTimeout, setTimeout } from "node:timers";
import type { OpenWork } from "../service/open-work.ts";

export interface Conversation {
  openWork(): Promise<readonly OpenWork[]>;
  /** Increases with every event. */
  readonly changes: number;
  /** Resolves at the next event, or after this many milliseconds. */
  changed(ms: number): Promise<void>;
}

/** The time between two checks of the broker, in milliseconds, unless something happens. */
const pauseMs = 10;
/**
 * How long a clock waits for work that does not move, in milliseconds: a handler that waits for the test, or a queue without a consumer.
 */
const quietMs = 50;
/** How long a clock waits for answers of the broker, in milliseconds: a broker that is cut off does not answer. */
const answerMs = 2000;

/** Whether all open work waits for the clock. */
function isStill(work: readonly OpenWork[]): boolean {
  const isDoing = ({ queued, running, pausing, interrupted }: OpenWork): boolean =>
    queued > 0 || running !== pausing || interrupted;
  return isAnswered(work) && !work.some(isDoing);
}

/** Whether no work waits for the broker. */
function isAnswered(work: readonly OpenWork[]): boolean {
  return work.every(({ answering = 0 }) => answering === 0);
}

/** Whether nothing is open at all. */
function isDone(work: readonly OpenWork[]): boolean {
  return isStill(work) && work.every(({ running }) => running === 0);
}

/**
 * Resolves with undefined when everything has ended. After `timeoutMs` it resolves with what is still open, as far as that can be known.
 */
export async function untilIdle(
  conversation: Conversation,
  timeoutMs: number,
): Promise<readonly OpenWork[] | undefined> {
  const deadline = performance.now() + timeoutMs;
  let open: readonly OpenWork[] = [];
  for (;;) {
    const { changes } = conversation;
    const work = await unlessLate(conversation.openWork(), deadline);
    // A check takes time: a queue that was empty at its beginning may have been filled by work that ended during the check.
    if (work && isDone(work) && changes === conversation.changes) return undefined;
    open = work ?? open;
    if (performance.now() >= deadline) return open;
    if (changes === conversation.changes) await conversation.changed(pauseMs);
  }
}

/** Resolves when nothing can continue without the clock or the test, or when a broker does not answer. */
export async function untilStill(conversation: Conversation): Promise<void> {
  let deadline = performance.now() + quietMs;
  const latest = performance.now() + answerMs;
  let { changes } = conversation;
  while (performance.now() < deadline) {
    const before = conversation.changes;
    const askedAt = performance.now();
    const work = await unlessLate(conversation.openWork(), askedAt + answerMs);
    if (!work || (isStill(work) && before === conversation.changes)) return;
    // On a busy machine an answer alone may take longer than the quiet time.
    deadline += performance.now() - askedAt;
    if (before === conversation.changes) await conversation.changed(pauseMs);
    if (changes !== conversation.changes) deadline = performance.now() + quietMs;
    else if (!isAnswered(work)) deadline = Math.min(latest, performance.now() + quietMs);
    changes = conversation.changes;
  }
}

/**
 * The result of the promise, or undefined at the deadline: a broker that is cut off does not answer. Works even if the test replaces the
 * timers.
 */
export async function unlessLate<T>(promise: Promise<T>, deadline: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), Math.max(0, deadline - performance.now()));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The retry policy of a service or a subscription: as it is written, and complete. */
import { type FieldCheck, integer } from "../../../util/check-fields.ts";
import {
  type Duration,
  durationsWithin,
  durationWithin,
  formatDuration,
  parseDuration,
} from "../../../util/duration.ts";
import type { AmqpContext } from "../contracts/message-context.ts";

/** When and how often a message whose run failed is handled again. Without a policy it is dead-lettered at once. */
export interface RetryOptions {
  /**
   * How long each retry waits on the broker, one after the other; the last repeats. A string with its unit (`"500ms"`, `"5s"`,
   * `"1m"`) or a number of seconds. May be changed at any time: no existing queue depends on it.
   * @default none
   */
  readonly delays?: readonly Duration[] | undefined;
  /** The most runs of a message, including the first. @default 1 + quick + the number of delays */
  readonly attempts?: number | undefined;
  /** Retries in this process before the first delayed retry, after pauses that grow from 100 ms to 2 s. @default 0 */
  readonly quick?: number | undefined;
  /** The most random time that is added to each delay; at most 2 s. The message waits for it in this process. @default none */
  readonly jitter?: Duration | undefined;
  /**
   * Called after each failed run to decide whether to continue: `false` or `"dead-letter"` dead-letters the message at once. Not called for
   * `Reject`, `Requeue`, `RetryLater` and unreadable messages. If it throws, the message is tried again.
   * @default every error is tried again
   */
  readonly when?: ((error: unknown, context: AmqpContext) => boolean | "retry" | "dead-letter") | undefined;
}

/** A policy without gaps. */
export interface RetryPolicy {
  readonly delaysMs: readonly number[];
  readonly attempts: number;
  readonly quick: number;
  readonly jitterMs: number;
  readonly when: RetryOptions["when"];
}

/** The maximum of `x-message-ttl`: 32 bits of milliseconds. */
const longestDelayMs = 4_294_967_000;

/** Checks of the option `retry`. */
export const retryCheck: FieldCheck = {
  expected: 'an object such as { delays: ["5s", "1m"] }, or false',
  fits: (value) => value === false || (typeof value === "object" && value !== null && !Array.isArray(value)),
  fields: {
    delays: durationsWithin(1, longestDelayMs),
    attempts: integer(1, 10_000),
    quick: integer(0, 20),
    jitter: durationWithin(0, 2000),
    when: { expected: "a function (error, context) => boolean", fits: (value) => typeof value === "function" },
  },
};

/** Fills the gaps of what `retryCheck` let pass. */
export function resolveRetry(given: RetryOptions | false | undefined): RetryPolicy | undefined {
  if (!given) return undefined;
  const delaysMs = (given.delays ?? []).map((delay) => parseDuration(delay) ?? 0);
  const quick = given.quick ?? 0;
  return {
    delaysMs,
    attempts: given.attempts ?? 1 + quick + delaysMs.length,
    quick,
    jitterMs: parseDuration(given.jitter ?? 0) ?? 0,
    when: given.when,
  };
}

/**
 * What does not fit together. `heldSeconds` is given for a queue of one instance, whose retries wait in the process: there
 * the delays together must stay below it.
 */
export function retryProblems(policy: RetryPolicy | undefined, heldSeconds: number | undefined): string[] {
  if (!policy) return [];
  const { attempts, quick, delaysMs } = policy;
  const last = delaysMs.at(-1);
  if (last === undefined) {
    if (attempts <= 1 + quick) return [];
    return [`options.retry.attempts is ${attempts}, but without delays there are ${1 + quick} runs. Give it delays.`];
  }
  if (heldSeconds === undefined) return [];
  let waitedMs = 0;
  for (let retry = 0; retry < attempts - 1 - quick; retry++) waitedMs += delaysMs[retry] ?? last;
  if (waitedMs <= heldSeconds * 1000) return [];
  return [
    `options.retry: messages of a queue of one instance (competing: false) wait for their retries in the process, ${formatDuration(waitedMs)} in total, which is more than half of consumerTimeoutSeconds (${heldSeconds}). Use shorter delays or fewer attempts, or set retry: false here.`,
  ];
}

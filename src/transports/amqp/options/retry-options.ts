/** The retry policy of a service or a subscription: as the user writes it, and complete. */
import { type FieldCheck, integer } from "../../../util/check-fields.ts";
import {
  type Duration,
  durationsWithin,
  durationWithin,
  formatDuration,
  parseDuration,
} from "../../../util/duration.ts";
import type { AmqpContext } from "../contracts/message-context.ts";

/** When and how often a message is handled again after a failed run. Without a policy it is dead-lettered after the first failure. */
export interface RetryOptions {
  /**
   * How long each retry waits on the broker: the first delay for the first retry, and so on. The last delay is used for all further
   * retries. A string with its unit ("500ms", "5s", "1m"), or a number of seconds. You can change it at any time: no existing queue depends
   * on it.
   * @default none
   */
  readonly delays?: readonly Duration[] | undefined;
  /** The most runs of a message, including the first one. @default 1 + quick + the number of delays */
  readonly attempts?: number | undefined;
  /** How many retries happen in this process before the first delayed one, with pauses from 100 ms to 2 s. At most 20. @default 0 */
  readonly quick?: number | undefined;
  /** The largest random time that is added to each delay, at most 2 s. The message waits for it in this process. @default none */
  readonly jitter?: Duration | undefined;
  /**
   * Decides after a failed run whether to continue: false or "dead-letter" dead-letters the message at once. It is not called for `Reject`,
   * `Requeue`, `RetryLater` and unreadable messages. If it throws, the message is retried.
   * @default every error is retried
   */
  readonly when?: ((error: unknown, context: AmqpContext) => boolean | "retry" | "dead-letter") | undefined;
}

/** A complete policy. */
export interface RetryPolicy {
  readonly delaysMs: readonly number[];
  readonly attempts: number;
  readonly quick: number;
  readonly jitterMs: number;
  readonly when: RetryOptions["when"];
}

/** The largest value of `x-message-ttl`: 32 bits of milliseconds. */
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

/** Fills in the defaults of an option that `retryCheck` accepted. */
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
 * What does not fit together. `heldSeconds` is given for a queue of one instance: its retries wait in the process, and the sum of their
 * delays must be less.
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

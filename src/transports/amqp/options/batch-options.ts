/** The option `batch`: how many messages a handler gets at once, and how long they wait for each other. */
import { type FieldChecks, integer, otherNameOf, record } from "../../../util/check-fields.ts";
import { type Duration, durationWithin, formatDuration, parseDuration } from "../../../util/duration.ts";

/** How many messages a handler gets at once. */
export interface BatchOptions {
  /** The most messages in one batch. The options prefetch, concurrency and globalPrefetchCount must be at least as large. */
  readonly size: number;
  /** How long the first message waits for others, 1 ms to 10 minutes. After that the batch is passed on incomplete. @default "1s" */
  readonly wait?: Duration | undefined;
}

/**
 * What happens to one message of a batch. undefined or "acknowledge": it is done. "requeue": it goes back to its queue, as with `Requeue`.
 * "reject": it is dead-lettered, as with `Reject`. An error: as if the handler had thrown it for this message alone.
 */
export type BatchOutcome = undefined | "acknowledge" | "requeue" | "reject" | Error;

/**
 * The result of a handler of batches: nothing if all messages are done, or a list with an outcome for each message, in their order.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: a handler without a return statement fits too
export type BatchResult = void | readonly BatchOutcome[];

export interface BatchPlan {
  readonly size: number;
  readonly waitMs: number;
}

export const batchChecks: FieldChecks = {
  batch: record({ size: integer(1, 65_535), wait: durationWithin(1, 600_000), waitMs: otherNameOf("wait") }),
};

/** Undefined if messages are handled one at a time. */
export function resolveBatch(batch: BatchOptions | undefined): BatchPlan | undefined {
  return batch && { size: batch.size, waitMs: parseDuration(batch.wait ?? "1s") ?? 1000 };
}

interface BatchCompany {
  readonly batch: BatchPlan | undefined;
  readonly prefetch: number;
  readonly concurrency: number;
  readonly timeoutSeconds: number | undefined;
  readonly orderingKey: unknown;
  readonly reply: unknown;
}

/** Why a batch cannot be filled, or which other options do not work with it. */
export function batchProblems(plan: BatchCompany, globalPrefetchCount: number): string[] {
  const { batch, prefetch, concurrency, timeoutSeconds } = plan;
  if (!batch) return [];
  const { size, waitMs } = batch;
  if (size === undefined)
    return ["options.batch.size is missing. It is the largest number of messages for one call of the handler."];
  const problems: string[] = [];
  const limits = { prefetch, concurrency, globalPrefetchCount };
  const [name, limit] = Object.entries(limits).find(([, value]) => value < size) ?? [];
  if (name !== undefined) {
    problems.push(
      `options.batch.size is ${size}, above ${name} (${limit}): no batch would ever be full. Raise ${name}.`,
    );
  }
  if (timeoutSeconds !== undefined && timeoutSeconds * 1000 <= waitMs) {
    problems.push(
      `options.timeoutSeconds is ${timeoutSeconds}, but a message may wait ${formatDuration(waitMs)} for its batch alone (options.batch.wait). Raise timeoutSeconds.`,
    );
  }
  if (plan.orderingKey)
    problems.push("options.orderingKey cannot be used with batch: messages of one key would wait for each other.");
  if (plan.reply) problems.push("options.reply cannot be used with batch: each request needs its own reply.");
  return problems;
}

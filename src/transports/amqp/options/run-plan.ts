/** How the messages of a subscription run: how many at once, for how long, in which order, together or one by one. */

import { secondsOf } from "../../../util/duration.ts";
import { type BatchPlan, batchProblems, resolveBatch } from "./batch-options.ts";
import type { AmqpHandlingOptions, QueueType } from "./handling-options.ts";
import type { ResolvedConsuming } from "./options.ts";
import type { OrderingKeyFunction } from "./ordering-key.ts";
import type { OwnOptions } from "./reading-plan.ts";
import { type ReplyPlan, resolveReply } from "./reply-options.ts";

/** How many messages run at once, for how long, and in which order. */
export interface RunPlan {
  readonly prefetch: number;
  readonly concurrency: number;
  readonly timeoutSeconds: number | undefined;
  /** How long the broker lets this consumer hold a delivery; undefined uses the value of the service. */
  readonly consumerTimeoutSeconds: number | undefined;
  readonly orderingKey: OrderingKeyFunction | undefined;
  /** Only where the handler answers. */
  readonly reply: ReplyPlan | undefined;
  /** Only where messages are handled together. */
  readonly batch: BatchPlan | undefined;
}

export function resolveRuns(own: OwnOptions, defaults: AmqpHandlingOptions): RunPlan {
  const prefetch = own.prefetch ?? defaults.prefetch ?? 100;
  return {
    prefetch,
    concurrency: Math.min(prefetch, own.concurrency ?? defaults.concurrency ?? prefetch),
    timeoutSeconds: own.timeoutSeconds ?? defaults.timeoutSeconds,
    consumerTimeoutSeconds: own.consumerTimeout === undefined ? undefined : secondsOf(own.consumerTimeout),
    orderingKey: own.orderingKey,
    reply: resolveReply(own),
    batch: resolveBatch(own.batch),
  };
}

/** Limits of runs that do not go with those of the service or with each other. */
export function runProblems(
  runs: RunPlan,
  queueType: QueueType,
  { consumerTimeoutSeconds: ofBroker, globalPrefetchCount, paths }: ResolvedConsuming,
): string[] {
  const { timeoutSeconds, consumerTimeoutSeconds: own } = runs;
  const problems: string[] = [];
  if (own !== undefined && queueType === "classic") {
    problems.push(
      "options.consumerTimeout needs a quorum queue: a classic queue has no consumer timeout since RabbitMQ 4.3. Before 4.3, there is only the timeout of the whole broker.",
    );
  }
  const limit = (own ?? ofBroker) / 2;
  if (own !== undefined && timeoutSeconds !== undefined && timeoutSeconds > limit) {
    problems.push(
      `options.timeoutSeconds is ${timeoutSeconds}, above half of consumerTimeout (${limit} s): the broker may requeue the delivery first. Lower timeoutSeconds, or raise consumerTimeout.`,
    );
    return problems;
  }
  if (timeoutSeconds !== undefined && timeoutSeconds > limit) {
    problems.push(
      `options.timeoutSeconds is ${timeoutSeconds}, above half of consumerTimeoutSeconds (${limit}): the broker may requeue the delivery first. Lower timeoutSeconds, or raise consumer_timeout in RabbitMQ and ${paths.consumerTimeoutSeconds}.`,
    );
  }
  return [...problems, ...batchProblems(runs, globalPrefetchCount)];
}

/** One handler of messages: what reaches it, how it runs, and what follows a failure. */
import { encodeRoutingKey } from "../transports/amqp/names/routing-key.ts";
import { defaultConnection, type ResolvedAmqpOptions } from "../transports/amqp/options/options.ts";
import type { SubscriptionPlan } from "../transports/amqp/options/plan.ts";
import { formatDuration } from "../util/duration.ts";
import type { HandlerDescription, PatternDescription, RetryDescription } from "./service-description.ts";
import { type NamedService, shownQueue } from "./shown-queue.ts";

export function describeHandler(
  service: NamedService,
  plan: SubscriptionPlan,
  { name, naming }: ResolvedAmqpOptions,
): HandlerDescription {
  const { handler, queue, bindings, runs, reading } = plan;
  return {
    handler: handler.name,
    connection: name ?? defaultConnection,
    exchange: { name: bindings.exchangeName, type: bindings.exchangeType },
    patterns: patternsOf(plan, naming.routingKeyPrefix),
    queue: shownQueue(plan, service),
    perInstance: queue.perInstance,
    deadLetterQueue: queue.deadLetterQueue,
    retry: retryOf(plan),
    prefetch: runs.prefetch,
    concurrency: runs.concurrency,
    timeoutSeconds: runs.timeoutSeconds ?? null,
    batchSize: runs.batch?.size ?? null,
    answers: runs.reply !== undefined,
    schema: reading.schema?.["~standard"].vendor ?? null,
    declare: queue.declare,
  };
}

function patternsOf({ bindings }: SubscriptionPlan, prefix: string): readonly PatternDescription[] {
  return bindings.patterns.map((pattern) => ({
    pattern,
    boundAs: encodeRoutingKey(pattern, prefix),
    contract: bindings.templates.find((template) => template.pattern === pattern)?.key ?? null,
  }));
}

function retryOf({ failures: { retry } }: SubscriptionPlan): RetryDescription | null {
  if (!retry) return null;
  return { delays: retry.delaysMs.map(formatDuration), attempts: retry.attempts, quick: retry.quick };
}

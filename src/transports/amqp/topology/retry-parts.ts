/** What delayed retries need on the broker, as data: for the service that declares it, and for another tool that does. */
import type { TopologyNames } from "../../../amqp-client/find-missing.ts";
import type { Binding, ExchangeDeclaration, QueueDeclaration } from "../../../amqp-client/topology.ts";
import { formatDuration } from "../../../util/duration.ts";
import { retryBaseName } from "../names/queue-name.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import type { QueuePlan } from "../options/queue-plan.ts";
import { deadLetterQueueArguments } from "./topology.ts";

const quorum = { "x-queue-type": "quorum", "x-dead-letter-strategy": "at-least-once" };

/** Exchanges, queues and bindings, each after what it depends on. */
export interface TopologyPart {
  readonly exchanges: readonly ExchangeDeclaration[];
  readonly queues: readonly QueueDeclaration[];
  readonly bindings: readonly Binding[];
}

/** The names of one service's retry queues and exchanges. */
export class RetryNames {
  /** A direct exchange that brings copies back; each queue is bound to it by its own name. */
  readonly returnExchange: string;
  /** Takes what finds no queue to come back to. */
  readonly lostExchange: string;
  readonly lostQueue: string;
  readonly #base: string;
  readonly #prefix: string;

  constructor(service: string, queueNamePrefix: string) {
    this.#base = retryBaseName(service, queueNamePrefix);
    this.#prefix = queueNamePrefix;
    this.returnExchange = `${this.#base}.return`;
    this.lostExchange = `${this.#base}.lost`;
    this.lostQueue = `${this.lostExchange}.dlq`;
  }

  /** The name of a tier's queue, and of the exchange before it. */
  tier(delayMs: number): string {
    return `${this.#base}.retry.${formatDuration(delayMs)}`;
  }

  /** By its own name, and by its former names: copies that still wait have the old one. */
  wayBack({ queueName: queue, previousQueueNames }: QueuePlan): readonly Binding[] {
    const keys = [queue, ...previousQueueNames.map((name) => this.#prefix + name)];
    return keys.map((routingKey) => ({ exchange: this.returnExchange, queue, routingKey }));
  }
}

/** The objects that return copies, for all retry queues: first the ones for copies without a queue. */
export function returnParts({ returnExchange, lostExchange, lostQueue }: RetryNames): readonly TopologyPart[] {
  const back = { name: returnExchange, type: "direct", arguments: { "alternate-exchange": lostExchange } };
  return [
    {
      exchanges: [{ name: lostExchange, type: "fanout" }],
      queues: [{ name: lostQueue, arguments: deadLetterQueueArguments }],
      bindings: [{ exchange: lostExchange, queue: lostQueue, routingKey: "" }],
    },
    { exchanges: [back], queues: [], bindings: [] },
  ];
}

/** Where copies wait for this long. */
export function tierPart(names: RetryNames, delayMs: number): TopologyPart {
  const name = names.tier(delayMs);
  return {
    exchanges: [{ name, type: "fanout" }],
    queues: [{ name, arguments: { ...quorum, ...tierArguments(names, delayMs) } }],
    bindings: [{ exchange: name, queue: name, routingKey: "" }],
  };
}

/** Never with x-expires: a tier without consumers would be deleted, with what waits in it. */
function tierArguments({ returnExchange }: RetryNames, delayMs: number): Readonly<Record<string, unknown>> {
  return { "x-message-ttl": delayMs, "x-dead-letter-exchange": returnExchange, "x-overflow": "reject-publish" };
}

/** The same queue for a broker that has no quorum queues. */
export function classicTier(names: RetryNames, delayMs: number): QueueDeclaration {
  return { name: names.tier(delayMs), arguments: { "x-queue-type": "classic", ...tierArguments(names, delayMs) } };
}

/** The delays for which a subscription has retry queues from the start. */
export function retryDelaysOf({ queue, failures }: SubscriptionPlan): readonly number[] {
  return queue.perInstance ? [] : (failures.retry?.delaysMs ?? []);
}

/** The names in these parts, each once. */
export function namesOf(parts: readonly TopologyPart[]): TopologyNames {
  const exchanges = parts.flatMap((part) => part.exchanges.map(({ name }) => name));
  const queues = parts.flatMap((part) => part.queues.map(({ name }) => name));
  return { exchanges: [...new Set(exchanges)], queues: [...new Set(queues)] };
}

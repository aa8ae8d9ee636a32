/** Notices messages whose routing key no pattern of the handler matches: another client has bound the queue, or shares it. */
import type { Delivery } from "../../../amqp-client/delivery.ts";
import type { Logger } from "../../../log/logger.ts";
import { encodeRoutingKey } from "../names/routing-key.ts";
import { topicMatches } from "../names/topic-pattern.ts";
import type { ResolvedNaming } from "../options/options.ts";
import type { SubscriptionPlan } from "../options/plan.ts";

export interface ForeignKeysSettings {
  readonly plan: Pick<SubscriptionPlan, "bindings" | "queue" | "handler">;
  readonly naming: Pick<ResolvedNaming, "routingKeyPrefix">;
  /** The queue that is consumed. */
  readonly queue: string;
  readonly logger: Logger;
  /** The exchange through which the service's own copies return. */
  readonly returnExchange: string;
}

export class ForeignKeys {
  readonly #settings: ForeignKeysSettings;
  /** As on the wire. */
  readonly #patterns: readonly string[];
  /** Nothing is left to check: keys have no meaning here, or the warning is written. */
  #done: boolean;
  /** Most queues get the same key again and again. */
  #lastMatch: string | undefined;

  constructor(settings: ForeignKeysSettings) {
    const { plan, naming, queue } = settings;
    const { patterns, exchangeType } = plan.bindings;
    this.#settings = settings;
    this.#patterns = patterns.map((pattern) => encodeRoutingKey(pattern, naming.routingKeyPrefix));
    // A queue under a previous name may hold messages of previous patterns.
    const previousName = queue !== plan.queue.queueName;
    this.#done = previousName || (exchangeType !== "topic" && exchangeType !== "direct");
  }

  /** Warns at the first message that no pattern matches; the message is handled like any other. */
  look(delivery: Pick<Delivery, "exchange" | "routingKey" | "headers">): void {
    const { exchange, routingKey } = delivery;
    if (this.#done || routingKey === this.#lastMatch) return;
    const { plan, logger, queue, returnExchange } = this.#settings;
    // Copies, replays and messages sent straight to the queue carry the queue's name.
    if (exchange === "" || exchange === returnExchange) return;
    if (this.#matches(routingKey)) {
      this.#lastMatch = routingKey;
      return;
    }
    // RabbitMQ routes by these keys too; those of BCC it takes out.
    const { CC: copies } = delivery.headers;
    if (Array.isArray(copies) && copies.some((key) => typeof key === "string" && this.#matches(key))) return;
    this.#done = true;
    logger.warn(
      { queue, routingKey, exchange, patterns: plan.bindings.patterns },
      `the queue "${queue}" got a message with the routing key "${routingKey}", which no pattern of ${plan.handler.label} matches. Another service uses the same queue name, the queue has a binding that this service did not create, or the sender used the header BCC. Give each service its own queueName, remove the binding, or list the old pattern in previousPatterns. This is logged once per queue.`,
    );
  }

  #matches(routingKey: string): boolean {
    const { exchangeType } = this.#settings.plan.bindings;
    return this.#patterns.some((pattern) =>
      exchangeType === "topic" ? topicMatches(pattern, routingKey) : pattern === routingKey,
    );
  }
}

/** A delivery as the observers of a run see it. It is only created for an observer, and each member when it is read. */
import type { Delivery } from "../../../amqp-client/delivery.ts";
import type { ServiceInstance } from "../../../service/instance.ts";
import type { DeliveryObserver, ObservedDelivery, ObservedServer } from "../../../service/observed-work.ts";
import type { RunObserver } from "../../../service/observer.ts";
import { decodeRoutingKey } from "../names/routing-key.ts";
import { topicMatches } from "../names/topic-pattern.ts";
import type { ContextSource } from "./delivery-context.ts";
import { attemptOf, historyOf, isRetryCopy, replayOf } from "./retry-history.ts";

/** What is the same for every delivery of a subscription. */
export interface DeliveryWatchSettings {
  readonly observer: RunObserver | undefined;
  readonly handler: string;
  readonly queueTemplate: string;
  readonly source: ContextSource;
  server(): ObservedServer | undefined;
}

/** Starts to observe one delivery; undefined: no observer observes it. */
export type DeliveryWatch = (delivery: Delivery) => DeliveryObserver | undefined;

/** Undefined without an observer. */
export function createDeliveryWatch(settings: DeliveryWatchSettings): DeliveryWatch | undefined {
  const { observer } = settings;
  if (!observer?.delivered) return undefined;
  return (delivery) => observer.delivered?.(new ObservedAmqpDelivery(settings, delivery));
}

class ObservedAmqpDelivery implements ObservedDelivery {
  readonly #settings: DeliveryWatchSettings;
  readonly #delivery: Delivery;

  constructor(settings: DeliveryWatchSettings, delivery: Delivery) {
    this.#settings = settings;
    this.#delivery = delivery;
  }

  get key(): object {
    return this.#delivery;
  }
  get service(): ServiceInstance {
    return this.#settings.source.service;
  }
  get handler(): string {
    return this.#settings.handler;
  }
  get queueName(): string {
    return this.#settings.source.queueName;
  }
  get queueTemplate(): string {
    return this.#settings.queueTemplate;
  }
  get exchange(): string {
    return this.#delivery.exchange;
  }
  get routingKey(): string {
    return this.#delivery.routingKey;
  }
  get origin(): ObservedDelivery["origin"] {
    return historyOf(this.#delivery, this.#settings.source.returnExchange);
  }
  get template(): string {
    const { patterns, templates, routingKeyPrefix } = this.#settings.source;
    const pattern = patterns.length === 1 ? patterns[0] : patterns.find((one) => this.#matches(one, routingKeyPrefix));
    return templates.find((template) => template.pattern === pattern)?.key ?? pattern ?? "";
  }
  get messageId(): string | undefined {
    return this.#delivery.properties.messageId;
  }
  get correlationId(): string | undefined {
    return this.#delivery.properties.correlationId;
  }
  get timestamp(): number | undefined {
    return this.#delivery.properties.timestamp;
  }
  get headers(): Readonly<Record<string, unknown>> {
    return this.#delivery.headers;
  }
  get properties(): object {
    return this.#delivery.properties;
  }
  get content(): Buffer {
    return this.#delivery.content;
  }
  get bytes(): number {
    return this.#delivery.content.length;
  }
  get redelivered(): boolean {
    return this.#delivery.redelivered;
  }
  get attempt(): number {
    return attemptOf(this.#delivery, this.#settings.source);
  }
  get isRetry(): boolean {
    return isRetryCopy(this.#delivery, this.#settings.source.returnExchange);
  }
  get isReplay(): boolean {
    return replayOf(this.#delivery, this.#settings.source.returnExchange) !== undefined;
  }
  get server(): ObservedServer | undefined {
    return this.#settings.server();
  }

  #matches(pattern: string, prefix: string): boolean {
    return topicMatches(pattern, decodeRoutingKey(this.origin.routingKey, prefix));
  }
}

/** The context of one delivery, as its handler gets it. */
import type { Delivery, DeliveryProperties } from "../../../amqp-client/delivery.ts";
import type { Logger } from "../../../log/logger.ts";
import type { MiddlewareValues } from "../../../service/context.ts";
import type { ServiceInstance } from "../../../service/instance.ts";
import { type KeyTemplate, paramsIn } from "../contracts/key-template.ts";
import type { AmqpContext, AnyParams } from "../contracts/message-context.ts";
import { messageMember } from "../contracts/read-body.ts";
import { headerNames } from "../names/headers.ts";
import { idIn } from "../names/message-id.ts";
import { decodeRoutingKey } from "../names/routing-key.ts";
import { topicMatches } from "../names/topic-pattern.ts";
import { attemptOf, historyOf } from "./retry-history.ts";

/** How many characters of an envelope's id are in the log: the sender chooses its length. */
const loggedIdLength = 255;

/** What is the same for every delivery of a subscription. */
export interface ContextSource {
  readonly service: ServiceInstance;
  readonly logger: Logger;
  readonly patterns: readonly string[];
  readonly templates: readonly KeyTemplate[];
  readonly queueName: string;
  readonly routingKeyPrefix: string;
  /** The exchange through which the service's own copies return. */
  readonly returnExchange: string;
  /** The queue counts how often it delivered a message: only a quorum queue does, and overwrites what the sender wrote. */
  readonly countsDeliveries: boolean;
}

/** One delivery's context, to which middleware adds its values. What costs something is made when it is asked for. */
export class DeliveryContext implements Omit<AmqpContext, keyof MiddlewareValues> {
  /** Python lets middleware replace it, so it is a plain member. */
  metadata: unknown;
  readonly #source: ContextSource;
  readonly #delivery: Delivery;
  readonly #message: unknown;
  readonly #messageUuid: string | undefined;
  readonly #runsBefore: number;
  #routingKey: string | undefined;
  #params: AnyParams | undefined;
  #logger: Logger | undefined;
  #abort: AbortController | undefined;
  #abortReason: Error | undefined;

  /** `runsBefore` counts those of this very delivery. */
  constructor(
    source: ContextSource,
    delivery: Delivery,
    message: unknown,
    messageUuid: string | undefined,
    runsBefore = 0,
  ) {
    this.#source = source;
    this.#delivery = delivery;
    this.#message = message;
    this.#messageUuid = messageUuid;
    this.#runsBefore = runsBefore;
    this.metadata = messageMember(message, "metadata");
  }

  /** The object by which an observer identifies the delivery. */
  static keyOf(context: DeliveryContext): object {
    return context.#delivery;
  }

  get service(): ServiceInstance {
    return this.#source.service;
  }
  get message(): unknown {
    return this.#message;
  }
  get messageUuid(): string | undefined {
    return this.#messageUuid;
  }
  get correlationId(): string | undefined {
    const { headers, properties } = this.#delivery;
    const given = idIn(headers[headerNames.correlationId]) ?? idIn(properties.correlationId);
    return given ?? idIn(this.#messageUuid) ?? idIn(properties.messageId);
  }
  get causationId(): string | undefined {
    return idIn(this.#delivery.headers[headerNames.causationId]);
  }
  get routingKey(): string {
    const { returnExchange, routingKeyPrefix } = this.#source;
    this.#routingKey ??= decodeRoutingKey(historyOf(this.#delivery, returnExchange).routingKey, routingKeyPrefix);
    return this.#routingKey;
  }
  get pattern(): string {
    const { patterns } = this.#source;
    const [first = ""] = patterns;
    if (patterns.length === 1) return first;
    return patterns.find((pattern) => topicMatches(pattern, this.routingKey)) ?? first;
  }
  get params(): AnyParams {
    this.#params ??= paramsIn(this.#source.templates, this.routingKey);
    return this.#params;
  }
  get exchangeName(): string {
    return historyOf(this.#delivery, this.#source.returnExchange).exchange;
  }
  get queueName(): string {
    return this.#source.queueName;
  }
  get properties(): DeliveryProperties {
    return this.#delivery.properties;
  }
  get headers(): Readonly<Record<string, unknown>> {
    return this.#delivery.headers;
  }
  get body(): Buffer {
    return Buffer.from(this.#delivery.content);
  }
  get redelivered(): boolean {
    return this.#delivery.redelivered;
  }
  get attempt(): number {
    return attemptOf(this.#delivery, this.#source) + this.#runsBefore;
  }
  get logger(): Logger {
    this.#logger ??= this.#source.logger.child({
      routingKey: this.routingKey,
      messageId: this.#messageUuid?.slice(0, loggedIdLength) ?? this.#delivery.properties.messageId,
    });
    return this.#logger;
  }
  get signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController();
      if (this.#abortReason) this.#abort.abort(this.#abortReason);
    }
    return this.#abort.signal;
  }

  /** Whether the run was aborted. */
  get aborted(): boolean {
    return this.#abortReason !== undefined;
  }

  abort(reason: Error): void {
    this.#abortReason ??= reason;
    this.#abort?.abort(reason);
  }
}

/** What an AMQP handler is told beside the data: how the message came, and who asks. */
import type { Delivery, DeliveryProperties } from "../../amqp-client/delivery.ts";
import type { Logger } from "../../log/logger.ts";
import type { MessageContext, MiddlewareValues } from "../../service/context.ts";
import type { Envelope, MessageOf } from "../../service/envelope.ts";
import type { ServiceInstance } from "../../service/instance.ts";
import { type KeyTemplate, type ParamsOf, paramsIn } from "./contracts/key-template.ts";
import { attemptOf, historyOf } from "./retries/retry-history.ts";
import { decodeRoutingKey } from "./routing-key.ts";
import { topicMatches } from "./topic-pattern.ts";

/** Parameters of a routing key of which nothing is known. */
export type AnyParams = Readonly<Record<string, string>>;

/**
 * The second parameter of an AMQP handler. `Message` is the type of the whole parsed message, `Params` that of the
 * parameters of a contract's key.
 */
export interface AmqpContext<Message = unknown, Params = AnyParams> extends MessageContext {
  readonly message: Message;
  /** The envelope's `metadata`, when it has some. */
  readonly metadata: MetadataOf<Message>;
  /** The id the envelope carries; duplicates are recognised by it. */
  readonly messageUuid: string | undefined;
  /** The key the message was published with, without the prefix and decoded. */
  readonly routingKey: string;
  /** The pattern as written in the decorator; with several, the first that matches. */
  readonly pattern: string;
  /**
   * The parameters of a contract's key, taken from the key the message came with; empty without a contract.
   * Asking for it throws ERR_AMQP_KEY_MISMATCH when the message came with another key.
   */
  readonly params: Params;
  readonly exchangeName: string;
  readonly queueName: string;
  readonly properties: DeliveryProperties;
  readonly headers: Readonly<Record<string, unknown>>;
  /** A copy of the body, yours to keep; made when it is asked for. */
  readonly body: Buffer;
  /** The broker has delivered this message before; its run may have ended or not. */
  readonly redelivered: boolean;
  /**
   * Counts the runs of this message, from 1, over its retries and its redeliveries, as far as the broker tells of those
   * (`x-delivery-count`, else `redelivered`).
   */
  readonly attempt: number;
}

type MetadataOf<Message> = Message extends { readonly metadata: infer Metadata } ? Metadata : unknown;

/**
 * The context of a service (`ContextOf<Orders>`), of an envelope (`ContextOf<typeof JsonBase>`) or of a contract
 * (`ContextOf<typeof orderPaid>`); for a contract that leaves the envelope to the service, the envelope may be named beside it.
 */
export type ContextOf<Source, E = EnvelopeIn<Source>> = AmqpContext<MessageOf<E>, ParamsIn<Source>>;
type EnvelopeIn<Source> = Source extends { parseMessage(...parameters: never): unknown }
  ? Source
  : Source extends { readonly kind: "event" | "request"; readonly envelope: infer Given }
    ? [Given] extends [undefined]
      ? Envelope
      : Given
    : Source extends { messageEnvelope: infer Given }
      ? Given
      : Envelope;
type ParamsIn<Source> = Source extends {
  readonly kind: "event" | "request";
  readonly routingKey: infer Key extends string;
}
  ? ParamsOf<Key>
  : AnyParams;

/** How much of an envelope's id stands in the log, in characters: whoever may publish says how long it is. */
const loggedIdLength = 255;

/** What is the same for every delivery of a subscription. */
export interface ContextSource {
  readonly service: ServiceInstance;
  readonly logger: Logger;
  readonly patterns: readonly string[];
  readonly templates: readonly KeyTemplate[];
  readonly queueName: string;
  readonly routingKeyPrefix: string;
  /** By which the service's own copies come back. */
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
    this.metadata = memberOf(message, "metadata");
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

  /** Whether the run was told to end. */
  get aborted(): boolean {
    return this.#abortReason !== undefined;
  }

  abort(reason: Error): void {
    this.#abortReason ??= reason;
    this.#abort?.abort(reason);
  }
}

/** A member of a parsed message, if the message is an object that has it. */
export function memberOf(message: unknown, name: string): unknown {
  return typeof message === "object" && message !== null && Object.hasOwn(message, name)
    ? (message as Record<string, unknown>)[name]
    : undefined;
}

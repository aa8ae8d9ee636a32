/** The second argument of an AMQP handler: how the message came, and who sent it. */
import type { DeliveryProperties } from "../../../amqp-client/delivery.ts";
import type { MessageContext } from "../../../service/context.ts";
import type { Envelope, MessageOf } from "../../../service/envelope.ts";
import type { ParamsOf } from "./key-template.ts";

/** Parameters of a key that is not known to the compiler. */
export type AnyParams = Readonly<Record<string, string>>;

/**
 * The second argument of an AMQP handler. `Message` is the type of the parsed message, `Params` the type of the parameters of a contract's
 * key.
 */
export interface AmqpContext<Message = unknown, Params = AnyParams> extends MessageContext {
  /** The whole parsed message; a string without an envelope. */
  readonly message: Message;
  /** The member `metadata` of the message, if its envelope has one. */
  readonly metadata: MetadataOf<Message>;
  /** The id in the envelope. It identifies duplicates. */
  readonly messageUuid: string | undefined;
  /**
   * The id that all messages of one conversation share. It is the header `x-tomodachi-correlation-id`, or else the property correlation-id,
   * or else the id of the message itself. With `options.asyncContext`, messages that this handler sends get the same id.
   */
  readonly correlationId: string | undefined;
  /** The id of the message whose handler sent this one; undefined if the sender does not say it. */
  readonly causationId: string | undefined;
  /** The routing key of the publish, decoded and without the prefix. */
  readonly routingKey: string;
  /** The pattern in the decorator. If there are several, the first one that matches. */
  readonly pattern: string;
  /**
   * The parameters of a contract's key, from the routing key of the message; empty without a contract. Reading it throws
   * ERR_AMQP_KEY_MISMATCH if the routing key does not match the contract.
   */
  readonly params: Params;
  /** The exchange that the message was published to. */
  readonly exchangeName: string;
  /** The queue that the message came from. */
  readonly queueName: string;
  /** The AMQP properties of the message, with names in camelCase. */
  readonly properties: DeliveryProperties;
  /** The headers of the message. */
  readonly headers: Readonly<Record<string, unknown>>;
  /** A copy of the body, made when it is first read. You may keep it. */
  readonly body: Buffer;
  /** Whether the broker has delivered this message before. Its earlier run may have ended or not. */
  readonly redelivered: boolean;
  /**
   * The number of this run of the message, from 1. Retries count, and redeliveries as far as the broker reports them (`x-delivery-count`,
   * or else `redelivered`).
   */
  readonly attempt: number;
}

type MetadataOf<Message> = Message extends { readonly metadata: infer Metadata } ? Metadata : unknown;

/**
 * The type of the context for a service (`ContextOf<Orders>`), an envelope (`ContextOf<typeof JsonBase>`) or a contract (`ContextOf<typeof
 * orderPaid>`). If the contract names no envelope, the second type argument may name it.
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

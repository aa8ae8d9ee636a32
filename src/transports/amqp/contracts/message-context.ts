/** What an AMQP handler receives beside the data: how the message came, and who asks. */
import type { DeliveryProperties } from "../../../amqp-client/delivery.ts";
import type { MessageContext } from "../../../service/context.ts";
import type { Envelope, MessageOf } from "../../../service/envelope.ts";
import type { ParamsOf } from "./key-template.ts";

/** Parameters of an unknown routing key. */
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
  /**
   * What the whole conversation has in common: that of the message (`x-tomodachi-correlation-id`, else the property correlation-id), else the
   * message's own id. With `options.asyncContext` a message that this handler sends has the same.
   */
  readonly correlationId: string | undefined;
  /** The id of the message whose handler sent this one; undefined where its sender does not say it. */
  readonly causationId: string | undefined;
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

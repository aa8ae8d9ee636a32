/** The types of an envelope's messages and options, and of its handlers. */
import {
  type AmqpContext,
  amqp,
  type ContextOf,
  type Envelope,
  JsonBase,
  type JsonBaseMessage,
  type MessageOf,
  RawBytes,
  Service,
} from "tomodachi";

/** An envelope is an object of the right shape. */
export const Secretive = {
  buildMessage: (_service: Service, _topic: string, data: unknown) => JSON.stringify(data),
  parseMessage: (payload: Buffer, { secret }: { secret: string; depth?: number }) => ({
    message: { mine: String(payload) + secret },
  }),
};
export const fits: Envelope<{ mine: string }, { secret: string; depth?: number }> = Secretive;
/** One that may be slow. */
export const Slow = {
  buildMessage: async () => "",
  parseMessage: async () => ({ message: { slow: true as const } }),
};
export const message: MessageOf<typeof Slow> = { slow: true };
export const text: MessageOf<null> = "text";
// @ts-expect-error parseMessage gives { message }
export const unfit: Envelope = { buildMessage: () => "", parseMessage: () => ({ msg: 1 }) };

export class Own extends Service {
  name = "own";
  override messageEnvelope = Secretive;

  @amqp("a", { messageEnvelope: Secretive, secret: "s" }) a(_data: unknown, context: ContextOf<typeof Secretive>) {
    return context.message.mine;
  }
  @amqp("a", { messageEnvelope: Secretive, secret: "s", depth: 1, prefetch: 1 }) all() {}
  @amqp("a") service(_data: unknown, context: ContextOf<Own>) {
    return context.message.mine;
  }
  @amqp("a", { messageEnvelope: JsonBase }) json(_data: { id: string }, context: ContextOf<typeof JsonBase>) {
    return [context.message.metadata.topic, context.metadata.message_uuid];
  }
  @amqp("a", { messageEnvelope: Slow }) slow(_data: unknown, context: ContextOf<typeof Slow>) {
    return context.message.slow;
  }

  // @ts-expect-error `secret` is required
  @amqp("a", { messageEnvelope: Secretive }) missing() {}
  // @ts-expect-error a slip in an option of the envelope
  @amqp("a", { messageEnvelope: Secretive, secret: "s", dept: 1 }) slip() {}
  // @ts-expect-error an option of the wrong type
  @amqp("a", { messageEnvelope: Secretive, secret: 1 }) wrongType() {}
  // @ts-expect-error only a merged name is known where the decorator names no envelope
  @amqp("a", { secret: "s" }) notMerged() {}
  // @ts-expect-error JsonBase takes no such option
  @amqp("a", { messageEnvelope: JsonBase, secret: "s" }) unknownToJson() {}
  // @ts-expect-error the envelope beside it counts, not the service's
  @amqp("a", { messageEnvelope: JsonBase }) otherMessage(_data: unknown, context: ContextOf<Own>) {
    return context;
  }
  // @ts-expect-error an object that is not an envelope
  @amqp("a", { messageEnvelope: { parse: () => 1 } }) noEnvelope() {}
}

export class Json extends Service {
  name = "json";
  override messageEnvelope = JsonBase;

  @amqp("a") a(_data: { id: string }, context: AmqpContext<JsonBaseMessage>) {
    return context.message.metadata.topic;
  }
  @amqp("a") own(_data: { id: string }, { message, metadata }: ContextOf<Json>) {
    const topic: string | null = message.metadata.topic;
    return [topic, metadata.topic];
  }
  @amqp("a") plain(_data: unknown, context: AmqpContext) {
    return context.routingKey;
  }
  @amqp("a", { messageEnvelope: RawBytes }) bytes(_data: Buffer, context: ContextOf<typeof RawBytes>) {
    return context.message.byteLength;
  }
  // @ts-expect-error another envelope's message
  @amqp("a") wrong(_data: unknown, context: ContextOf<typeof Secretive>) {
    return context;
  }
}

export class Sub extends Json {
  override name = "sub";
  @amqp("b") b(_data: unknown, context: ContextOf<Sub>) {
    return context.message.metadata.topic;
  }
}

/** Named without `override`, and without a decorator in sight. */
export class Mutable extends Service {
  name = "mutable";
  override messageEnvelope: Envelope | null = JsonBase;
  @amqp("b") b(_data: unknown, context: AmqpContext) {
    return context.message;
  }
}

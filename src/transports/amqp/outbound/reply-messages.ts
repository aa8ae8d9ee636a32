/** Replies as messages: what a handler returned, in the envelope of its request, or why it failed. */
import type { Delivery } from "../../../amqp-client/delivery.ts";
import type { OutgoingMessage } from "../../../amqp-client/outgoing-message.ts";
import type { ServiceContext } from "../../../service/transport.ts";
import { headerNames } from "../names/headers.ts";
import { isDirect } from "../names/reply-address.ts";
import type { ResolvedAmqpOptions } from "../options/options.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import type { ReplyPlan } from "../options/reply-options.ts";
import { writeErrorReply } from "./error-reply.ts";
import { buildOutgoing } from "./outgoing.ts";
import { checkReply } from "./reply-schema.ts";

export interface ReplyMessagesSettings {
  readonly plan: SubscriptionPlan;
  readonly reply: ReplyPlan;
  readonly context: ServiceContext;
  readonly options: ResolvedAmqpOptions;
}

export class ReplyMessages {
  readonly #settings: ReplyMessagesSettings;

  constructor(settings: ReplyMessagesSettings) {
    this.#settings = settings;
  }

  /** What the handler returned. @throws SchemaError when it does not fit the contract */
  async of(
    { properties, routingKey }: Pick<Delivery, "properties" | "routingKey">,
    value: unknown,
  ): Promise<OutgoingMessage> {
    const { plan, reply, context, options } = this.#settings;
    const { envelope } = plan.reading;
    const { publishTimeoutSeconds } = options.publishing;
    if (reply.replySchema) {
      await checkReply(reply.replySchema, value, plan.handler.label, publishTimeoutSeconds, context.clock);
    }
    // Nothing is what an envelope can say by null, and text by being empty.
    const data = value ?? (envelope === null ? "" : null);
    const own = { routingKey, routingKeyPrefix: null, messageEnvelope: envelope };
    const publish = reply.replyOptions ? { ...reply.replyOptions, ...own } : own;
    const message = await buildOutgoing(context, options, data, publish);
    return replyMessage(properties, message.content, message.properties);
  }

  ofError({ properties }: Pick<Delivery, "properties">, error: unknown): OutgoingMessage {
    const { reply, context } = this.#settings;
    const content = writeErrorReply(error, reply.stacks);
    const own = { contentType: "application/json", appId: context.name, headers: { [headerNames.reply]: "error" } };
    return replyMessage(properties, content, own);
  }
}

/** By the default exchange the key is the queue, so it is used unchanged. The caller may be gone; then it is only counted. */
function replyMessage(
  { replyTo = "", correlationId }: Delivery["properties"],
  content: Buffer,
  properties: OutgoingMessage["properties"],
): OutgoingMessage {
  const own: OutgoingMessage["properties"] = { ...properties };
  if (correlationId !== undefined) own.correlationId = correlationId;
  // RabbitMQ returns a mandatory reply to direct reply-to even if it reached the caller: it is not a queue.
  return { exchange: "", routingKey: replyTo, content, properties: own, mandatory: !isDirect(replyTo) };
}

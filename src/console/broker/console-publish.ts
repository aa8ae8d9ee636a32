/** Publishes a message by hand: in the envelope of a handler and checked by its schema, as a service would do it. */
import { randomUUID } from "node:crypto";
import { AmqpConnection } from "../../amqp-client/connection.ts";
import type { OutgoingMessage } from "../../amqp-client/outgoing-message.ts";
import { Publisher } from "../../amqp-client/publisher.ts";
import type { Logger } from "../../log/logger.ts";
import type { ServiceInstance } from "../../service/instance.ts";
import { fillKey } from "../../transports/amqp/contracts/key-template.ts";
import type { ResolvedAmqpOptions } from "../../transports/amqp/options/options.ts";
import { buildOutgoing } from "../../transports/amqp/outbound/outgoing.ts";
import type { PublishOptions } from "../../transports/amqp/outbound/publish-options.ts";
import { systemClock } from "../../util/clock.ts";
import { ConsoleError } from "./errors.ts";
import type { PlannedSubscription } from "./planned-services.ts";

/** What the form on the page contains. */
export interface PublishTask {
  /** The handler whose envelope, schema and exchange are used. */
  readonly subscription: string;
  /** The parameters of a contract's key. Without a contract, the key itself. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly routingKey: string;
  readonly data: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Whether the schema is skipped, to see what a handler does with wrong data. */
  readonly unchecked: boolean;
}

export interface PublishAnswer {
  readonly routingKey: string;
  readonly exchange: string;
  readonly messageId: string | undefined;
  /** Whether it reached a queue. */
  readonly routed: boolean;
}

const publishTimeoutSeconds = 10;
/** The name of the sender in envelopes and of the connection, because the service itself did not send the message. */
const senderName = "tomodachi console";

/** @throws ConsoleError, and the errors of a publish by a service */
export async function publishByHand(
  task: PublishTask,
  subscriptions: readonly PlannedSubscription[],
  logger: Logger,
): Promise<PublishAnswer> {
  const found = subscriptions.find(({ view }) => view.id === task.subscription);
  if (!found) throw new ConsoleError(404, "This handler does not exist any more. Load the page again.");
  const { service, options, plan } = found;
  const [template] = plan.bindings.templates;
  const routingKey = template ? fillKey(template, task.parameters) : task.routingKey;
  const publish: PublishOptions = {
    routingKey,
    exchangeName: plan.bindings.exchangeName,
    messageEnvelope: plan.reading.envelope,
    headers: Object.keys(task.headers).length > 0 ? task.headers : undefined,
    schema: task.unchecked ? undefined : plan.reading.schema,
  };
  const { messageEnvelope } = service;
  const sender: ServiceInstance = { name: senderName, uuid: randomUUID(), options: service.options, logger };
  const parts = { service: sender, messageEnvelope, clock: systemClock };
  const message = await buildOutgoing(parts, options, task.data, publish);
  const { returned } = await send(message, options, logger);
  return { routingKey, exchange: message.exchange, messageId: message.properties.messageId, routed: !returned };
}

async function send(
  message: OutgoingMessage,
  { connection: options, publishing }: ResolvedAmqpOptions,
  logger: Logger,
): Promise<{ readonly returned: boolean }> {
  const connection = new AmqpConnection({
    options,
    firstConnect: "once",
    name: senderName,
    purpose: "publishing",
    logger,
    openLevel: "debug",
  });
  const publisher = new Publisher({
    connection,
    logger,
    maxUnconfirmedMessages: 1,
    maxUnconfirmedBytes: Number.MAX_SAFE_INTEGER,
    publishTimeoutSeconds,
    republishUnknown: false,
    maxMessageBytes: publishing.maxMessageBytes,
  });
  try {
    await connection.open();
    return await publisher.publish(message);
  } finally {
    await publisher.close();
    await connection.close();
  }
}

/**
 * Finds out whether a login may do something, without doing it. Each question contains a mistake, and the broker refuses it after it has
 * checked the permissions. 403 (ACCESS_REFUSED) means that the permission is missing; any other refusal means that it exists. The order of
 * these checks is that of RabbitMQ's rabbit_channel.erl, 3.8 to 4.3, and of the embedded broker.
 */
import { randomBytes } from "node:crypto";
import type { AmqpChannel } from "../amqp-client/channel.ts";
import type { AmqpConnection } from "../amqp-client/connection.ts";
import { systemClock } from "../util/clock.ts";
import { within } from "../util/within.ts";
import { type Answer, ask } from "./ask.ts";

/** How long a broker may take for one answer, in milliseconds. */
const answerMs = 5000;

/**
 * Only durable queues can be quorum queues, a quorum queue cannot be exclusive, and a time cannot be negative: no broker creates this
 * queue.
 */
const impossibleQueue = {
  durable: false,
  exclusive: true,
  autoDelete: true,
  arguments: { "x-queue-type": "quorum", "x-expires": -1 },
};

/** An alternate exchange must be a string. The other properties differ from those of an existing exchange, so this does not declare it. */
const impossibleExchange = { durable: false, autoDelete: true, arguments: { "alternate-exchange": 1 } };

/** Needs the configure permission on the queue. */
export function mayDeclareQueue(connection: AmqpConnection, queue: string): Promise<Answer<unknown>> {
  return ask(connection, (channel) => channel.assertQueue(queue, impossibleQueue));
}

/** Needs the configure permission on the exchange. */
export function mayDeclareExchange(connection: AmqpConnection, exchange: string): Promise<Answer<unknown>> {
  return ask(connection, (channel) => channel.assertExchange(exchange, "fanout", impossibleExchange));
}

/** Needs the write permission on the queue, and read on the exchange. It removes a binding that does not exist, so nothing changes. */
export function mayBind(
  connection: AmqpConnection,
  { queue, exchange, routingKey }: { readonly queue: string; readonly exchange: string; readonly routingKey: string },
): Promise<Answer<unknown>> {
  return ask(connection, (channel) => channel.unbindQueue(queue, exchange, keyLike(routingKey)));
}

/** Needs the read permission on the queue. The priority has a wrong type, so no consumer is created. */
export function mayConsume(connection: AmqpConnection, queue: string): Promise<Answer<unknown>> {
  const settings = { consumerTag: `tomodachi-doctor-${random()}`, arguments: { "x-priority": "not a number" } };
  return ask(connection, (channel) => channel.consume(queue, () => {}, settings));
}

/** The broker has an alarm, and reads nothing more from a connection that publishes. */
export interface Blocked {
  readonly kind: "blocked";
  readonly reason: string;
}

/**
 * Needs the write permission on the exchange. The expiration has a wrong type, so the message reaches no queue. Use a connection that does
 * nothing else: during an alarm the broker answers this question by blocking the connection.
 */
export function mayPublish(connection: AmqpConnection, exchange: string): Promise<Answer<unknown> | Blocked> {
  let forget = (): void => {};
  const blocked = new Promise<Blocked>((resolve) => {
    forget = connection.subscribe({ blocked: (reason) => resolve({ kind: "blocked", reason }) });
    if (connection.blocked) resolve({ kind: "blocked", reason: "an alarm" });
  });
  const asked = ask(connection, (channel) => refusalOfPublish(channel, exchange));
  // During an alarm the question stays open until the connection ends.
  asked.catch(() => {});
  const late = (): Error => new Error(`the broker did not answer a publish within ${answerMs / 1000} s`);
  return within(Promise.race([asked, blocked]), answerMs, systemClock, late).finally(forget);
}

function refusalOfPublish(channel: AmqpChannel, exchange: string): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.subscribe({
      closed: (error) => reject(error ?? new Error("the channel was closed")),
      // A broker that accepts any expiration returns the message: it reached no queue.
      returned: () => resolve(),
    });
    const properties = { expiration: "not a number", persistent: false, mandatory: true, rawProperties: undefined };
    channel.publish(exchange, `tomodachi-doctor.${random()}`, Buffer.alloc(0), properties);
  });
}

/** A key that no binding has. It begins like the real key, because topic permissions depend on the key. */
function keyLike(routingKey: string): string {
  const words = routingKey.split(".");
  const end = words.findIndex((word) => word === "*" || word === "#");
  const begin = end === -1 ? words.slice(0, -1) : words.slice(0, end);
  return [...begin, "tomodachi-doctor", random()].join(".").slice(-255);
}

function random(): string {
  return randomBytes(8).toString("hex");
}

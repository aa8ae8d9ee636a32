/**
 * Whether a login may do something, asked so that it is never done: each question has a mistake in it, for which the broker refuses it
 * after it has looked at the permissions. 403 (ACCESS_REFUSED) means that the permission is missing; any other refusal that it is there.
 * The order of checks is that of RabbitMQ's rabbit_channel.erl, 3.8 to 4.3, which the embedded broker keeps too.
 */
import { randomBytes } from "node:crypto";
import type { AmqpChannel } from "../amqp-client/channel.ts";
import type { AmqpConnection } from "../amqp-client/connection.ts";
import { systemClock } from "../util/clock.ts";
import { within } from "../util/within.ts";
import { type Answer, ask } from "./ask.ts";

/** How long a broker may take for one answer. */
const answerMs = 5000;

/** Only durable queues may be quorum queues, none may be exclusive, and no time is negative: no broker creates this queue. */
const impossibleQueue = {
  durable: false,
  exclusive: true,
  autoDelete: true,
  arguments: { "x-queue-type": "quorum", "x-expires": -1 },
};

/** An alternate exchange is a name. An exchange that exists has other properties, so that this is not a declaration of it. */
const impossibleExchange = { durable: false, autoDelete: true, arguments: { "alternate-exchange": 1 } };

/** Needs configure on the queue. */
export function mayDeclareQueue(connection: AmqpConnection, queue: string): Promise<Answer<unknown>> {
  return ask(connection, (channel) => channel.assertQueue(queue, impossibleQueue));
}

/** Needs configure on the exchange. */
export function mayDeclareExchange(connection: AmqpConnection, exchange: string): Promise<Answer<unknown>> {
  return ask(connection, (channel) => channel.assertExchange(exchange, "fanout", impossibleExchange));
}

/** Needs write on the queue and read on the exchange. Removes a binding that does not exist, which changes nothing. */
export function mayBind(
  connection: AmqpConnection,
  { queue, exchange, routingKey }: { readonly queue: string; readonly exchange: string; readonly routingKey: string },
): Promise<Answer<unknown>> {
  return ask(connection, (channel) => channel.unbindQueue(queue, exchange, keyLike(routingKey)));
}

/** Needs read on the queue. A priority is a number, so that no consumer is made. */
export function mayConsume(connection: AmqpConnection, queue: string): Promise<Answer<unknown>> {
  const settings = { consumerTag: `tomodachi-doctor-${random()}`, arguments: { "x-priority": "not a number" } };
  return ask(connection, (channel) => channel.consume(queue, () => {}, settings));
}

/** The broker has an alarm, and reads nothing more of a connection that publishes. */
export interface Blocked {
  readonly kind: "blocked";
  readonly reason: string;
}

/**
 * Needs write on the exchange. An expiration is a number, so that the message goes nowhere. Ask on a connection that does nothing
 * else: during an alarm the broker answers this question by blocking the connection.
 */
export function mayPublish(connection: AmqpConnection, exchange: string): Promise<Answer<unknown> | Blocked> {
  let forget = (): void => {};
  const blocked = new Promise<Blocked>((resolve) => {
    forget = connection.subscribe({ blocked: (reason) => resolve({ kind: "blocked", reason }) });
    if (connection.blocked) resolve({ kind: "blocked", reason: "an alarm" });
  });
  const asked = ask(connection, (channel) => refusalOfPublish(channel, exchange));
  // During an alarm it ends with the connection.
  asked.catch(() => {});
  const late = (): Error => new Error(`the broker did not answer a publish within ${answerMs / 1000} s`);
  return within(Promise.race([asked, blocked]), answerMs, systemClock, late).finally(forget);
}

function refusalOfPublish(channel: AmqpChannel, exchange: string): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.subscribe({
      closed: (error) => reject(error ?? new Error("the channel was closed")),
      // Of a broker that takes any expiration: it reached no queue.
      returned: () => resolve(),
    });
    const properties = { expiration: "not a number", persistent: false, mandatory: true, rawProperties: undefined };
    channel.publish(exchange, `tomodachi-doctor.${random()}`, Buffer.alloc(0), properties);
  });
}

/** A key that no binding has. It begins as the real one does, because topic permissions are given by key. */
function keyLike(routingKey: string): string {
  const words = routingKey.split(".");
  const end = words.findIndex((word) => word === "*" || word === "#");
  const begin = end === -1 ? words.slice(0, -1) : words.slice(0, end);
  return [...begin, "tomodachi-doctor", random()].join(".").slice(-255);
}

function random(): string {
  return randomBytes(8).toString("hex");
}

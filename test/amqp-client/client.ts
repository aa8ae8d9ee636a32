// Shorthands for tests of the AMQP client: connections and publishers that close themselves, messages of one line.
import { AmqpConnection } from "../../src/amqp-client/connection.ts";
import {
  type ConnectionOptions,
  type ConnectionPlace,
  resolveConnectionOptions,
} from "../../src/amqp-client/options.ts";
import type { OutgoingMessage } from "../../src/amqp-client/outgoing-message.ts";
import { Publisher } from "../../src/amqp-client/publisher.ts";
import type { PublisherSettings } from "../../src/amqp-client/publisher-settings.ts";
import { createSilentLogger } from "../../src/log/logger.ts";
import { amqpUrl } from "../support/broker.ts";

export type Disposable<T> = T & AsyncDisposable;

/** A connection that is not open yet; closed when disposed. */
export function createConnection(
  options: ConnectionOptions = {},
  purpose: "publishing" | "consuming" = "consuming",
): Disposable<AmqpConnection> {
  const resolved = resolveConnectionOptions({ url: amqpUrl, ...options }, {});
  const connection = new AmqpConnection({ options: resolved, name: "test", purpose, logger: createSilentLogger() });
  return Object.assign(connection, { [Symbol.asyncDispose]: () => connection.close() });
}

/** As a command connects: each host is tried once, with its own time limit. Not open yet; closed when disposed. */
export function onceConnection(options: ConnectionOptions, place?: ConnectionPlace): Disposable<AmqpConnection> {
  const connection = new AmqpConnection({
    options: resolveConnectionOptions(options, {}, place),
    name: "test",
    purpose: "consuming",
    logger: createSilentLogger(),
    firstConnect: "once",
  });
  return Object.assign(connection, { [Symbol.asyncDispose]: () => connection.close() });
}

export async function openConnection(
  options: ConnectionOptions = {},
  purpose: "publishing" | "consuming" = "consuming",
): Promise<Disposable<AmqpConnection>> {
  const connection = createConnection(options, purpose);
  await connection.open();
  return connection;
}

export function createPublisher(
  connection: AmqpConnection,
  settings: Partial<PublisherSettings> = {},
): Disposable<Publisher> {
  const publisher = new Publisher({
    connection,
    logger: createSilentLogger(),
    maxUnconfirmedMessages: 1000,
    maxUnconfirmedBytes: 16 * 1024 * 1024,
    publishTimeoutSeconds: 20,
    republishUnknown: true,
    maxMessageBytes: 16 * 1024 * 1024,
    ...settings,
  });
  return Object.assign(publisher, { [Symbol.asyncDispose]: () => publisher.close() });
}

let count = 0;

/** A message to a queue by the default exchange. */
export function messageTo(
  queue: string,
  content: string | Buffer,
  more: Partial<OutgoingMessage> = {},
): OutgoingMessage {
  return {
    exchange: "",
    routingKey: queue,
    content: typeof content === "string" ? Buffer.from(content) : content,
    properties: { messageId: `m-${++count}`, persistent: true },
    mandatory: false,
    ...more,
  };
}

/** Resolves with what a promise rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<Error & { readonly code?: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error("It resolved, but a rejection was expected.");
}

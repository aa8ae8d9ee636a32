/** Declares exchanges, queues and bindings, each on a throw-away channel, and says plainly what a broker does not take. */
import type { AmqpConnection } from "./connection.ts";
import { AmqpChannelError } from "./errors.ts";
import { differenceIn, unknownArgument } from "./reply-text.ts";

export interface ExchangeDeclaration {
  readonly name: string;
  readonly type: string;
  readonly durable?: boolean | undefined;
  readonly arguments?: Readonly<Record<string, unknown>> | undefined;
}

export interface QueueDeclaration {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

export interface Binding {
  readonly exchange: string;
  readonly queue: string;
  readonly routingKey: string;
}

/** What came of a declaration. */
export interface DeclarationReport {
  /** It exists with other arguments, and is used as it is. */
  readonly existing: boolean;
  /** Arguments that the broker does not know; it was declared without them. */
  readonly dropped: readonly string[];
  /** One sentence for the log, with the broker's words. */
  readonly warning?: string;
  readonly messageCount?: number;
  readonly consumerCount?: number;
}

export interface StrictOptions {
  /** Make an error of an existing thing with other arguments. */
  readonly strict: boolean;
}

/** Another type is always an error: messages would be routed by other rules than the service expects. */
export async function declareExchange(
  connection: AmqpConnection,
  { name, type, durable = true, arguments: given = {} }: ExchangeDeclaration,
  { strict }: StrictOptions,
): Promise<DeclarationReport> {
  try {
    await connection.withChannel((channel) => channel.assertExchange(name, type, { durable, arguments: given }));
    return { existing: false, dropped: [] };
  } catch (error) {
    const text = textOf(error);
    if (!text.includes("inequivalent arg") || strict || text.includes("inequivalent arg 'type'")) {
      throw declarationError(error, `the exchange "${name}"`, exchangeCure(text));
    }
    await connection.withChannel((channel) => channel.checkExchange(name));
    return {
      existing: true,
      dropped: [],
      warning: `The exchange "${name}" exists with other arguments, and the service uses it as it is (${text}).`,
    };
  }
}

/**
 * Declares a durable queue. An argument that the broker does not know is left out with a warning; a queue that exists with other
 * arguments is used as it is, with a warning, unless `strict`.
 */
export async function declareQueue(
  connection: AmqpConnection,
  queue: QueueDeclaration,
  { strict }: StrictOptions,
): Promise<DeclarationReport> {
  const wanted: Record<string, unknown> = { ...queue.arguments };
  const dropped: string[] = [];
  const replies: string[] = [];
  for (;;) {
    try {
      const { messageCount, consumerCount } = await connection.withChannel((channel) =>
        channel.assertQueue(queue.name, { durable: true, arguments: wanted }),
      );
      return { existing: false, dropped, messageCount, consumerCount, ...droppedWarning(queue.name, dropped, replies) };
    } catch (error) {
      const text = textOf(error);
      const unknown = unknownArgument(text);
      if (unknown !== undefined && Object.hasOwn(wanted, unknown)) {
        delete wanted[unknown];
        dropped.push(unknown);
        replies.push(text);
      } else if (text.includes("inequivalent arg") && !strict) {
        if (wanted["x-single-active-consumer"]) await requireSingleActive(connection, queue.name, wanted, error);
        return useExisting(connection, queue.name, text);
      } else {
        throw declarationError(error, `the queue "${queue.name}"`, queueCure(text));
      }
    }
  }
}

export async function bindQueue(connection: AmqpConnection, { exchange, queue, routingKey }: Binding): Promise<void> {
  try {
    await connection.withChannel((channel) => channel.bindQueue(queue, exchange, routingKey));
  } catch (error) {
    throw declarationError(error, `the binding of "${queue}" to "${exchange}" by "${routingKey}"`, bindingCure(error));
  }
}

/** Removes a binding; a missing one is no error. */
export async function unbindQueue(connection: AmqpConnection, { exchange, queue, routingKey }: Binding): Promise<void> {
  try {
    await connection.withChannel((channel) => channel.unbindQueue(queue, exchange, routingKey));
  } catch (error) {
    if (error instanceof AmqpChannelError && error.replyCode === 404) return;
    throw declarationError(error, `the binding of "${queue}" to "${exchange}" by "${routingKey}"`, bindingCure(error));
  }
}

/** The message and consumer counts of a queue; undefined if the queue does not exist. */
export async function inspectQueue(
  connection: AmqpConnection,
  name: string,
): Promise<{ readonly messageCount: number; readonly consumerCount: number } | undefined> {
  try {
    return await connection.withChannel((channel) => channel.checkQueue(name));
  } catch (error) {
    if (error instanceof AmqpChannelError && error.replyCode === 404) return undefined;
    throw error;
  }
}

export async function deleteQueue(connection: AmqpConnection, name: string): Promise<void> {
  await connection.withChannel((channel) => channel.deleteQueue(name));
}

/** A missing one is no error. */
export async function deleteExchange(connection: AmqpConnection, name: string): Promise<void> {
  await connection.withChannel((channel) => channel.deleteExchange(name));
}

/** Rejects with the broker's message when the exchange does not exist. */
export async function checkExchange(connection: AmqpConnection, name: string): Promise<void> {
  await connection.withChannel((channel) => channel.checkExchange(name));
}

async function useExisting(connection: AmqpConnection, name: string, text: string): Promise<DeclarationReport> {
  const { messageCount, consumerCount } = await connection.withChannel((channel) => channel.checkQueue(name));
  return {
    existing: true,
    dropped: [],
    messageCount,
    consumerCount,
    warning: `The queue "${name}" exists with other arguments, and the service uses it as it is, with the guarantees of those arguments (${text}). To move to the new arguments, give the subscription a new queueName, and name this one in "previousQueueNames".`,
  };
}

/**
 * RabbitMQ names one difference at a time, so another one may hide a missing x-single-active-consumer: it is declared with
 * the existing arguments, until nothing else differs.
 */
async function requireSingleActive(
  connection: AmqpConnection,
  name: string,
  wanted: Readonly<Record<string, unknown>>,
  difference: unknown,
): Promise<void> {
  const probe: Record<string, unknown> = { ...wanted };
  for (let error = difference; ; ) {
    const found = differenceIn(textOf(error));
    const known =
      found !== undefined && found.argument !== "x-single-active-consumer" && found.argument.startsWith("x-");
    // A value that was set to what stands and still differs cannot be settled: the queue counts as not single active.
    if (!known || Object.is(probe[found.argument], found.current)) {
      throw declarationError(error, `the queue "${name}"`, queueCure("x-single-active-consumer"));
    }
    if (found.current === undefined) delete probe[found.argument];
    else probe[found.argument] = found.current;
    try {
      await connection.withChannel((channel) => channel.assertQueue(name, { durable: true, arguments: probe }));
      return;
    } catch (next) {
      error = next;
    }
  }
}

function droppedWarning(name: string, dropped: readonly string[], replies: readonly string[]): { warning?: string } {
  if (dropped.length === 0) return {};
  const promises = dropped
    .map((argument) => `${argument}${weaker[argument] ? ` (so ${weaker[argument]})` : ""}`)
    .join(", ");
  return {
    warning: `The queue "${name}" was declared without what the broker does not support: ${promises}. The broker replied: ${replies.join("; ")}.`,
  };
}

/** What is weaker without an argument. */
const weaker: Readonly<Record<string, string>> = {
  "x-queue-type": "the queue is not replicated",
  "x-dead-letter-strategy": "messages that the broker itself dead-letters may be lost when a node fails",
  "x-delivery-limit": "a message that crashes its consumer is delivered again without limit",
  "x-message-ttl": "messages never leave it",
  "x-overflow": "a full queue drops its oldest messages instead of refusing new ones",
};

function textOf(error: unknown): string {
  return error instanceof AmqpChannelError ? (error.replyText ?? error.message) : String(error);
}

function declarationError(error: unknown, what: string, cure: string): unknown {
  if (!(error instanceof AmqpChannelError)) return error;
  const { replyCode, replyText } = error;
  const code = replyCode === 403 ? "ERR_AMQP_PERMISSION" : "ERR_AMQP_DECLARATION";
  return new AmqpChannelError(code, `The broker refused ${what}: ${replyText ?? error.message}. ${cure}`, {
    cause: error,
    replyCode,
    replyText,
  });
}

const permissionCure =
  "The service needs configure, write and read on its queues and their .dlq, and with retries on <service>.retry.*, <service>.return and <service>.lost*. It needs write on amq.default, and read and write on its exchanges. `tomodachi topology <service> --permissions declare --format commands` prints the set_permissions command for exactly these permissions. With declare: false a login needs no configure.";

function exchangeCure(text: string): string {
  if (text.includes("reserved prefix"))
    return 'Names that begin with "amq." belong to the broker; choose another exchangeName.';
  if (text.startsWith("ACCESS_REFUSED")) return permissionCure;
  if (text.includes("inequivalent arg 'type'"))
    return "Give the subscription the exchangeType of the existing exchange, or another exchangeName.";
  return "Make the declarations equal, delete the exchange, or remove strictTopology.";
}

function queueCure(text: string): string {
  if (text.startsWith("ACCESS_REFUSED")) return permissionCure;
  if (text.startsWith("RESOURCE_LOCKED")) return "Another connection owns it exclusively; choose another queueName.";
  if (text.includes("x-single-active-consumer")) {
    return 'singleActive of an existing queue cannot change. Give the subscription a new queueName, and name the old one in "previousQueueNames".';
  }
  return 'The arguments of an existing queue cannot change. Give the subscription a new queueName and name the old one in "previousQueueNames", or remove strictTopology.';
}

function bindingCure(error: unknown): string {
  const text = textOf(error);
  if (text.startsWith("ACCESS_REFUSED")) return permissionCure;
  return "Check that exchange and queue exist, and that the exchange can have bindings.";
}

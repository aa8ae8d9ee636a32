// What cases share: channels, messages that are awaited, counts, refusals, and methods that amqplib has no function for.
import type { Channel, ConfirmChannel, GetMessage, Message, Options } from "amqplib";
import { until } from "../support/broker.ts";
import type { CaseContext, ForeignClient, ReplyError } from "./conformance-case.ts";
import { answerTimeoutMs, Inbox } from "./inbox.ts";

/** A connection of the case's own, with one channel in confirm mode. */
export async function open(context: CaseContext): Promise<{ client: ForeignClient; channel: ConfirmChannel }> {
  const client = await context.connect();
  return { client, channel: await client.confirmChannel() };
}

/** The name of the virtual host of the case, as in a reply text. */
export function virtualHostOf(context: CaseContext): string {
  const path = new URL(context.url).pathname.slice(1);
  return path === "" ? "/" : decodeURIComponent(path);
}

/** Declares a queue under its own name, which it resolves with. Classic and durable, unless the options say otherwise. */
export async function declareQueue(
  context: CaseContext,
  channel: Channel,
  options: Options.AssertQueue = {},
): Promise<string> {
  const { queue } = await channel.assertQueue(context.uniqueName("queue"), options);
  return queue;
}

/** Resolves once the broker has confirmed; rejects when it refused. Text is sent as UTF-8. */
export async function publish(
  channel: ConfirmChannel,
  exchange: string,
  routingKey: string,
  content: string | Buffer,
  options: Options.Publish = {},
): Promise<void> {
  const answer = await publishOutcome(channel, exchange, routingKey, content, options);
  if (answer !== "ack") throw new Error(`The broker answered ${answer} to the message for "${routingKey}".`);
}

/** As `publish`, through the default exchange to the queue of that name. */
export function send(
  channel: ConfirmChannel,
  queue: string,
  content: string | Buffer,
  options: Options.Publish = {},
): Promise<void> {
  return publish(channel, "", queue, content, options);
}

/** Sends the messages in this order, all at once, and resolves once all are confirmed. */
export async function sendAll(
  channel: ConfirmChannel,
  queue: string,
  contents: readonly string[],
  options: Options.Publish = {},
): Promise<void> {
  await Promise.all(contents.map((content) => send(channel, queue, content, options)));
}

/** What came of a message that was published in confirm mode; "closed" when the channel ended first. */
export function publishOutcome(
  channel: ConfirmChannel,
  exchange: string,
  routingKey: string,
  content: string | Buffer,
  options: Options.Publish = {},
): Promise<"ack" | "nack" | "closed"> {
  const body = typeof content === "string" ? Buffer.from(content) : content;
  return new Promise((resolve) => {
    channel.publish(exchange, routingKey, body, options, (error: Error | null) => {
      if (!error) resolve("ack");
      else resolve(error.message === "message nacked" ? "nack" : "closed");
    });
  });
}

/** Consumes into an inbox, without acknowledging. */
export async function consume(channel: Channel, queue: string, options: Options.Consume = {}): Promise<Inbox> {
  const inbox = new Inbox();
  const { consumerTag } = await channel.consume(queue, (message) => inbox.receive(message), options);
  inbox.consumerTag = consumerTag;
  return inbox;
}

/** The content as text. */
export function text(message: Pick<Message, "content">): string {
  return message.content.toString();
}

/** The contents as text, in order. */
export function texts(messages: readonly Pick<Message, "content">[]): string[] {
  return messages.map(text);
}

/** Gets one message, to be acknowledged by the case; fails when the queue is empty. */
export async function get(channel: Channel, queue: string): Promise<GetMessage> {
  const message = await channel.get(queue);
  if (message === false) throw new Error(`Queue ${queue} is empty.`);
  return message;
}

/** Takes everything that is ready off the queue, acknowledged. */
export async function drain(channel: Channel, queue: string): Promise<string[]> {
  const taken: string[] = [];
  for (;;) {
    const message = await channel.get(queue, { noAck: true });
    if (message === false) return taken;
    taken.push(text(message));
  }
}

/** Ready messages and consumers, as a passive declaration gives them. */
export async function counts(channel: Channel, queue: string): Promise<{ messages: number; consumers: number }> {
  const { messageCount, consumerCount } = await channel.checkQueue(queue);
  return { messages: messageCount, consumers: consumerCount };
}

/** Resolves once this many messages are ready. For what the broker does in its own time: dead letters, requeues, expiry. */
export async function untilReady(channel: Channel, queue: string, messages: number): Promise<void> {
  await until(async () => (await counts(channel, queue)).messages === messages, {
    timeoutMs: answerTimeoutMs,
    what: `${messages} ready messages in ${queue}`,
  });
}

/** Whether the queue exists, asked on its own channel, which the broker closes when it does not. */
export async function queueExists(client: ForeignClient, queue: string): Promise<boolean> {
  const channel = await client.channel();
  try {
    await channel.checkQueue(queue);
    await channel.close();
    return true;
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 404) return false;
    throw error;
  }
}

/** Resolves once the queue does not exist. */
export async function untilGone(client: ForeignClient, queue: string): Promise<void> {
  await until(async () => !(await queueExists(client, queue)), {
    timeoutMs: answerTimeoutMs,
    what: `${queue} to be gone`,
  });
}

/**
 * Whether a message with this key reaches a queue, asked with a mandatory one. Unlike a declaration it is no use of the queue. A
 * queue that goes at that moment has RabbitMQ answer nack: the message was routed to it.
 */
export async function isRouted(channel: ConfirmChannel, exchange: string, routingKey: string): Promise<boolean> {
  let returned = false;
  const note = () => {
    returned = true;
  };
  channel.once("return", note);
  const answer = await publishOutcome(channel, exchange, routingKey, "is this routed?", { mandatory: true });
  channel.off("return", note);
  if (answer === "closed") throw new Error(`The channel closed while it asked for a queue by "${routingKey}".`);
  return !returned;
}

/** Resolves once the queue does not exist; for queues that every other question would keep alive. */
export async function untilUnroutable(channel: ConfirmChannel, queue: string): Promise<void> {
  const what = `messages for ${queue} to come back`;
  await until(async () => !(await isRouted(channel, "", queue)), { timeoutMs: answerTimeoutMs, what });
}

/** Runs what the broker has to refuse, and resolves with the error that this client then got. */
export async function refusal(client: ForeignClient, action: () => unknown): Promise<ReplyError> {
  const before = client.errors.length;
  try {
    await action();
  } catch (error) {
    // A refusal of the broker is among the errors of the client too; anything else is a mistake of the case.
    if (client.errors.length === before && !(error as { readonly code?: unknown }).code) throw error;
  }
  return until(() => client.errors[before], { timeoutMs: answerTimeoutMs, what: "the broker to refuse" });
}

/** A channel error, to compare with what `refusal` resolves with. Long words are shortened as RabbitMQ shortens them. */
export function channelError(code: number, words: string): ReplyError {
  return { scope: "channel", code, text: fitted(words) };
}

/** A connection error, to compare with what `refusal` resolves with. */
export function connectionError(code: number, words: string): ReplyError {
  return { scope: "connection", code, text: fitted(words) };
}

/** A reply text is a short string: RabbitMQ cuts what is longer and says so with three dots. */
function fitted(words: string): string {
  const bytes = Buffer.from(words);
  return bytes.length <= 255 ? words : `${bytes.subarray(0, 252)}...`;
}

const methodIds = {
  "queue.declare": [50, 10],
  "basic.qos": [60, 10],
  "basic.consume": [60, 20],
  "basic.cancel": [60, 30],
  "basic.get": [60, 70],
  "basic.ack": [60, 80],
  "basic.reject": [60, 90],
  "basic.recover": [60, 110],
  "basic.nack": [60, 120],
} as const;

/** Sends a method with fields that amqplib would not send. Waits for nothing. */
export function sendMethod(channel: Channel, name: keyof typeof methodIds, fields: Record<string, unknown>): void {
  const [classId, methodId] = methodIds[name];
  const raw = channel as unknown as { sendImmediately(id: number, fields: Record<string, unknown>): void };
  raw.sendImmediately(classId * 0x10000 + methodId, { ticket: 0, nowait: false, arguments: {}, ...fields });
}

/** Acknowledges by number, for any number. */
export function ackTag(channel: Channel, deliveryTag: number, multiple = false): void {
  sendMethod(channel, "basic.ack", { deliveryTag, multiple });
}

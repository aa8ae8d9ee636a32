/** Reads the messages in dead-letter queues and leaves them there. */
import { performance } from "node:perf_hooks";
import type { PeekedMessage } from "../amqp-client/peek.ts";
import type { ObservedSubscription } from "../service/observer.ts";
import { deadLetterHeaderNames } from "../transports/amqp/index.ts";
import { unknownName } from "./known-names.ts";
import type { QueueAccess } from "./queue-access.ts";
import type { Recorder } from "./recorder.ts";

/** A message that was dead-lettered, and why. */
export interface StoredDeadLetter {
  /** The name of the dead-letter queue. */
  readonly queue: string;
  /**
   * Why the message was dead-lettered: `handler-error`, `timeout`, `rejected`, `unreadable`, `schema` or `delivery-limit`. If the broker
   * itself dead-lettered it, the reason in `x-death`: `expired`, `maxlen` or `delivery_limit`.
   */
  readonly reason: string | undefined;
  /** The last error of the handler; undefined if the broker dead-lettered the message before any run failed. */
  readonly error: DeadLetterError | undefined;
  /** The data for the handler. If the schema refused it, the data before the schema. Undefined if it cannot be read. */
  readonly data: unknown;
  /** The body as it is in the queue. */
  readonly body: Buffer;
  /** The headers of the message, and the headers that say where, when and why it failed (see the guide on failures). */
  readonly headers: Readonly<Record<string, unknown>>;
  /** Message id, content type, correlation id and so on. */
  readonly properties: PeekedMessage["properties"];
}

/** The last error of a handler, as the headers of the dead letter describe it. */
export interface DeadLetterError {
  /** The name of the error's class. */
  readonly name: string;
  /** The message of the error. */
  readonly message: string;
  /** The code of the error; undefined if it has none. */
  readonly code: string | undefined;
  /** The stack of the error, cut if it is long. */
  readonly stack: string | undefined;
}

/** A dead-letter queue, and which of its messages are asked for. */
interface DeadLetterQueue {
  readonly name: string;
  /** The handlers whose messages go there. They can read the messages. Empty if no handler has this queue. */
  readonly subscriptions: readonly ObservedSubscription[];
  /** Queues that share the dead-letter queue and are not asked for. */
  readonly others: ReadonlySet<string>;
}

/** How long to wait between two questions to the broker, in milliseconds, unless something happens. */
const pauseMs = 20;

export class DeadLetters {
  readonly #recorder: Recorder;
  readonly #access: QueueAccess;
  readonly #prefix: string;

  constructor(recorder: Recorder, access: QueueAccess, prefix: string) {
    this.#recorder = recorder;
    this.#access = access;
    this.#prefix = prefix;
  }

  /**
   * The messages in the dead-letter queues of a handler or of a queue. The name may be that of the queue or of its dead-letter queue, with
   * or without the prefix of the test. Waits for `count` messages; undefined if they did not arrive in time.
   */
  async of(name: string, count: number, timeoutMs: number): Promise<StoredDeadLetter[] | undefined> {
    const deadline = performance.now() + timeoutMs;
    const queues = this.#queuesOf(name).map((queue) => new DeadLetterCount(queue, this.#access));
    // The messages are counted first, because each reading changes how often they were delivered.
    while ((await this.#count(queues)) < count) {
      if (performance.now() > deadline) return undefined;
      await this.#recorder.changed(pauseMs);
    }
    const lists = await Promise.all(queues.map(({ queue }) => this.#read(queue)));
    return lists.flat();
  }

  #queuesOf(name: string): readonly DeadLetterQueue[] {
    const { subscriptions } = this.#recorder;
    const names = [name, this.#prefix + name];
    const handlers = subscriptions.filter(({ handler }) => handler === name);
    const others = subscriptions.filter((known) => namesOf(known).some((one) => names.includes(one)));
    const found = handlers.length > 0 ? handlers : others;
    if (found.length === 0) return [{ name, subscriptions: [], others: new Set() }];
    return [...new Set(found.map(({ deadLetterQueue }) => deadLetterQueue))].map((queue) => {
      const ending = subscriptions.filter(({ deadLetterQueue }) => deadLetterQueue === queue);
      const meant = names.includes(queue) ? ending : found.filter(({ deadLetterQueue }) => deadLetterQueue === queue);
      const own = new Set(meant.map(({ queueName }) => queueName));
      const shared = ending.map(({ queueName }) => queueName).filter((other) => !own.has(other));
      return { name: queue, subscriptions: meant, others: new Set(shared) };
    });
  }

  async #count(queues: readonly DeadLetterCount[]): Promise<number> {
    const counts = await Promise.all(
      queues.map(async (counted) => (await counted.now()) ?? this.#absent(counted.queue)),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async #read(queue: DeadLetterQueue): Promise<StoredDeadLetter[]> {
    const messages = (await this.#access.peek(queue.name)) ?? [];
    return Promise.all(messages.filter((message) => isMeant(message, queue)).map((message) => entryOf(message, queue)));
  }

  /** In the python profile a dead-letter queue is declared when it is first needed. Any other missing queue is a mistake in the test. */
  #absent({ name, subscriptions: known }: DeadLetterQueue): number {
    if (known.length > 0) return 0;
    const { subscriptions } = this.#recorder;
    const handlers = subscriptions.map(({ handler }) => handler);
    const queues = subscriptions.flatMap(namesOf).map((queue) => queue.slice(this.#prefix.length));
    throw unknownName("handler or queue", name, [...handlers, ...queues]);
  }
}

function namesOf({ queueName, deadLetterQueue }: ObservedSubscription): readonly string[] {
  return [queueName, deadLetterQueue];
}

/** Counts the dead letters in a queue that are asked for, as often as needed. */
class DeadLetterCount {
  readonly queue: DeadLetterQueue;
  readonly #access: QueueAccess;
  /** The result of the last check. If the number of messages has not changed, they are not read again. */
  #last: { readonly all: number; readonly meant: number } | undefined;

  constructor(queue: DeadLetterQueue, access: QueueAccess) {
    this.queue = queue;
    this.#access = access;
  }

  /** Undefined when the queue does not exist. */
  async now(): Promise<number | undefined> {
    const { name, others } = this.queue;
    const all = await this.#access.count(name);
    if (all === undefined || others.size === 0) return all;
    if (this.#last?.all === all) return this.#last.meant;
    const messages = (await this.#access.peek(name)) ?? [];
    const meant = messages.filter((message) => isMeant(message, this.queue)).length;
    this.#last = { all, meant };
    return meant;
  }
}

function isMeant({ headers }: PeekedMessage, { others }: DeadLetterQueue): boolean {
  return !others.has(failingQueueOf(headers) ?? "");
}

/** The queue in which the message failed, from the header of the framework or else of the broker. */
function failingQueueOf(headers: Readonly<Record<string, unknown>>): string | undefined {
  return textOf(headers[deadLetterHeaderNames.queue]) ?? textOf(latestDeath(headers["x-death"])?.queue);
}

async function entryOf(
  message: PeekedMessage,
  { name: queue, subscriptions }: DeadLetterQueue,
): Promise<StoredDeadLetter> {
  const { content, headers, properties } = message;
  const failedIn = failingQueueOf(headers);
  const reader = subscriptions.find(({ queueName }) => queueName === failedIn) ?? subscriptions[0];
  const data = await reader?.read(message).catch(() => undefined);
  const reason = textOf(headers[deadLetterHeaderNames.reason]) ?? textOf(latestDeath(headers["x-death"])?.reason);
  return { queue, reason, error: errorOf(headers), data, body: content, headers, properties };
}

function errorOf(headers: Readonly<Record<string, unknown>>): DeadLetterError | undefined {
  const names = deadLetterHeaderNames;
  const name = textOf(headers[names.errorClass]);
  if (name === undefined) return undefined;
  const message = textOf(headers[names.errorMessage]) ?? "";
  return { name, message, code: textOf(headers[names.errorCode]), stack: textOf(headers[names.errorStack]) };
}

/** The latest entry comes first (RabbitMQ, "Dead Letter Exchanges"). */
function latestDeath(deaths: unknown): { readonly queue?: unknown; readonly reason?: unknown } | undefined {
  const [latest] = Array.isArray(deaths) ? (deaths as readonly unknown[]) : [];
  return typeof latest === "object" && latest !== null ? latest : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

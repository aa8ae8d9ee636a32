/** The messages in dead-letter queues, read where they are. */
import { performance } from "node:perf_hooks";
import type { PeekedMessage } from "../amqp-client/peek.ts";
import type { ObservedSubscription } from "../service/observer.ts";
import { deadLetterHeaderNames } from "../transports/amqp/index.ts";
import { unknownName } from "./known-names.ts";
import type { QueueAccess } from "./queue-access.ts";
import type { Recorder } from "./recorder.ts";

/** A message that was dead-lettered, and why. */
export interface StoredDeadLetter {
  /** The dead-letter queue that it is in. */
  readonly queue: string;
  /**
   * `handler-error`, `timeout`, `rejected`, `unreadable`, `schema` or `delivery-limit`; when the broker itself dead-lettered it, what it
   * says in `x-death`: `expired`, `maxlen`, `delivery_limit`.
   */
  readonly reason: string | undefined;
  /** What the handler threw at last; undefined when the broker dead-lettered it before any run had failed. */
  readonly error: DeadLetterError | undefined;
  /** The data for the handler, or unparsed when the schema refused it; undefined when it cannot be read. */
  readonly data: unknown;
  readonly body: Buffer;
  /** Its own headers, and those that say where, when and why it failed (see the guide on failures). */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly properties: PeekedMessage["properties"];
}

export interface DeadLetterError {
  /** The name of its class. */
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
  readonly stack: string | undefined;
}

/** A dead-letter queue, and whose messages of it are meant. */
interface DeadLetterQueue {
  readonly name: string;
  /** The handlers whose messages end there, which can read them; empty if no handler has this queue. */
  readonly subscriptions: readonly ObservedSubscription[];
  /** Queues of handlers that share it and are not meant. */
  readonly others: ReadonlySet<string>;
}

/** How often the broker is asked while a test waits, unless something happens. */
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
   * The messages in the dead-letter queues of a handler, or of a queue, by the queue's own name or that of its dead-letter
   * queue, with or without the test's prefix. Waits for this many; undefined if they did not arrive in time.
   */
  async of(name: string, count: number, timeoutMs: number): Promise<StoredDeadLetter[] | undefined> {
    const deadline = performance.now() + timeoutMs;
    const queues = this.#queuesOf(name).map((queue) => new DeadLetterCount(queue, this.#access));
    // Counted first: reading messages repeatedly changes how often they were delivered.
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

  /** In the python profile a dead-letter queue is made when it is first needed; any other that is absent is a slip. */
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

/** How many of the dead letters that are meant are in a queue, asked again and again. */
class DeadLetterCount {
  readonly queue: DeadLetterQueue;
  readonly #access: QueueAccess;
  /** At the last check of the queue: if the number of messages is unchanged no other check is needed. */
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

/** As the framework wrote it down, or the broker. */
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

/** The latest death is the first (RabbitMQ, "Dead Letter Exchanges"). */
function latestDeath(deaths: unknown): { readonly queue?: unknown; readonly reason?: unknown } | undefined {
  const [latest] = Array.isArray(deaths) ? (deaths as readonly unknown[]) : [];
  return typeof latest === "object" && latest !== null ? latest : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

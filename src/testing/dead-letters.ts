/** The messages that were put aside, read where they stand. */
import { performance } from "node:perf_hooks";
import type { PeekedMessage } from "../amqp-client/peek.ts";
import type { ObservedSubscription } from "../service/observer.ts";
import { deadLetterHeaderNames } from "../transports/amqp/index.ts";
import { unknownName } from "./known-names.ts";
import type { QueueAccess } from "./queue-access.ts";
import type { Recorder } from "./recorder.ts";

/** A message that was put aside, and why. */
export interface StoredDeadLetter {
  /** The dead-letter queue it stands in. */
  readonly queue: string;
  /**
   * `handler-error`, `timeout`, `rejected`, `unreadable`, `schema` or `delivery-limit`; when the broker itself put it aside, what it
   * says in `x-death`: `expired`, `maxlen`, `delivery_limit`.
   */
  readonly reason: string | undefined;
  /** What the handler threw at last; undefined when the broker put it aside before any run had failed. */
  readonly error: DeadLetterError | undefined;
  /** As the handler would get it, or as it came when the schema refused it; undefined when it cannot be read. */
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

/** A dead-letter queue; who can read what stands in it is known when a handler's messages end there. */
interface DeadLetterQueue {
  readonly name: string;
  readonly read: ObservedSubscription["read"] | undefined;
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
   * What stands in the dead-letter queues of a handler, or of a queue, by the queue's own name or that of its dead-letter
   * queue, with or without the test's prefix. Waits for so many; undefined when they did not come in time.
   */
  async of(name: string, count: number, timeoutMs: number): Promise<StoredDeadLetter[] | undefined> {
    const deadline = performance.now() + timeoutMs;
    const queues = this.#queuesOf(name);
    // Counted first: whoever looks at messages again and again changes how often they were delivered.
    while ((await this.#count(queues)) < count) {
      if (performance.now() > deadline) return undefined;
      await this.#recorder.changed(pauseMs);
    }
    const lists = await Promise.all(queues.map((queue) => this.#read(queue)));
    return lists.flat();
  }

  #queuesOf(name: string): readonly DeadLetterQueue[] {
    const { subscriptions } = this.#recorder;
    const names = [name, this.#prefix + name];
    const handlers = subscriptions.filter(({ handler }) => handler === name);
    const others = subscriptions.filter((known) => namesOf(known).some((one) => names.includes(one)));
    const found = handlers.length > 0 ? handlers : others;
    if (found.length === 0) return [{ name, read: undefined }];
    return [
      ...new Map(found.map(({ deadLetterQueue, read }) => [deadLetterQueue, { name: deadLetterQueue, read }])).values(),
    ];
  }

  async #count(queues: readonly DeadLetterQueue[]): Promise<number> {
    const counts = await Promise.all(
      queues.map(async (queue) => (await this.#access.count(queue.name)) ?? this.#absent(queue)),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async #read(queue: DeadLetterQueue): Promise<StoredDeadLetter[]> {
    const messages = await this.#access.peek(queue.name);
    return Promise.all((messages ?? []).map((message) => entryOf(message, queue)));
  }

  /** In the python profile a dead-letter queue is made when it is first needed; any other that is absent is a slip. */
  #absent({ name, read }: DeadLetterQueue): number {
    if (read) return 0;
    const { subscriptions } = this.#recorder;
    const handlers = subscriptions.map(({ handler }) => handler);
    const queues = subscriptions.flatMap(namesOf).map((queue) => queue.slice(this.#prefix.length));
    throw unknownName("handler or queue", name, [...handlers, ...queues]);
  }
}

function namesOf({ queueName, deadLetterQueue }: ObservedSubscription): readonly string[] {
  return [queueName, deadLetterQueue];
}

async function entryOf(message: PeekedMessage, { name: queue, read }: DeadLetterQueue): Promise<StoredDeadLetter> {
  const { content, headers, properties } = message;
  const data = await read?.(message).catch(() => undefined);
  const reason = textOf(headers[deadLetterHeaderNames.reason]) ?? brokerReason(headers["x-death"]);
  return { queue, reason, error: errorOf(headers), data, body: content, headers, properties };
}

function errorOf(headers: Readonly<Record<string, unknown>>): DeadLetterError | undefined {
  const names = deadLetterHeaderNames;
  const name = textOf(headers[names.errorClass]);
  if (name === undefined) return undefined;
  const message = textOf(headers[names.errorMessage]) ?? "";
  return { name, message, code: textOf(headers[names.errorCode]), stack: textOf(headers[names.errorStack]) };
}

/** The latest death stands first (RabbitMQ, "Dead Letter Exchanges"). */
function brokerReason(deaths: unknown): string | undefined {
  const [latest] = Array.isArray(deaths) ? (deaths as readonly unknown[]) : [];
  return textOf((latest as { readonly reason?: unknown } | undefined)?.reason);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

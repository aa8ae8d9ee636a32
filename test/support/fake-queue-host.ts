// A queue of the embedded broker without a virtual host: dead letters and deletions are recorded, and consumers are fakes.

import type { DeathReason, Message, QueuedMessage } from "../../src/amqp-broker/message.ts";
import { profileOf } from "../../src/amqp-broker/profile.ts";
import { type MessageConsumer, Queue, type QueueHost } from "../../src/amqp-broker/queue.ts";
import { type QueueProperties, readQueueArguments } from "../../src/amqp-broker/queue-arguments.ts";
import { type FieldValue, longString } from "../../src/amqp-wire/field-table.ts";
import { createVirtualClock } from "../../src/testing/virtual-clock.ts";
import type { Clock } from "../../src/util/clock.ts";
import { bodyOf } from "./stored-messages.ts";

/** Strings, numbers and booleans instead of the field values that would be sent. */
export type PlainArguments = Readonly<Record<string, string | number | boolean | FieldValue>>;

export interface QueueSettings extends Partial<Omit<QueueProperties, "arguments">> {
  readonly arguments?: PlainArguments;
}

export function queueProperties({ arguments: plain = {}, ...properties }: QueueSettings = {}): QueueProperties {
  const table = new Map(Object.entries(plain).map(([name, value]) => [name, fieldValue(value)] as const));
  return {
    name: "queue",
    virtualHost: "/",
    durable: true,
    exclusive: false,
    autoDelete: false,
    ...properties,
    arguments: table,
  };
}

function fieldValue(value: PlainArguments[string]): FieldValue {
  if (typeof value === "string") return longString(value);
  if (typeof value === "number") return { type: "l", value };
  return typeof value === "boolean" ? { type: "t", value } : value;
}

export class FakeQueueHost implements QueueHost {
  readonly profile = profileOf();
  readonly clock: Clock;
  /** `<reason> <body>`, in order. */
  readonly died: string[] = [];
  readonly removed: Queue[] = [];
  /** Called with each dead letter. */
  onDeath: (message: Message) => void = () => {};

  constructor(clock: Clock = createVirtualClock({ now: 1_000_000 })) {
    this.clock = clock;
  }

  queue(settings: QueueSettings = {}): Queue {
    const properties = queueProperties(settings);
    return new Queue(this, properties, readQueueArguments(properties), undefined);
  }

  deadLetter(_queue: Queue, message: Message, reason: DeathReason): void {
    this.died.push(`${reason} ${bodyOf(message)}`);
    this.onDeath(message);
  }

  removeQueue(queue: Queue): void {
    this.removed.push(queue);
    queue.removed();
  }
}

export interface FakeConsumerSettings {
  readonly prefetch?: number;
  readonly noAck?: boolean;
  readonly priority?: number;
}

/** Takes as many as its prefetch, and holds them until it has to settle. */
export class FakeConsumer implements MessageConsumer {
  readonly priority: number;
  readonly exclusive = false;
  readonly noAck: boolean;
  readonly held: QueuedMessage[] = [];
  /** Bodies, in the order they came. */
  readonly got: string[] = [];
  readonly isTimedOut = false;
  readonly givesWay = false;
  cancelled = false;
  canSend = true;
  readonly #queue: Queue;
  readonly #prefetch: number;

  constructor(queue: Queue, { prefetch = 0, noAck = false, priority = 0 }: FakeConsumerSettings = {}) {
    this.#queue = queue;
    this.#prefetch = prefetch;
    this.noAck = noAck;
    this.priority = priority;
    queue.addConsumer(this);
    queue.deliver();
  }

  get canTake(): boolean {
    return this.canSend && (this.#prefetch === 0 || this.held.length < this.#prefetch);
  }

  deliver(entry: QueuedMessage): void {
    this.got.push(bodyOf(entry.message));
    if (!this.noAck) this.held.push(entry);
  }

  cancelledByBroker(): void {
    this.cancelled = true;
  }

  acknowledge(): void {
    this.held.shift();
    this.#queue.acknowledged();
    this.#queue.deliver();
  }

  reject(): void {
    const entry = this.held.shift() as QueuedMessage;
    this.#queue.reject(entry);
    this.#queue.deliver();
  }

  /** Gives all back. */
  requeue(): void {
    this.#queue.putBack(this.held.splice(0), true);
    this.#queue.deliver();
  }
}

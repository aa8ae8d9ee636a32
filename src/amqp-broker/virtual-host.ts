/** One virtual host: its exchanges and queues by name, and how a message gets from an exchange to queues. */
import { randomBytes } from "node:crypto";
import type { Clock } from "../util/clock.ts";
import { isDeadLetterCycle } from "./dead-letter.ts";
import { DeadLetterRouter } from "./dead-letter-router.ts";
import { Exchange, type ExchangeSettings, type ServerExchangeType } from "./exchange.ts";
import type { BindingTarget } from "./exchanges/binding.ts";
import type { DeathReason, Message } from "./message.ts";
import { type BrokerProfile, profileOf } from "./profile.ts";
import { Queue, type QueueHost } from "./queue.ts";
import type { QueueProperties, ServerQueueArguments, ServerQueueType } from "./queue-arguments.ts";
import { ReplyConsumers } from "./reply-consumers.ts";

/** What became of a publish. */
export type Published = "stored" | "unroutable" | "refused";

const predeclared: readonly (readonly [name: string, type: ServerExchangeType, internal?: boolean])[] = [
  ["", "direct"],
  ["amq.direct", "direct"],
  ["amq.fanout", "fanout"],
  ["amq.headers", "headers"],
  ["amq.match", "headers"],
  ["amq.topic", "topic"],
  ["amq.rabbitmq.trace", "topic", true],
];

export class VirtualHost implements QueueHost {
  readonly name: string;
  readonly clock: Clock;
  readonly profile: BrokerProfile;
  /** Of a queue that is declared without a type and can be of this one. */
  defaultQueueType: ServerQueueType = "classic";
  readonly exchanges: Map<string, Exchange> = new Map();
  readonly queues: Map<string, Queue> = new Map();
  /** Of direct reply-to. */
  readonly replies: ReplyConsumers;
  readonly #router = new DeadLetterRouter(this);
  readonly #reached: Queue[] = [];
  #routing = 0;
  #totals = { published: 0, unroutable: 0 };
  #removed = { delivered: 0, acknowledged: 0 };

  constructor(name: string, clock: Clock, profile: BrokerProfile = profileOf()) {
    this.name = name;
    this.clock = clock;
    this.profile = profile;
    this.replies = new ReplyConsumers(profile.returnsLostReplies);
    for (const [exchange, type, internal = false] of predeclared) {
      const settings = { name: exchange, type, durable: true, autoDelete: false, internal, arguments: new Map() };
      this.exchanges.set(exchange, new Exchange(settings, profile));
    }
  }

  /** Publishes of clients, including to queues that were deleted since. */
  get totals(): { published: number; unroutable: number; delivered: number; acknowledged: number } {
    let { delivered, acknowledged } = this.#removed;
    for (const { totals } of this.queues.values()) {
      delivered += totals.delivered;
      acknowledged += totals.acknowledged;
    }
    return { ...this.#totals, delivered, acknowledged };
  }

  addExchange(settings: ExchangeSettings): void {
    this.exchanges.set(settings.name, new Exchange(settings, this.profile));
  }

  /** With all bindings that start or end there. */
  removeExchange(exchange: Exchange): void {
    if (!this.exchanges.delete(exchange.name)) return;
    for (const { identity } of [...exchange.bindings]) exchange.unbind(identity);
    this.#unbindAll(exchange);
  }

  addQueue(properties: QueueProperties, queueArguments: ServerQueueArguments, owner: object | undefined): Queue {
    const queue = new Queue(this, properties, queueArguments, owner);
    this.queues.set(queue.name, queue);
    return queue;
  }

  /** A name that no queue has. */
  newQueueName(): string {
    return `amq.gen-${randomBytes(16).toString("base64url")}`;
  }

  removeQueue(queue: Queue): void {
    if (this.queues.get(queue.name) !== queue) return;
    this.queues.delete(queue.name);
    for (const key of ["delivered", "acknowledged"] as const) this.#removed[key] += queue.totals[key];
    this.#unbindAll(queue);
    this.#router.forget(queue);
    queue.removed();
  }

  unbind(exchange: Exchange, identity: string): void {
    if (!exchange.unbind(identity)) return;
    if (exchange.settings.autoDelete && !exchange.used) this.removeExchange(exchange);
  }

  /** The publish of a client. */
  publish(exchange: Exchange, message: Message): Published {
    this.#totals.published++;
    const queues = this.#route(exchange, message);
    if (queues.length === 0) {
      this.#totals.unroutable++;
      return "unroutable";
    }
    return this.#store(queues, message) ? "stored" : "refused";
  }

  deadLetter(queue: Queue, message: Message, reason: DeathReason): void {
    this.#router.take(queue, message, reason);
  }

  publishDeadLetter(deadLetter: Message): boolean {
    const exchange = this.exchanges.get(deadLetter.exchange);
    if (!exchange) return false;
    const queues = this.#route(exchange, deadLetter);
    const open = queues.filter(({ name }) => !isDeadLetterCycle(deadLetter, name));
    // A message in a cycle is dropped; it does not wait for anything.
    if (open.length === 0) return queues.length > 0;
    return this.#store(open, deadLetter);
  }

  /** Dead letters that no queue has taken. */
  keptDeadLetters(queue: Queue): number {
    return this.#router.waiting(queue);
  }

  /** The virtual host ends. */
  close(): void {
    for (const queue of [...this.queues.values()]) this.removeQueue(queue);
  }

  /** All of them, even if one refuses. */
  #store(queues: readonly Queue[], message: Message): boolean {
    if (queues.length === 1) return (queues[0] as Queue).publish(message);
    let stored = true;
    for (const queue of [...queues]) stored = queue.publish(message) && stored;
    return stored;
  }

  /** The result is good until the next call. */
  #route(exchange: Exchange, message: Message): readonly Queue[] {
    const queues = this.#reached;
    queues.length = 0;
    this.#routing++;
    this.#through(exchange, message);
    return queues;
  }

  #through(exchange: Exchange, message: Message): void {
    if (exchange.mark === this.#routing) return;
    exchange.mark = this.#routing;
    const exchanges: Exchange[] = [];
    let matched = false;
    const visit = (target: BindingTarget): void => {
      matched = true;
      if (target instanceof Queue) this.#reach(target);
      else if (target instanceof Exchange) exchanges.push(target);
    };
    if (exchange.name === "") this.#toQueuesByName(message, visit);
    else {
      exchange.table.route(message.routingKey, message, visit);
      for (const key of message.otherKeys ?? []) exchange.table.route(key, message, visit);
    }
    for (const next of exchanges) this.#through(next, message);
    if (matched || exchange.alternate === undefined) return;
    const alternate = this.exchanges.get(exchange.alternate);
    if (alternate) this.#through(alternate, message);
  }

  /** Every queue is bound to the default exchange by its name. */
  #toQueuesByName({ routingKey, otherKeys = [] }: Message, visit: (target: BindingTarget) => void): void {
    const queue = this.queues.get(routingKey);
    if (queue) visit(queue);
    for (const key of otherKeys) {
      const other = this.queues.get(key);
      if (other) visit(other);
    }
  }

  #reach(queue: Queue): void {
    if (queue.mark === this.#routing) return;
    queue.mark = this.#routing;
    this.#reached.push(queue);
  }

  #unbindAll(target: BindingTarget): void {
    for (const { source, identity } of [...target.incoming]) {
      const exchange = this.exchanges.get(source);
      if (exchange) this.unbind(exchange, identity);
    }
  }
}

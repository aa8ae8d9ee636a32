/**
 * Takes dead letters to their exchange. At most once: what no queue takes is dropped. At least once (quorum queues that
 * ask for it): it is kept and tried again, and a number of stuck messages stops those behind them, as in RabbitMQ.
 */
import type { Clock } from "../util/clock.ts";
import { deadMessageOf } from "./dead-letter.ts";
import type { DeathReason, Message } from "./message.ts";
import type { BrokerProfile } from "./profile.ts";
import type { Queue } from "./queue.ts";

/** RabbitMQ's prefetch of its dead-letter worker. */
const mostStuck = 32;
/** RabbitMQ's dead_letter_worker_publisher_confirm_timeout. */
const againMs = 180_000;

export interface DeadLetterHost {
  readonly clock: Clock;
  readonly profile: BrokerProfile;
  /** Whether at least one queue accepted it and none refused. */
  publishDeadLetter(message: Message): boolean;
}

export class DeadLetterRouter {
  readonly #host: DeadLetterHost;
  /** By queue; only of those with at-least-once. */
  readonly #kept = new WeakMap<Queue, Kept>();

  constructor(host: DeadLetterHost) {
    this.#host = host;
  }

  take(queue: Queue, message: Message, reason: DeathReason): void {
    const { deadLetterExchange: exchange, deadLetterRoutingKey: routingKey, deadLetterAtLeastOnce } = queue.arguments;
    if (exchange === undefined) return;
    const { clock, profile } = this.#host;
    const route = { queue: queue.name, exchange, routingKey };
    const deadLetter = deadMessageOf(message, reason, route, clock.now(), profile);
    if (!deadLetterAtLeastOnce) this.#host.publishDeadLetter(deadLetter);
    else this.#keptBy(queue).add(deadLetter);
  }

  /** How many messages wait for a queue that accepts them. */
  waiting(queue: Queue): number {
    return this.#kept.get(queue)?.size ?? 0;
  }

  /** The queue was deleted, with the messages that it kept here. */
  forget(queue: Queue): void {
    this.#kept.get(queue)?.end();
  }

  #keptBy(queue: Queue): Kept {
    let kept = this.#kept.get(queue);
    if (!kept) {
      kept = new Kept(this.#host);
      this.#kept.set(queue, kept);
    }
    return kept;
  }
}

/** The dead letters of one queue that have not arrived. */
class Kept {
  readonly #host: DeadLetterHost;
  #stuck: Message[] = [];
  #behind: Message[] = [];
  #cancel: (() => void) | undefined;

  constructor(host: DeadLetterHost) {
    this.#host = host;
  }

  get size(): number {
    return this.#stuck.length + this.#behind.length;
  }

  add(deadLetter: Message): void {
    if (this.#stuck.length >= mostStuck) this.#behind.push(deadLetter);
    else if (!this.#host.publishDeadLetter(deadLetter)) this.#keep(deadLetter);
  }

  end(): void {
    this.#cancel?.();
    this.#stuck = [];
    this.#behind = [];
  }

  #keep(deadLetter: Message): void {
    this.#stuck.push(deadLetter);
    this.#cancel ??= this.#host.clock.after(againMs, () => this.#tryAgain());
  }

  #tryAgain(): void {
    this.#cancel = undefined;
    const deadLetters = [...this.#stuck, ...this.#behind];
    this.#stuck = [];
    this.#behind = [];
    for (const deadLetter of deadLetters) this.add(deadLetter);
  }
}

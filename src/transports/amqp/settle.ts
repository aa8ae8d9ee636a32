/** Outcome to settlement: the confirmed copy first, where there must be one, then the delivery's one settlement. */
import type { Delivery } from "../../amqp-client/delivery.ts";
import type { Publisher } from "../../amqp-client/publisher.ts";
import type { Logger } from "../../log/logger.ts";
import type { FailedOutcome } from "../../service/outcome.ts";
import { backoffMs } from "../../util/backoff.ts";
import type { Clock } from "../../util/clock.ts";
import { wait } from "../../util/wait.ts";
import { type DeadLetterCause, deadLetterOf } from "./dead-letter.ts";
import { AmqpError } from "./errors.ts";

const requeuePause = { firstMs: 100, maxMs: 10_000 };
const copyPause = { firstMs: 500, maxMs: 30_000 };

/** What settling needs of its subscription. */
export interface SettleHost {
  readonly publisher: Publisher;
  readonly logger: Logger;
  /** Aborts when a shutdown has waited long enough: nothing is tried again then. */
  readonly signal: AbortSignal;
  /** How long a delivery may wait for its copy, in milliseconds; the broker's patience has an end. */
  readonly holdMs: number;
  /** What the pauses are measured by. */
  readonly clock: Clock;
  /** Makes the dead-letter queue, when a copy found none. */
  declareDeadLetterQueue(): Promise<void>;
  /** Stops taking messages while copies cannot be made. */
  pause(): void;
  resume(): void;
  /** Puts a message back into its queue. @default the delivery's own `requeue` */
  putBack?(delivery: Delivery): void;
  /** The broker has the copy, and the delivery is acknowledged. */
  deadLettered?(delivery: Delivery, cause: DeadLetterCause): void;
}

export class Settler {
  readonly #host: SettleHost;
  /** Requeues in a row: each pause is longer than the last. */
  #requeues = 0;
  #failingCopies = 0;
  #pausing = 0;

  constructor(host: SettleHost) {
    this.#host = host;
  }

  /** Copies that the broker does not take at the moment. */
  get failingCopies(): number {
    return this.#failingCopies;
  }

  /** Deliveries that wait for nothing but the end of a pause. */
  get pausing(): number {
    return this.#pausing;
  }

  /** Settles a delivery as its outcome says. Resolves when it is settled, or void because its channel is gone. Never rejects. */
  async settle(delivery: Delivery, outcome: FailedOutcome, cause: () => DeadLetterCause): Promise<void> {
    if (outcome.kind === "dead-letter") await this.#deadLetter(delivery, cause());
    else await this.#requeue(delivery);
  }

  succeeded(): void {
    this.#requeues = 0;
  }

  /** Never at once: a message that nobody wants now would go round thousands of times a second. */
  async #requeue(delivery: Delivery): Promise<void> {
    this.#requeues++;
    await this.#pause(backoffMs(this.#requeues, requeuePause));
    this.#putBack(delivery);
  }

  #putBack(delivery: Delivery): void {
    if (this.#host.putBack) this.#host.putBack(delivery);
    else delivery.requeue();
  }

  async #deadLetter(delivery: Delivery, cause: DeadLetterCause): Promise<void> {
    const { signal, holdMs } = this.#host;
    const giveBackAt = performance.now() + holdMs;
    let failing = false;
    for (let attempt = 1; delivery.live && !signal.aborted; attempt++) {
      const copied = await this.#copied(delivery, cause, attempt);
      if (copied) {
        if (failing) this.#copyAgainPossible();
        delivery.acknowledge();
        this.#host.deadLettered?.(delivery, cause);
        return;
      }
      if (!failing) this.#copyImpossible();
      failing = true;
      await this.#pause(backoffMs(attempt, copyPause));
      if (performance.now() > giveBackAt) break;
    }
    if (failing) this.#copyAgainPossible();
    this.#putBack(delivery);
  }

  async #pause(ms: number): Promise<void> {
    this.#pausing++;
    await wait(ms, this.#host.signal, this.#host.clock);
    this.#pausing--;
  }

  async #copied(delivery: Delivery, cause: DeadLetterCause, attempt: number): Promise<boolean> {
    try {
      await this.#copy(delivery, cause);
      return true;
    } catch (error) {
      const queue = cause.plan.deadLetterQueue;
      const text = `The copy to "${queue}" failed; the message stays in its queue, the consumer pauses, and it is tried again.`;
      this.#host.logger.error({ err: error, attempt }, text);
      return false;
    }
  }

  async #copy(delivery: Delivery, cause: DeadLetterCause): Promise<void> {
    const { publisher } = this.#host;
    const copy = deadLetterOf(delivery, cause);
    if (!(await publisher.publish(copy)).returned) return;
    await this.#host.declareDeadLetterQueue();
    if (!(await publisher.publish(copy)).returned) return;
    throw new AmqpError(
      "ERR_AMQP_DEAD_LETTER_QUEUE",
      `The broker returned the copy: the queue "${copy.routingKey}" does not exist, though it was declared just now.`,
    );
  }

  #copyImpossible(): void {
    this.#failingCopies++;
    if (this.#failingCopies === 1) this.#host.pause();
  }

  #copyAgainPossible(): void {
    this.#failingCopies--;
    if (this.#failingCopies === 0) this.#host.resume();
  }
}

/** Outcome to settlement: the confirmed copy first, where there must be one, then the delivery's one settlement. */
import { setMaxListeners } from "node:events";
import type { Delivery } from "../../../amqp-client/delivery.ts";
import type { Publisher } from "../../../amqp-client/publisher.ts";
import type { Logger } from "../../../log/logger.ts";
import type { FailedOutcome } from "../../../service/outcome.ts";
import { backoffMs } from "../../../util/backoff.ts";
import type { Clock } from "../../../util/clock.ts";
import { wait } from "../../../util/wait.ts";
import { RepeatedLog } from "../processing/repeated-log.ts";
import type { RetryTiers } from "../topology/retry-tiers.ts";
import { type Copy, CopyMaker } from "./confirmed-copy.ts";
import { type DeadLetterCause, deadLetterOf } from "./dead-letter.ts";
import { retryCopyOf } from "./retry-copy.ts";

const requeuePause = { firstMs: 100, maxMs: 10_000 };
const copyPause = { firstMs: 500, maxMs: 30_000 };

export interface SettlerSettings {
  readonly publisher: Publisher;
  readonly logger: Logger;
  /** Aborts when a shutdown has waited long enough: nothing is tried again then. */
  readonly signal: AbortSignal;
  /** How long a delivery may wait for its copy, in milliseconds; the broker requeues it when it is held for too long. */
  readonly holdMs: number;
  /** What the pauses are measured by. */
  readonly clock: Clock;
  /** Where copies wait that are handled again. */
  readonly retryTiers: Pick<RetryTiers, "tierName" | "declare" | "declareAgain">;
  /** Takes no messages while copies cannot be made, and puts messages back into their queue. */
  readonly control: {
    pause(reason: "copies"): void;
    resume(reason: "copies"): void;
    putBack(delivery: Delivery): void;
  };
  /** Declares the dead-letter queue, if a copy did not find it. False: the service does not declare it. */
  declareDeadLetterQueue(): Promise<boolean>;
  /** The broker has the copy, and the delivery is acknowledged. */
  deadLettered(cause: DeadLetterCause): void;
}

export class Settler {
  readonly #settings: SettlerSettings;
  /** Requeues in a row: each pause is longer than the last. */
  #requeues = 0;
  #failingCopies = 0;
  #pausing = 0;
  /** Aborts when no requeue pauses any more. */
  readonly #stopping = new AbortController();

  /** A broker that accepts no copy accepts none for any message. */
  readonly #log: RepeatedLog;
  readonly #copies: CopyMaker;

  constructor(settings: SettlerSettings) {
    this.#settings = settings;
    this.#log = new RepeatedLog(settings.logger, settings.clock);
    this.#copies = new CopyMaker(settings.publisher, this.#log);
    // Each message that pauses listens to it; of the eleventh Node would warn as of a leak.
    setMaxListeners(0, this.#stopping.signal);
    settings.signal.addEventListener("abort", this.stopPausing, { once: true });
  }

  /** Writes what the log counted but did not write yet. */
  flushLog(): void {
    this.#log.flush();
  }

  /** Copies that the broker does not accept now. */
  get failingCopies(): number {
    return this.#failingCopies;
  }

  /** Deliveries that only wait for the end of a pause. */
  get pausing(): number {
    return this.#pausing;
  }

  /**
   * Settles a delivery as its outcome says. Resolves when that is done: false when the message went back to its queue instead,
   * because no copy could be made, or because its channel is closed. Never rejects.
   */
  async settle(delivery: Delivery, outcome: FailedOutcome, cause: () => DeadLetterCause): Promise<boolean> {
    if (outcome.kind === "requeue") {
      await this.requeue(delivery);
      return true;
    }
    if (outcome.kind === "dead-letter") return this.#settleByCopy(delivery, this.#deadLetter(delivery, cause()));
    if (outcome.jitterMs > 0) await this.pause(outcome.jitterMs, this.#settings.signal);
    return this.#settleByCopy(delivery, this.#retryCopy(delivery, cause(), outcome.delayMs));
  }

  /** Only waits for time; the delivery counts as pausing until then. */
  async pause(ms: number, signal: AbortSignal): Promise<void> {
    this.#pausing++;
    await wait(ms, signal, this.#settings.clock);
    this.#pausing--;
  }

  /** From now on requeues happen at once. Call it when the broker sends no more: another consumer gets the message. */
  readonly stopPausing = (): void => {
    this.#stopping.abort();
  };

  /** The signal is the run's, which may have many subscriptions after this one. */
  close(): void {
    this.#settings.signal.removeEventListener("abort", this.stopPausing);
  }

  succeeded(): void {
    this.#requeues = 0;
  }

  /** Never at once: the message would be delivered and requeued thousands of times a second. */
  async requeue(delivery: Delivery): Promise<void> {
    this.#requeues++;
    await this.pause(backoffMs(this.#requeues, requeuePause), this.#stopping.signal);
    this.#settings.control.putBack(delivery);
  }

  #deadLetter(delivery: Delivery, cause: DeadLetterCause): Copy {
    const message: Copy["message"] = (limits) => deadLetterOf(delivery, cause, limits);
    const { deadLetterQueue: target } = cause.plan.queue;
    const declareTarget = (): Promise<boolean> => this.#settings.declareDeadLetterQueue();
    const copied = (): void => this.#settings.deadLettered(cause);
    return { message, target, errorCode: "ERR_AMQP_DEAD_LETTER_QUEUE", copied, declareTarget };
  }

  #retryCopy(delivery: Delivery, cause: DeadLetterCause, delayMs: number): Copy {
    const { retryTiers } = this.#settings;
    const { queue } = cause.plan;
    const target = retryTiers.tierName(delayMs);
    return {
      message: (limits) => retryCopyOf(delivery, cause, target, limits),
      target,
      errorCode: "ERR_AMQP_RETRY_QUEUE",
      prepare: () => retryTiers.declare(queue, delayMs),
      declareTarget: () => retryTiers.declareAgain(queue, delayMs),
    };
  }

  async #settleByCopy(delivery: Delivery, copy: Copy): Promise<boolean> {
    const { signal, holdMs } = this.#settings;
    const giveBackAt = performance.now() + holdMs;
    let failing = false;
    let bare = false;
    for (let attempt = 1; delivery.live && !signal.aborted; attempt++) {
      const made = await this.#copies.make(copy, attempt, bare);
      if (made === "taken") {
        if (failing) this.#copyAgainPossible();
        delivery.acknowledge();
        copy.copied?.();
        return true;
      }
      if (made === "refused") {
        // It is the message's own fault, so no other message waits for it.
        if (bare) break;
        bare = true;
        continue;
      }
      if (!failing) this.#copyImpossible();
      failing = true;
      await this.pause(backoffMs(attempt, copyPause), signal);
      if (performance.now() > giveBackAt) break;
    }
    if (failing) this.#copyAgainPossible();
    if (bare && delivery.live && !signal.aborted) await this.requeue(delivery);
    else this.#settings.control.putBack(delivery);
    return false;
  }

  #copyImpossible(): void {
    this.#failingCopies++;
    if (this.#failingCopies === 1) this.#settings.control.pause("copies");
  }

  #copyAgainPossible(): void {
    this.#failingCopies--;
    const { control, signal } = this.#settings;
    if (this.#failingCopies === 0 && !signal.aborted) control.resume("copies");
  }
}

/**
 * How the messages of one subscription are stopped and let flow again, whoever asks for it and why. The flow is the only owner of
 * the consumer's prefetch: the careful start, the quarantine, the hold limit and the circuit breaker ask it, and it knows how this
 * consumer can change its prefetch without harm.
 */
import type { Consumer } from "../../../amqp-client/consumer.ts";
import type { Delivery } from "../../../amqp-client/delivery.ts";
import type { Logger } from "../../../log/logger.ts";
import type { Intake } from "./intake.ts";

/** "copies": the broker takes no copies of failed messages. "failures": the circuit breaker has tripped. */
export type PauseReason = "copies" | "failures";

/** Why no message begins: a pause, or "turning", which is what `OrderedFlow` does to give back what it holds. */
export type HeldFor = PauseReason | "turning";

/** As health tells it. */
export const pauseTexts: Readonly<Record<HeldFor, string>> = {
  copies: "paused, because the broker takes no copies of failed messages",
  failures: "paused, because its handler goes on failing (circuitBreaker)",
  turning: "paused, because what it holds goes back to the queue in its order, when the runs have ended",
};

/** That no message begins, and since when, in milliseconds since 1970. */
export interface Held {
  readonly reason: HeldFor;
  readonly since: number;
}

export interface Flow {
  /** Undefined while messages flow. */
  readonly held: Held | undefined;
  /** Changes how much the broker hands over; where nothing is ordered, `changed` is called when it knows of it, or never will. */
  setPrefetch(count: number, changed?: () => void): void;
  /** Takes no more messages until every reason has gone. */
  pause(reason: PauseReason): void;
  resume(reason: PauseReason): void;
  /** Ends the pause for failures, for one message at a time. */
  probe(): void;
  /** Ends taking one message at a time. */
  recovered(): void;
  /** A message whose failure tripped the breaker, or was a failed probe, goes back to its queue. */
  takeBack(delivery: Delivery): Promise<void>;
  /** A message goes back to its queue, or stays here to be run once more. */
  putBack(delivery: Delivery): void;
  /** Gives back what has waited too long for the broker's patience; how many messages that are. */
  giveBackLate(ms: number): number;
  /** Takes nothing new, and gives back what has not begun. */
  stop(): Promise<void>;
  /** After `stop`, when no run is left. */
  runsEnded(): Promise<void>;
}

export interface FlowParts {
  readonly intake: Intake;
  readonly consumer: Consumer;
  readonly logger: Logger;
  /** What the broker may hand over when all is well. */
  readonly prefetch: number;
}

/** A reason that is there already keeps its time. */
export function noteReason<R extends HeldFor>(reasons: Map<R, number>, reason: R): void {
  if (!reasons.has(reason)) reasons.set(reason, Date.now());
}

/** The reason that came first. */
export function firstOf(reasons: ReadonlyMap<HeldFor, number>): Held | undefined {
  for (const [reason, since] of reasons) return { reason, since };
  return undefined;
}

/**
 * For messages in no order, of a queue with any number of active consumers: whatever must go back is requeued by itself, and the
 * consumer is cancelled and begins again on the same channel.
 */
export class FreeFlow implements Flow {
  readonly #parts: FlowParts;
  /** With the time at which each began. */
  readonly #reasons = new Map<PauseReason, number>();
  #prefetch: number;
  #probing = false;
  #pausing: Promise<void> = Promise.resolve();

  constructor(parts: FlowParts) {
    this.#parts = parts;
    this.#prefetch = parts.prefetch;
  }

  get held(): Held | undefined {
    return firstOf(this.#reasons);
  }

  setPrefetch(count: number, changed?: () => void): void {
    this.#prefetch = count;
    this.#applyPrefetch(changed);
  }

  pause(reason: PauseReason): void {
    const { intake, consumer } = this.#parts;
    noteReason(this.#reasons, reason);
    if (reason === "failures") intake.hold();
    const paused = consumer.pause(pauseTexts[reason]).catch(() => {});
    if (reason !== "failures") return;
    // When the broker sends no more: sooner given back, they would come at once again.
    this.#pausing = paused.then(() => {
      if (this.#reasons.has("failures")) intake.giveBackWaiting();
    });
  }

  resume(reason: PauseReason): void {
    this.#reasons.delete(reason);
    if (reason === "failures") this.#parts.intake.go();
    if (this.#reasons.size === 0) this.#parts.consumer.resume().catch(() => {});
  }

  probe(): void {
    this.#probing = true;
    this.#applyPrefetch();
    this.resume("failures");
  }

  recovered(): void {
    this.#probing = false;
    this.#applyPrefetch();
  }

  async takeBack(delivery: Delivery): Promise<void> {
    await this.#pausing;
    delivery.requeue();
  }

  putBack(delivery: Delivery): void {
    delivery.requeue();
  }

  giveBackLate(ms: number): number {
    return this.#parts.intake.giveBackIfOlder(ms);
  }

  async stop(): Promise<void> {
    const { intake, consumer } = this.#parts;
    intake.close();
    await consumer.cancel();
    intake.giveBack();
  }

  runsEnded(): Promise<void> {
    return Promise.resolve();
  }

  #applyPrefetch(changed?: () => void): void {
    const { consumer, logger } = this.#parts;
    void consumer
      .setPrefetch(this.#probing ? 1 : this.#prefetch)
      .catch((error: unknown) => {
        logger.debug({ err: error }, "the prefetch was not changed; it is set when the consumer is opened again");
      })
      .finally(changed);
  }
}

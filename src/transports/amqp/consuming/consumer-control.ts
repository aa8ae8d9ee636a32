/**
 * Pauses and resumes the consumer of one subscription, and changes its prefetch. The control is the only owner of the prefetch: the
 * careful start, the quarantine, the hold limit and the circuit breaker ask it, and it knows how this consumer can change its prefetch
 * without harm.
 */
import type { Consumer } from "../../../amqp-client/consumer.ts";
import type { Delivery } from "../../../amqp-client/delivery.ts";
import type { Logger } from "../../../log/logger.ts";
import type { DeliveryDispatcher } from "./delivery-dispatcher.ts";
import type { HoldLimit } from "./hold-limit.ts";
import type { PrefetchLimits } from "./prefetch-limits.ts";

/**
 * "asked": the handler was paused on request, see `Transport.pause`. "copies": the broker does not accept copies of failed messages.
 * "failures": the circuit breaker has tripped.
 */
export type PauseReason = "asked" | "copies" | "failures";

/** Why no message starts: a pause, or "turning", in which `OrderedConsumerControl` returns what it holds. */
export type HeldFor = PauseReason | "turning";

/** As health reports it. */
export const pauseTexts: Readonly<Record<HeldFor, string>> = {
  asked: "paused",
  copies: "paused, because the broker does not accept copies of failed messages",
  failures: "paused, because its handler keeps failing (circuitBreaker)",
  turning: "paused: when its running handlers have ended, its messages go back to the queue in their order",
};

/** Why no message starts, and since when, in milliseconds since 1970. */
export interface Held {
  readonly reason: HeldFor;
  /** The reason for people. */
  readonly text: string;
  readonly since: number;
}

export interface ConsumerControl {
  /** Undefined while messages start. */
  readonly held: Held | undefined;
  /** The broker hands over one by one. Where nothing is ordered, `changed` is called when it knows of it, or never will. */
  startOneByOne(changed: () => void): void;
  /** The broker hands over as much as all others allow. */
  endOneByOne(): void;
  /** Accepts no more messages until every reason has gone. `text` is the reason for people. */
  pause(reason: PauseReason, text?: string): void;
  resume(reason: PauseReason): void;
  /** Resolves when deliveries that had not started before the last pause were requeued, if that pause requeues them. Never rejects. */
  gaveBack(): Promise<void>;
  /** Ends the pause for failures, for one message at a time. */
  probe(): void;
  /** Ends taking one message at a time. */
  recovered(): void;
  /** A message whose failure tripped the breaker, or was a failed probe, goes back to its queue. */
  takeBack(delivery: Delivery): Promise<void>;
  /** A message goes back to its queue, or stays here to be run again. */
  putBack(delivery: Delivery): void;
  /** Requeues what has waited too long; returns the number of messages. */
  giveBackLate(ms: number): number;
  /** A delivery took this long, from its first run's beginning to its settlement. */
  took(ms: number): void;
  /** Accepts nothing new, and requeues what has not started. */
  stop(): Promise<void>;
  /** After `stop`, when no run is left. */
  runsEnded(): Promise<void>;
}

export interface ConsumerControlParts {
  readonly dispatcher: DeliveryDispatcher;
  readonly consumer: Consumer;
  readonly logger: Logger;
  readonly limits: PrefetchLimits;
}

/** A reason that is there already keeps its text and its time. */
export function noteReason(
  reasons: Map<PauseReason, Held>,
  reason: PauseReason,
  text: string = pauseTexts[reason],
): void {
  if (!reasons.has(reason)) reasons.set(reason, { reason, text, since: Date.now() });
}

/** The first reason. A requested pause is not a fault, so a fault has priority. */
export function firstOf(reasons: ReadonlyMap<PauseReason, Held>): Held | undefined {
  for (const held of reasons.values()) if (held.reason !== "asked") return held;
  return reasons.get("asked");
}

export interface UnorderedConsumerControlParts extends ConsumerControlParts {
  readonly hold: HoldLimit;
}

/**
 * For messages without an order, of a queue with any number of active consumers: each message that must go back is requeued alone, and the
 * consumer is cancelled and begins again on the same channel.
 */
export class UnorderedConsumerControl implements ConsumerControl {
  readonly #parts: UnorderedConsumerControlParts;
  readonly #reasons = new Map<PauseReason, Held>();
  #pausing: Promise<void> = Promise.resolve();

  constructor(parts: UnorderedConsumerControlParts) {
    this.#parts = parts;
  }

  get held(): Held | undefined {
    return firstOf(this.#reasons);
  }

  startOneByOne(changed: () => void): void {
    this.#parts.limits.oneByOne = true;
    this.#applyPrefetch(changed);
  }

  endOneByOne(): void {
    this.#parts.limits.oneByOne = false;
    this.#applyPrefetch();
  }

  pause(reason: PauseReason, text?: string): void {
    const { dispatcher, consumer } = this.#parts;
    noteReason(this.#reasons, reason, text);
    if (this.#beginsNothing) dispatcher.hold();
    const paused = consumer.pause(text ?? pauseTexts[reason]).catch(() => {});
    if (reason === "copies") return;
    // When the broker sends no more: if they were requeued sooner, they would come again at once.
    this.#pausing = paused.then(() => {
      if (this.#beginsNothing) dispatcher.giveBackWaiting();
    });
  }

  resume(reason: PauseReason): void {
    this.#reasons.delete(reason);
    if (!this.#beginsNothing) this.#parts.dispatcher.go();
    if (this.#reasons.size === 0) this.#parts.consumer.resume().catch(() => {});
  }

  gaveBack(): Promise<void> {
    return this.#pausing;
  }

  /** While copies fail, received messages may start: they may succeed. */
  get #beginsNothing(): boolean {
    return this.#reasons.has("failures") || this.#reasons.has("asked");
  }

  probe(): void {
    this.#parts.limits.probing = true;
    this.#applyPrefetch();
    this.resume("failures");
  }

  recovered(): void {
    this.#parts.limits.probing = false;
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
    return this.#parts.dispatcher.giveBackIfOlder(ms);
  }

  took(ms: number): void {
    const { limits, hold } = this.#parts;
    const holdable = hold.prefetchAfter(ms, limits.holdable);
    if (holdable === limits.holdable) return;
    limits.holdable = holdable;
    if (!limits.oneByOne) this.#applyPrefetch();
  }

  async stop(): Promise<void> {
    const { dispatcher, consumer } = this.#parts;
    dispatcher.close();
    await consumer.cancel();
    dispatcher.giveBack();
  }

  runsEnded(): Promise<void> {
    return Promise.resolve();
  }

  #applyPrefetch(changed?: () => void): void {
    const { consumer, logger, limits } = this.#parts;
    void consumer
      .setPrefetch(limits.count)
      .catch((error: unknown) => {
        logger.debug({ err: error }, "the prefetch could not be changed; it is set when the consumer is opened again");
      })
      .finally(changed);
  }
}

/**
 * Messages that are handled together. Each delivery is processed alone until its handler would be called (read, known for a
 * duplicate, through middleware) and continues alone afterwards: here it only waits for the others, and for what the handler
 * returns for it.
 */

import { types } from "node:util";
import { AmqpError } from "../../../amqp-client/errors.ts";
import { isInstance } from "../../../errors.ts";
import type { HandlerFunction } from "../../../service/handler.ts";
import type { WorkObserver } from "../../../service/observed-work.ts";
import { Reject, Requeue } from "../../../service/outcome.ts";
import type { Clock } from "../../../util/clock.ts";
import { createDeferred, type Deferred } from "../../../util/deferred.ts";
import { ignoreRejection } from "../../../util/is-promise.ts";
import type { BatchPlan } from "../options/batch-options.ts";

/** Starts to observe one batch, by the contexts of its messages. */
export type BatchWatch = (contexts: readonly unknown[]) => WorkObserver | undefined;

export interface BatchesSettings {
  readonly batch: BatchPlan;
  /** The user's method, which takes lists. */
  readonly call: HandlerFunction;
  /** How it is called in messages. */
  readonly label: string;
  readonly clock: Clock;
  /** @default no observer */
  readonly watch?: BatchWatch | undefined;
}

interface Item {
  readonly data: unknown;
  readonly context: unknown;
  readonly done: Deferred<void>;
}

export class Batches {
  readonly #settings: BatchesSettings;
  #items: Item[] = [];
  #cancelTimer: () => void = () => {};
  #stopping = false;
  #paused = false;
  #mostAtOnce = (): number => Number.POSITIVE_INFINITY;
  /** Of running batches. */
  readonly #watched = new Set<WorkObserver>();

  constructor(settings: BatchesSettings) {
    this.#settings = settings;
  }

  /** Sets how many messages may run now: if it is one, as in quarantine, no message waits for others. */
  limitBy(mostAtOnce: () => number): void {
    this.#mostAtOnce = mostAtOnce;
  }

  /** Replaces the handler of one message: settles with the batch handler's result for it. */
  readonly add: HandlerFunction = (data, context) => {
    const { batch, clock } = this.#settings;
    const done = createDeferred();
    this.#items.push({ data, context, done });
    const enough = Math.min(batch.size, this.#mostAtOnce());
    if (this.#stopping || this.#paused || this.#items.length >= enough) this.handOver();
    else if (this.#items.length === 1) this.#cancelTimer = clock.after(batch.waitMs, () => this.handOver());
    return done.promise;
  };

  /** Waits for no others any more: what is here goes now, and what still comes, at once. */
  stopWaiting(): void {
    this.#stopping = true;
    this.handOver();
  }

  /** Until `resume` no message waits for others, so that running work ends soon. */
  pause(): void {
    this.#paused = true;
    this.handOver();
  }

  resume(): void {
    this.#paused = false;
  }

  /** Informs the observer that running batches are not awaited any more. */
  abandon(reason: Error): void {
    for (const watched of this.#watched) this.#tellEnd(watched, reason);
  }

  /** Delivers the present messages now, as an incomplete batch. */
  handOver(): void {
    this.#cancelTimer();
    const items = this.#items;
    this.#items = [];
    if (items.length > 0) void this.#handle(items);
  }

  /** Never rejects. */
  async #handle(items: readonly Item[]): Promise<void> {
    const { call, watch } = this.#settings;
    const data = items.map((item) => item.data);
    const contexts = items.map(({ context }) => context);
    const watched = watch?.(contexts);
    if (watched) this.#watched.add(watched);
    try {
      const calling = (): unknown => call(data, contexts);
      const returned = await (watched?.around ? watched.around(calling) : calling());
      this.#settle(items, returned);
      this.#tellEnd(watched);
    } catch (error) {
      this.#tellEnd(watched, error);
      for (const { done } of items) done.reject(error);
    }
  }

  /** Once: a batch that a stop did not wait for may still end. */
  #tellEnd(watched: WorkObserver | undefined, error?: unknown): void {
    if (watched && this.#watched.delete(watched)) watched.ended(error);
  }

  #settle(items: readonly Item[], result: unknown): void {
    // Taken for success, it would lose what was to be dead-lettered.
    if (result !== undefined && !Array.isArray(result) && isOutcome(result)) {
      throw this.#wrongResult(`${result instanceof Error ? "an Error" : JSON.stringify(result)}, not a list`);
    }
    const outcomes: readonly unknown[] = Array.isArray(result) ? result : items.map(() => undefined);
    for (const outcome of outcomes) ignoreRejection(outcome);
    if (outcomes.length !== items.length) {
      throw this.#wrongResult(`a list of ${outcomes.length} outcomes for ${items.length} messages`);
    }
    const wrong = outcomes.find((outcome) => !isOutcome(outcome));
    if (wrong !== undefined) throw this.#wrongResult(`a list that contains ${kindOf(wrong)}`);
    for (const [index, { done }] of items.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined || outcome === "acknowledge") done.resolve();
      else if (outcome === "requeue") done.reject(new Requeue());
      else if (outcome === "reject") done.reject(new Reject());
      else done.reject(outcome);
    }
  }

  #wrongResult(what: string): AmqpError {
    return new AmqpError(
      "ERR_AMQP_BATCH_RESULT",
      `${this.#settings.label} returned ${what}. A batch handler must return nothing when all messages succeeded, or a list with one entry for each message, in order: undefined, "acknowledge", "requeue", "reject" or an Error.`,
    );
  }
}

function isOutcome(outcome: unknown): boolean {
  return (
    outcome === undefined ||
    outcome === "acknowledge" ||
    outcome === "requeue" ||
    outcome === "reject" ||
    isInstance(outcome, Error)
  );
}

function kindOf(wrong: unknown): string {
  if (wrong === null) return "null";
  if (types.isPromise(wrong)) return "a promise (the framework does not await it: return await Promise.all(...))";
  return typeof wrong === "object" ? "an object" : `a ${typeof wrong}`;
}

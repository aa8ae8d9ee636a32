/**
 * The circuit breaker of one consumer. When many messages in a row fail with the same class of error, the messages are not the cause:
 * a system that the handler needs is down. Then the consumer pauses, tries one message at a time, and resumes when one succeeds.
 */
import type { Logger } from "../../../log/logger.ts";
import type { FailedOutcome } from "../../../service/outcome.ts";
import type { Clock } from "../../../util/clock.ts";
import type { ResolvedCircuitBreaker } from "../options/circuit-breaker.ts";
import { errorClassOf } from "../processing/error-class.ts";

/** What the breaker needs from the consumer control. */
export interface PausableConsumer {
  /** Accepts no more messages, and requeues those that have not started. */
  pause(reason: "failures"): void;
  /** Takes messages one at a time. */
  probe(): void;
  /** Takes messages as before. */
  recovered(): void;
}

export interface BreakerSettings {
  readonly options: ResolvedCircuitBreaker;
  readonly control: PausableConsumer;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The state of a breaker. "closed": messages flow. "probing": one at a time is tried. */
export interface BreakerState {
  readonly state: "closed" | "paused" | "probing";
  /** The class of the failures that paused it; undefined while it is closed. */
  readonly errorClass: string | undefined;
  /** When the messages ceased to flow, in milliseconds since 1970. */
  readonly pausedSince: number | undefined;
  /** When the next message is tried, in milliseconds since 1970; undefined but while it is paused. */
  readonly probeAt: number | undefined;
  /** Messages that were tried and failed since then. */
  readonly failedProbes: number;
}

const closed: BreakerState = Object.freeze({
  state: "closed",
  errorClass: undefined,
  pausedSince: undefined,
  probeAt: undefined,
  failedProbes: 0,
});

/** Classes that are counted at once; a handler that throws more of them loses the oldest count. */
const classesCounted = 100;

export class Breaker {
  readonly #settings: BreakerSettings;
  /** When the latest failures were, by class; no more of each than it takes. */
  readonly #failures = new Map<string, number[]>();
  #state: BreakerState = closed;
  /** Earlier runs say nothing about the probe. */
  #probingSince = 0;
  #cancelTimer: () => void = () => {};
  #stopped = false;

  constructor(settings: BreakerSettings) {
    this.#settings = settings;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /**
   * Takes a failure into account. True when the message did not cause it: the message goes back to its queue as if it had
   * not been tried.
   * @param startedAt when the run began, by `performance.now()`
   */
  failed(outcome: FailedOutcome, startedAt: number): boolean {
    if (this.#stopped || !counts(outcome)) return false;
    const errorClass = this.#classOf(outcome);
    if (this.#state.state === "closed") {
      if (!this.#isOneTooMany(errorClass)) return false;
      this.#trip(errorClass, outcome);
      return true;
    }
    // Another failure is the message's own, and the next message is tried.
    if (errorClass !== this.#state.errorClass) return false;
    if (this.#state.state === "probing" && startedAt >= this.#probingSince) this.#probeFailed(outcome);
    return true;
  }

  /** A handler succeeded. Costs nothing while messages flow. */
  succeeded(startedAt: number): void {
    const { state, errorClass, pausedSince } = this.#state;
    if (state !== "probing" || startedAt < this.#probingSince) return;
    const { control, logger, clock } = this.#settings;
    this.#state = closed;
    this.#failures.clear();
    const pausedSeconds = Math.round((clock.now() - (pausedSince ?? 0)) / 1000);
    logger.info({ errorClass, pausedSeconds }, "a message succeeded: the consumer resumes (circuitBreaker)");
    control.recovered();
  }

  /** No probe any more, and no pause. */
  stop(): void {
    this.#stopped = true;
    this.#cancelTimer();
  }

  #classOf(outcome: FailedOutcome): string {
    return this.#settings.options.of === "any-class" ? "any" : errorClassOf(errorOf(outcome));
  }

  #isOneTooMany(errorClass: string): boolean {
    const { clock, options } = this.#settings;
    const now = clock.now();
    const times = this.#failures.get(errorClass) ?? [];
    // The last entry of the map was counted last.
    this.#failures.delete(errorClass);
    this.#failures.set(errorClass, times);
    times.push(now);
    if (times.length > options.failures) times.shift();
    if (this.#failures.size > classesCounted) {
      for (const oldest of this.#failures.keys()) {
        this.#failures.delete(oldest);
        break;
      }
    }
    return times.length === options.failures && now - (times[0] ?? 0) <= options.windowMs;
  }

  #trip(errorClass: string, outcome: FailedOutcome): void {
    const { options, logger, clock } = this.#settings;
    const now = clock.now();
    this.#pause({
      state: "paused",
      errorClass,
      pausedSince: now,
      probeAt: now + options.probeAfterMs,
      failedProbes: 0,
    });
    logger.warn(
      { err: errorOf(outcome), errorClass, failures: options.failures, pauseSeconds: options.probeAfterMs / 1000 },
      `${options.failures} failures (${errorClass}) within ${options.windowMs / 1000} s: the consumer pauses and tries one message in ${options.probeAfterMs / 1000} s (circuitBreaker)`,
    );
  }

  #probeFailed(outcome: FailedOutcome): void {
    const { options, logger, clock } = this.#settings;
    const failedProbes = this.#state.failedProbes + 1;
    const pauseMs = Math.min(options.maxPauseMs, options.probeAfterMs * 2 ** Math.min(failedProbes, 30));
    this.#pause({ ...this.#state, state: "paused", probeAt: clock.now() + pauseMs, failedProbes });
    logger.warn(
      { err: errorOf(outcome), errorClass: this.#state.errorClass, failedProbes, pauseSeconds: pauseMs / 1000 },
      `the trial message failed too: the consumer stays paused and tries one message in ${pauseMs / 1000} s (circuitBreaker)`,
    );
  }

  #pause(state: BreakerState): void {
    const { control, clock } = this.#settings;
    this.#state = state;
    control.pause("failures");
    this.#cancelTimer();
    this.#cancelTimer = clock.after(Math.max(0, (state.probeAt ?? 0) - clock.now()), () => this.#probe());
  }

  #probe(): void {
    const { control, logger } = this.#settings;
    this.#state = { ...this.#state, state: "probing", probeAt: undefined };
    this.#probingSince = performance.now();
    logger.info(
      { errorClass: this.#state.errorClass },
      "the pause has ended: the consumer tries one message (circuitBreaker)",
    );
    control.probe();
  }
}

/** A decision of the handler, or an unreadable message, does not mean that another system is down. */
function counts(outcome: FailedOutcome): boolean {
  if (!("error" in outcome)) return false;
  return !("reason" in outcome) || outcome.reason === "handler-error" || outcome.reason === "timeout";
}

function errorOf(outcome: FailedOutcome): unknown {
  return "error" in outcome ? outcome.error : undefined;
}

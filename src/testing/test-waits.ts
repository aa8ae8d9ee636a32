/** The waits of a test, and the errors that say what happened instead of the expected event. */
import { performance } from "node:perf_hooks";
import type { OpenWork } from "../service/open-work.ts";
import type { ServiceRun } from "../service/service-run.ts";
import { TestingError } from "./errors.ts";
import type { Expectation, WaitOptions } from "./expectations.ts";
import type { Journal } from "./journal.ts";
import type { Recorder } from "./recorder.ts";
import { parkedIn, seenInstead } from "./report.ts";
import { type Conversation, unlessLate, untilIdle, untilStill } from "./settling.ts";
import { waitMsOf } from "./wait-time.ts";

/** The result of `idle()`. */
export interface Settled {
  /** How many messages wait on the broker for a delayed retry. */
  readonly parked: number;
}

export interface TestWaitsSettings {
  readonly run: ServiceRun;
  readonly recorder: Recorder;
  /** The default duration of a wait. */
  readonly timeoutMs: number;
}

export class TestWaits {
  readonly #settings: TestWaitsSettings;
  readonly #conversation: Conversation;
  #over: TestingError | undefined;

  constructor(settings: TestWaitsSettings) {
    const { run, recorder } = settings;
    this.#settings = settings;
    this.#conversation = {
      openWork: () => run.openWork(),
      changed: (ms) => recorder.changed(ms),
      get changes() {
        return recorder.changes;
      },
    };
  }

  /** Refuses every wait from now on, and ends those in progress with the same error. */
  end(why: string): void {
    this.#over ??= new TestingError("ERR_TESTING_STOPPED", `Cannot wait any more: ${why}.`);
    this.#settings.recorder.end(this.#over);
  }

  /** @throws TestingError ERR_TESTING_STOPPED */
  requireRunning(): void {
    if (this.#over) throw this.#over;
  }

  /** How long a wait with these options lasts, in milliseconds. */
  msOf(options: WaitOptions): number {
    return waitMsOf(options, this.#settings.timeoutMs);
  }

  /** One entry, or an array if a count is given. */
  async next<T>(journal: Journal<T>, expectation: Expectation<T>): Promise<T | T[]> {
    const { count, fits, what } = expectation;
    const timeoutMs = this.msOf(expectation);
    const late = (): Promise<Error> => this.late(what, timeoutMs);
    const found = await journal.take({ count: count ?? 1, fits, timeoutMs, late });
    return count === undefined ? (found[0] as T) : found;
  }

  /** See `TestApp.idle`. */
  async idle(options: WaitOptions): Promise<Settled> {
    const timeoutMs = this.msOf(options);
    this.requireRunning();
    const open = await untilIdle(this.#conversation, timeoutMs);
    this.requireRunning();
    if (open) throw await this.late("all messages to be handled", timeoutMs, open);
    return { parked: parkedIn(await this.#settings.run.openWork()) };
  }

  /** Resolves when nothing can continue without the clock or the test. */
  untilStill(): Promise<void> {
    return untilStill(this.#conversation);
  }

  /** The error of a wait that ran out of time. */
  async late(what: string, timeoutMs: number, known?: readonly OpenWork[]): Promise<Error> {
    const { run, recorder } = this.#settings;
    const open = known ?? (await unlessLate(run.openWork(), performance.now() + 500)) ?? [];
    const message = `Waited ${timeoutMs} ms for ${what}. What happened:${seenInstead(recorder, open)}`;
    return new TestingError("ERR_TESTING_TIMEOUT", message);
  }
}

/** One handler and its schedule: waits for the next due time, starts a run, and never lets runs pile up. */
import { classNameOf, clauseOf, messageOf } from "../../errors.ts";
import { briefErrorFields, errorFields } from "../../log/error-fields.ts";
import type { Logger } from "../../log/logger.ts";
import type { HandlerRunResult } from "../../service/handler-run.ts";
import type { RunHandler } from "../../service/handler-runner.ts";
import type { PauseHealth, ScheduleHealth } from "../../service/health.ts";
import { type Clock, callAt } from "../../util/clock.ts";
import { cutText } from "../../util/cut-text.ts";
import { createDeferred, type Deferred } from "../../util/deferred.ts";
import { failedMore, Repeats } from "../../util/repeats.ts";
import type { RunningSchedule } from "./cluster.ts";
import type { ResolvedSchedule } from "./options.ts";

/** The most runs of one handler at once, if runs may overlap: a handler that never ends must not fill the memory. */
const mostAtOnce = 20;
/**
 * If the clock was set back by up to this many milliseconds, no run is repeated: the schedule waits. If it was set back further, the
 * schedule starts again from the time of the clock.
 */
const setBackMs = 3_600_000;
/** The longest part of an error's message in the log sentence, in bytes. The field `err` contains more of it. */
const clauseBytes = 500;

export interface ScheduledHandlerSettings {
  readonly name: string;
  readonly logger: Logger;
  readonly schedule: ResolvedSchedule;
  readonly clock: Clock;
  readonly run: RunHandler;
}

export class ScheduledHandler implements RunningSchedule {
  readonly openWork: RunningSchedule["openWork"] = { running: 0, answering: 0 };
  readonly #settings: ScheduledHandlerSettings;
  readonly #failures: Repeats;
  #begin = 0;
  #next: number | undefined;
  #last: number | undefined;
  #running = 0;
  #skipped = 0;
  /** How many due times were skipped since the last run started. */
  #skippedNow = 0;
  #lastError: string | undefined;
  #paused: PauseHealth | undefined;
  /** Resolves when no run is left; undefined if nothing waits for it. */
  #idle: Deferred<void> | undefined;
  #cancel: () => void = () => {};

  constructor(settings: ScheduledHandlerSettings) {
    this.#settings = settings;
    this.#failures = new Repeats(settings.clock);
  }

  get name(): string {
    return this.#settings.name;
  }

  /** Starts the schedule: intervals are counted from now. */
  begin(): void {
    const { schedule, clock } = this.#settings;
    this.#begin = clock.now();
    if (schedule.immediately && !this.#paused) this.#start(this.#begin);
    this.#wait();
  }

  /** Starts no more runs. */
  stop(): void {
    this.#cancel();
    this.#next = undefined;
  }

  /** Starts no run until `resume`. Resolves when no run is left. */
  async pause(reason: string): Promise<void> {
    this.#paused = { since: new Date(this.#settings.clock.now()), reason };
    if (this.#running === 0) return;
    this.#idle ??= createDeferred();
    await this.#idle.promise;
  }

  resume(): void {
    this.#paused = undefined;
  }

  /** Logs what was counted but not logged yet. Call it when no run is left. */
  end(): void {
    this.#failures.flush();
  }

  get health(): ScheduleHealth {
    const [nextRun, lastRun] = [dateOf(this.#next), dateOf(this.#last)];
    const { name: handler, schedule } = this.#settings;
    return {
      handler,
      schedule: schedule.timetable.text,
      nextRun,
      lastRun,
      running: this.#running,
      skipped: this.#skipped,
      lastError: this.#lastError,
      paused: this.#paused,
    };
  }

  /** A line for people. May be called before the service has started. */
  describe(): string {
    const { name, schedule, clock } = this.#settings;
    const next = dateOf(this.#next ?? schedule.timetable.next(clock.now(), clock.now()));
    return `  ${name}: ${schedule.timetable.text}, ${next ? `next at ${next.toISOString()}` : "never due again"}`;
  }

  #wait(): void {
    const { schedule, clock } = this.#settings;
    const { timetable } = schedule;
    const now = clock.now();
    const last = this.#last ?? now;
    // An interval follows elapsed time, not the time of day.
    if (timetable.isInterval && (now < this.#begin || now < last)) this.#begin = now;
    const next = timetable.next(
      timetable.isInterval || last - now > setBackMs ? now : Math.max(last, now),
      this.#begin,
    );
    this.#next = next;
    if (next !== undefined) this.#cancel = callAt(clock, next, () => this.#due(next));
  }

  #due(time: number): void {
    const { schedule, clock } = this.#settings;
    // A timer of Node may fire a millisecond early, and a clock may be set back.
    if (clock.now() < time) {
      this.#wait();
      return;
    }
    this.#last = time;
    this.#skipMissed(schedule.timetable.next(time, this.#begin));
    const most = schedule.overlap ? mostAtOnce : 1;
    // The next time is determined first, because the handler may ask for it.
    this.#wait();
    if (this.#paused) this.#skipped++;
    else if (this.#running < most) this.#start(time);
    else this.#skip(time);
  }

  #start(time: number): void {
    const { schedule, clock, run } = this.#settings;
    const { timetable, timeoutSeconds } = schedule;
    this.#last = time;
    this.#running++;
    this.#skippedNow = 0;
    const scheduledAt = new Date(time);
    const next = this.#next ?? timetable.next(time, this.#begin);
    const values = { scheduledAt, firedAt: new Date(clock.now()), nextAt: dateOf(next), schedule: timetable.text };
    const logFields = { scheduledAt: scheduledAt.toISOString() };
    void run({ data: new Date(time), message: scheduledAt, values, logFields, timeoutSeconds }).then((result) =>
      this.#ended(result, logFields),
    );
  }

  #ended(result: HandlerRunResult, fields: object): void {
    this.#lastError = result.kind === "returned" ? undefined : messageOf(result.error);
    if (result.kind !== "failed") {
      this.#freed(fields);
      return;
    }
    this.#logFailure(result.error, fields);
    // A run after its time limit counts until its handler has really ended.
    if (result.ended) void result.ended.then(() => this.#freed(fields));
    else this.#freed(fields);
  }

  #freed(fields: object): void {
    this.#running--;
    if (this.#running === 0) {
      this.#idle?.resolve();
      this.#idle = undefined;
    }
    if (this.#skippedNow === 0) return;
    this.#settings.logger.info({ ...fields, skipped: this.#skippedNow }, "the run that took too long has ended");
    this.#skippedNow = 0;
  }

  /** A schedule that fails every second must not fill the log, so similar failures are counted. */
  #logFailure(error: unknown, fields: object): void {
    const { logger } = this.#settings;
    const what = `the run failed: ${cutText(clauseOf(error), clauseBytes)}`;
    const next = dateOf(this.#next);
    const then = next ? `the next one is due at ${next.toISOString()}` : "it is not due again";
    const tell = (): void => logger.error({ ...fields, err: errorFields(error) }, `${what}; ${then}`);
    const sum = (more: number): void =>
      logger.error({ ...fields, more, err: briefErrorFields(error) }, `${what}; ${failedMore(more, "run")}`);
    this.#failures.add(`${classNameOf(error)} ${what}`, tell, sum);
  }

  #skip(time: number): void {
    this.#skipped++;
    this.#skippedNow++;
    if (this.#skippedNow > 1) return;
    const fields = { scheduledAt: new Date(time).toISOString(), running: this.#running };
    this.#settings.logger.warn(fields, "a scheduled run is skipped, because an earlier run has not ended");
  }

  /** If several due times passed while the process did not run, the first one runs now, and the others are skipped. */
  #skipMissed(following: number | undefined): void {
    const { clock, logger, schedule } = this.#settings;
    const now = clock.now();
    if (following === undefined || following > now) return;
    this.#skipped++;
    const next = dateOf(schedule.timetable.next(now, this.#begin));
    logger.warn(
      { missedSince: new Date(following).toISOString(), next: next?.toISOString() },
      "the process did not run at scheduled times; these runs are skipped",
    );
  }
}

function dateOf(time: number | undefined): Date | undefined {
  return time === undefined ? undefined : new Date(time);
}

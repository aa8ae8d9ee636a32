/**
 * Publishes the occurrences of one schedule while this instance holds the schedule's lease, and asks for the lease while another
 * does. One turn after another: take the lease if it is free, publish what is due, write down how far that went.
 */
import { clauseOf } from "../errors.ts";
import type { Logger } from "../log/logger.ts";
import type { ResolvedSchedule } from "../transports/schedule/options.ts";
import { type Clock, callAt } from "../util/clock.ts";
import { atMost } from "../util/within.ts";
import { type Due, dueBetween, nextDue, onTimeMs } from "./due.ts";
import type { MissedPolicy } from "./options.ts";
import type { ScheduleQueue } from "./schedule-queue.ts";

/** How often an instance checks whether the lease is free. It also checks at each due time. */
const askMs = 5000;
/** Between two attempts of a turn that failed, and at the least between two questions whether the lease is free. */
const againMs = 1000;
/** How long a stop waits for a turn, and for the answer to the return of the lease: the broker may not answer. */
const stopMs = 2000;
/** A note that is further ahead of this instance's clock, in milliseconds, was written by a wrong clock, or this one is wrong. */
const aheadMs = 3_600_000;

export interface OccurrencePublisherSettings {
  readonly queue: ScheduleQueue;
  readonly schedule: ResolvedSchedule;
  readonly missed: MissedPolicy;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class OccurrencePublisher {
  readonly #settings: OccurrencePublisherSettings;
  /** Up to here every occurrence is published or left out; known while this instance holds the lease. */
  #last: number | undefined;
  /** The broker has given the lease to this instance. What follows may have failed: a question after that would find the lease taken, by this instance. */
  #isTaken = false;
  #begunAt = 0;
  /** The broker has not said yet whether the lease was free when this instance began. */
  #isFirst = true;
  #skipped = 0;
  #trouble: string | undefined;
  #turn: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  #cancel: () => void = () => {};
  #forget: () => void = () => {};

  constructor(settings: OccurrencePublisherSettings) {
    this.#settings = settings;
  }

  /** The latest occurrence that is published or left out; undefined while this instance does not hold the lease. */
  get last(): number | undefined {
    return this.#last;
  }

  /** Occurrences that were left out. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Why nothing is published now. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  get isBusy(): boolean {
    return this.#turn !== undefined;
  }

  begin(): void {
    if (this.#stopped) return;
    this.#begunAt = this.#settings.clock.now();
    this.#forget = this.#settings.queue.subscribe({ opened: () => this.#wake(), lost: () => this.#lost() });
    this.#wake();
  }

  /** Publishes nothing more, and returns the lease, so that another instance has it at once. Never rejects. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancel();
    this.#forget();
    const { queue } = this.#settings;
    // What is on its way is the publisher's to end: it has its id.
    if (this.#turn && queue.isConnected) await atMost(this.#turn, stopMs);
    if (!this.#isTaken) return;
    this.#last = undefined;
    // A lost connection has returned it already.
    if (queue.isConnected) await atMost(queue.lease.release(), stopMs).catch(() => {});
  }

  /** Starts a turn; a turn in progress is followed by another. */
  #wake(): void {
    this.#cancel();
    if (this.#stopped) return;
    if (this.#turn) this.#again = true;
    else this.#turn = this.#run().finally(() => this.#waitForNext());
  }

  async #run(): Promise<void> {
    do {
      this.#again = false;
      try {
        if (this.#last !== undefined || (await this.#acquire())) await this.#publishDue();
        this.#trouble = undefined;
      } catch (error) {
        this.#failed(error);
      }
    } while (this.#again && !this.#stopped);
  }

  #waitForNext(): void {
    this.#turn = undefined;
    if (this.#stopped) return;
    const { clock, schedule } = this.#settings;
    const now = clock.now();
    const next = nextDue(schedule.timetable, Math.max(now, this.#last ?? now)) ?? Number.POSITIVE_INFINITY;
    let at = this.#last === undefined ? Math.min(Math.max(next, now + againMs), now + askMs) : next;
    if (this.#trouble !== undefined) at = Math.min(at, now + againMs);
    if (at < Number.POSITIVE_INFINITY) this.#cancel = callAt(clock, at, () => this.#wake());
  }

  /** Takes the lease if it is free, and finds out how far the last holder came. */
  async #acquire(): Promise<boolean> {
    const { queue, schedule, logger } = this.#settings;
    if (!this.#isTaken) this.#isTaken = !(await queue.lease.isHeld()) && (await queue.lease.take());
    if (!this.#isTaken) {
      this.#isFirst = false;
      return false;
    }
    const note = await queue.readNote();
    const last = note ? this.#beginningBy(note.last, note.schedule) : this.#begunAt;
    if (!note) await queue.writeNote({ last, schedule: schedule.timetable.text });
    // The connection may have been lost in the meantime, and the lease with it.
    if (!this.#isTaken) return false;
    this.#last = last;
    logger.info({ last: new Date(last).toISOString() }, "this instance publishes the occurrences of the schedule now");
    return true;
  }

  #beginningBy(noted: number, text: string): number {
    const { clock, schedule, logger } = this.#settings;
    const now = clock.now();
    const fields = { noted: new Date(noted).toISOString(), now: new Date(now).toISOString() };
    if (noted > now + aheadMs) {
      logger.warn(
        fields,
        "the last occurrence is more than an hour ahead of this clock, so the clock of an instance is wrong. The schedule continues from now",
      );
      return now;
    }
    if (text === schedule.timetable.text) return noted;
    logger.info(
      { ...fields, before: text },
      "the schedule has changed: earlier due times of the new schedule are skipped",
    );
    return Math.max(noted, now - onTimeMs);
  }

  async #publishDue(): Promise<void> {
    const { schedule, missed, queue, clock } = this.#settings;
    while (this.#last !== undefined && !this.#stopped) {
      const now = clock.now();
      const due = this.#withImmediate(dueBetween(schedule.timetable, this.#last, now, missed), now);
      this.#isFirst = false;
      if (due.upTo === undefined) return;
      // A holder that was suspended for a while checks before it acts. What follows can still be late: the id makes that harmless.
      const { isOurs, waiting } = await queue.standing();
      if (!isOurs) {
        this.#lost();
        this.#again = true;
        return;
      }
      if (due.publish.length > 0 && this.#mayPublish(waiting)) {
        for (const time of due.publish) await queue.publish(time);
      } else this.#leftOut(due.publish[0]);
      // Lost in the meantime: the note may belong to another instance by now.
      if (this.#last === undefined) return;
      this.#last = due.upTo;
      await queue.writeNote({ last: due.upTo, schedule: schedule.timetable.text });
      if (due.leftOutSince !== undefined) this.#tellOutage(due);
    }
  }

  /** The first instance of all runs at once, unless it makes up for an outage anyway. */
  #withImmediate(due: Due, now: number): Due {
    const { immediately } = this.#settings.schedule;
    if (!this.#isFirst || !immediately || due.publish.length > 0) return due;
    return { ...due, publish: [now], upTo: now };
  }

  /** While one waits for its run, another one would only pile up. */
  #mayPublish(waiting: number): boolean {
    const { schedule, missed } = this.#settings;
    return schedule.overlap || missed === "all" || waiting === 0;
  }

  #leftOut(time: number | undefined): void {
    if (time === undefined) return;
    this.#skipped++;
    const fields = { scheduledAt: new Date(time).toISOString() };
    this.#settings.logger.warn(fields, "an occurrence is skipped, because an earlier one still waits for its run");
  }

  #tellOutage({ leftOutSince = 0, publish }: Due): void {
    this.#skipped++;
    const [made] = publish;
    const fields = {
      missedSince: new Date(leftOutSince).toISOString(),
      scheduledAt: made && new Date(made).toISOString(),
    };
    const what = made === undefined ? "they are skipped" : "the last one is published now, and the others are skipped";
    this.#settings.logger.warn(fields, `no instance could publish occurrences for a while: ${what}`);
  }

  #lost(): void {
    this.#isTaken = false;
    if (this.#last === undefined) return;
    this.#last = undefined;
    this.#settings.logger.info("this instance does not publish the occurrences of the schedule any more");
  }

  /** Errors of a lost connection are reported by the connection. */
  #failed(error: unknown): void {
    const { queue, logger } = this.#settings;
    const before = this.#trouble;
    const why = clauseOf(error);
    this.#trouble = `${queue.name}: occurrences cannot be published: ${why}`;
    if (!queue.isConnected || this.#stopped || this.#trouble === before) return;
    logger.error({ err: error }, `occurrences cannot be published: ${why}; this instance tries again every second`);
  }
}

/** @schedule and its short forms: a method runs on time. */
import { inspect } from "node:util";
import { createDecorator, type HandlerDecorator } from "../../service/decorator.ts";
import type { ScheduleContext } from "./context.ts";
import type { ScheduleOptions } from "./options.ts";
import { scheduleTransport } from "./transport.ts";

/** What `schedule()` gives: a method decorator of both forms, and a trigger for `on()`. The handler's first argument is when it was due. */
export type ScheduleDecorator = HandlerDecorator<Date, ScheduleContext>;

/**
 * Runs the method on time: every so often, by a cron expression, at a time of day, or once. Each instance of the service runs it.
 *
 * A run that lasts longer than its interval never piles up, a run that fails is logged and comes again at its next time, and the
 * times do not drift. What was due while the process did not run is left out.
 *
 * @example
 * ```ts
 * @schedule({ cron: "0 9 * * 1-5", timezone: "Europe/Stockholm" })
 * async remind(dueAt: Date, { logger, signal }: ScheduleContext) {}
 *
 * @schedule({ every: "30s", immediately: true })
 * async refresh() {}
 * ```
 */
export function schedule(options: ScheduleOptions): ScheduleDecorator {
  return createDecorator(
    scheduleTransport,
    options,
    `@schedule(${inspect(options, { breakLength: Number.POSITIVE_INFINITY })})`,
  );
}

/** Every second. */
export const heartbeat: ScheduleDecorator = named("heartbeat", { every: "1s" });
/** At second 0 of each minute. */
export const minutely: ScheduleDecorator = named("minutely", { cron: "@minutely" });
/** At minute 0 of each hour. */
export const hourly: ScheduleDecorator = named("hourly", { cron: "@hourly" });
/** At midnight. */
export const daily: ScheduleDecorator = named("daily", { cron: "@daily" });
/** At midnight on the first of each month. */
export const monthly: ScheduleDecorator = named("monthly", { cron: "@monthly" });

function named(name: string, options: ScheduleOptions): ScheduleDecorator {
  return createDecorator(scheduleTransport, options, `@${name}`);
}

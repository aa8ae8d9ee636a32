/** @schedule and its short forms: a method runs on time. */
import type { TransportDefinition } from "../service/transport.ts";
import type { AmqpContext } from "../transports/amqp/contracts/message-context.ts";
import type { ScheduleContext } from "../transports/schedule/context.ts";
import { type ScheduleDecorator, scheduleDecorator } from "../transports/schedule/decorator.ts";
import type { ScheduleOptions } from "../transports/schedule/options.ts";
import { createScheduleTransport, type ScheduleTransport } from "../transports/schedule/transport.ts";
import { clusterPart } from "./cluster-part.ts";
import type { ClusterScheduleOptions } from "./options.ts";

/** The second parameter of a handler that runs once for all instances: that of a schedule and that of its message. */
export interface ClusterScheduleContext extends ScheduleContext, AmqpContext<Date> {
  readonly message: Date;
}

/** The result of `schedule({ once: "cluster", ... })`. */
export type ClusterScheduleDecorator = ScheduleDecorator<ClusterScheduleContext>;

/** What decorators store: it makes the transport of a service. */
export const scheduleTransport: TransportDefinition<ScheduleOptions, ScheduleTransport> =
  createScheduleTransport(clusterPart);

/**
 * Runs the method on time: every so often, by a cron expression, at a time of day, or once. Each instance of the service runs it,
 * unless `once: "cluster"` says that one run is enough for all.
 *
 * A run that lasts longer than its interval never piles up, a run that fails is logged and comes again at its next time, and the
 * times do not drift. What was due while the process did not run is left out. With `once: "cluster"` each occurrence is a message: it
 * is handled at least once, and tried again as any message.
 *
 * @example
 * ```ts
 * @schedule({ cron: "0 9 * * 1-5", timezone: "Europe/Stockholm" })
 * async remind(dueAt: Date, { logger, signal }: ScheduleContext) {}
 *
 * @schedule({ every: "30s", immediately: true })
 * async refresh() {}
 *
 * @schedule({ cron: "0 2 * * *", timezone: "UTC", once: "cluster" })
 * async bill(dueAt: Date) {}
 * ```
 */
export function schedule(options: ScheduleOptions & ClusterScheduleOptions): ClusterScheduleDecorator;
export function schedule(options: ScheduleOptions & { readonly once?: undefined }): ScheduleDecorator;
export function schedule(options: ScheduleOptions): ScheduleDecorator {
  return scheduleDecorator(scheduleTransport, options);
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
  return scheduleDecorator(scheduleTransport, options, `@${name}`);
}

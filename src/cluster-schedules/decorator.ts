/** @schedule and its short forms: they run a method at certain times. */
import type { TransportDefinition } from "../service/transport.ts";
import type { AmqpContext } from "../transports/amqp/contracts/message-context.ts";
import type { ScheduleContext } from "../transports/schedule/context.ts";
import { type ScheduleDecorator, scheduleDecorator } from "../transports/schedule/decorator.ts";
import type { ScheduleOptions } from "../transports/schedule/options.ts";
import { createScheduleTransport, type ScheduleTransport } from "../transports/schedule/transport.ts";
import { clusterPart } from "./cluster-part.ts";
import type { ClusterScheduleOptions } from "./options.ts";

/** The second argument of a handler that runs once for all instances: the context of a schedule together with that of its message. */
export interface ClusterScheduleContext extends ScheduleContext, AmqpContext<Date> {
  /** The time at which the run was due; it is also the first argument. */
  readonly message: Date;
}

/** The result of `schedule({ once: "cluster", ... })`. */
export type ClusterScheduleDecorator = ScheduleDecorator<ClusterScheduleContext>;

/** The definition that schedule decorators store. It creates the transport of a service. */
export const scheduleTransport: TransportDefinition<ScheduleOptions, ScheduleTransport> =
  createScheduleTransport(clusterPart);

/**
 * Runs the method at certain times: at an interval, by a cron expression, at a time of day, or once. Every instance of the service runs it.
 * With `once: "cluster"` only one instance does.
 *
 * If a run lasts longer than its interval, due times are skipped and do not pile up. A failed run is logged, and the next one comes at the
 * next due time. Due times do not drift. Due times before the start of the process are not repeated. With `once: "cluster"` each occurrence
 * is a message: it is handled at least once, and retried like any message. Wrong options stop the start.
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

/** Runs the method every second, counted from the start of the service. */
export const heartbeat: ScheduleDecorator = named("heartbeat", { every: "1s" });
/** Runs the method at second 0 of each minute. */
export const minutely: ScheduleDecorator = named("minutely", { cron: "@minutely" });
/** Runs the method at minute 0 of each hour. */
export const hourly: ScheduleDecorator = named("hourly", { cron: "@hourly" });
/** Runs the method at midnight, in the time zone of the service. */
export const daily: ScheduleDecorator = named("daily", { cron: "@daily" });
/** Runs the method at midnight on the first day of each month, in the time zone of the service. */
export const monthly: ScheduleDecorator = named("monthly", { cron: "@monthly" });

function named(name: string, options: ScheduleOptions): ScheduleDecorator {
  return scheduleDecorator(scheduleTransport, options, `@${name}`);
}

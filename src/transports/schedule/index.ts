/** The face of schedules. */
export type { ScheduleContext } from "./context.ts";
export { daily, heartbeat, hourly, minutely, monthly, type ScheduleDecorator, schedule } from "./decorator.ts";
export type {
  CronSchedule,
  IntervalSchedule,
  ScheduleOptions,
  ScheduleRunOptions,
  ScheduleServiceOptions,
  TimeSchedule,
} from "./options.ts";
export { scheduleTransport } from "./transport.ts";

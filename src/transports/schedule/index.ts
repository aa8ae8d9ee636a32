/** The face of schedules, but for what decorators stand on: `cluster-schedules` makes those. */
export type { ScheduleContext } from "./context.ts";
export type { ScheduleDecorator } from "./decorator.ts";
export type {
  CronSchedule,
  IntervalSchedule,
  ScheduleOptions,
  ScheduleRunOptions,
  ScheduleServiceOptions,
  TimeSchedule,
} from "./options.ts";

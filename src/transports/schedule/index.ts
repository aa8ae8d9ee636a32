/** The public exports of schedules, without the decorators: `cluster-schedules` makes those. */
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

/** The face of schedules: the transport, with the part of it that runs a schedule once for all instances of a service. */
export {
  type ClusterScheduleContext,
  type ClusterScheduleDecorator,
  daily,
  heartbeat,
  hourly,
  minutely,
  monthly,
  schedule,
  scheduleTransport,
} from "./decorator.ts";
export type { ClusterScheduleOptions, MissedPolicy } from "./options.ts";
export { ScheduleBoard, type ScheduleState } from "./schedule-board.ts";
export { type ClusterPlace, type ServiceSchedule, schedulesOf } from "./service-schedules.ts";

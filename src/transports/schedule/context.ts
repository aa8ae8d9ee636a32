/** The context of a scheduled handler, beside its due time. */
import type { MessageContext } from "../../service/context.ts";

/** The second parameter of a handler of `@schedule`. */
export interface ScheduleContext extends MessageContext {
  /** When this run was due; with `immediately`, when the service had started. */
  readonly scheduledAt: Date;
  /** When it started; later than `scheduledAt` when the process was busy. */
  readonly firedAt: Date;
  /** When the schedule is due next; undefined when it never is again. */
  readonly nextAt: Date | undefined;
  /** As a person reads it: `cron "0 9 * * 1-5" (Europe/Stockholm)`. */
  readonly schedule: string;
}

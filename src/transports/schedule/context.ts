/** The second argument of a scheduled handler. */
import type { MessageContext } from "../../service/context.ts";

/** The second argument of a handler of `@schedule`. */
export interface ScheduleContext extends MessageContext {
  /** When this run was due. With `immediately`, when the service had started. */
  readonly scheduledAt: Date;
  /** When this run started. It is later than `scheduledAt` if the process was busy. */
  readonly firedAt: Date;
  /** When the schedule is due next; undefined if it is never due again. */
  readonly nextAt: Date | undefined;
  /** The schedule as text: `cron "0 9 * * 1-5" (Europe/Stockholm)`. */
  readonly schedule: string;
}

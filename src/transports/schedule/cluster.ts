/**
 * The interface for schedules that run once for all instances of a service. The code behind it uses AMQP; this folder knows nothing of
 * that.
 */
import type { Handler } from "../../service/handler.ts";
import type { ScheduleHealth } from "../../service/health.ts";
import type { BroughtTrigger, ServiceContext, TriggerOf } from "../../service/transport.ts";
import type { FieldChecks } from "../../util/check-fields.ts";
import type { ResolvedSchedule, ScheduleOptions, ScheduleServiceOptions } from "./options.ts";

/** One running schedule of a service. The methods are called in this order. `stop` may also be called early, and twice. */
export interface RunningSchedule {
  /** The handler's name. */
  readonly name: string;
  readonly health: ScheduleHealth;
  /** Runs that the transport's own runner does not count, and open requests to the broker. */
  readonly openWork: { readonly running: number; readonly answering: number };
  /** Called when the service has started. */
  begin(): void;
  /** Starts no run until `resume`. Resolves when no run is left. */
  pause(reason: string): Promise<void>;
  resume(): void;
  /** A line for people. May be called before the service has started. */
  describe(): string;
  /** Starts no more runs, and resolves when its own work has ended. Never rejects. */
  stop(): Promise<void> | void;
  /** Called when no run is left. */
  end(): void;
}

/** The schedules of one service that run once for all its instances. */
export interface ClusterSchedules {
  /** @throws ConfigurationError for wrong options that only such schedules have */
  add(handler: Handler<ScheduleOptions>, schedule: ResolvedSchedule): RunningSchedule;
}

export interface ClusterPart {
  /** The checks of the options that only such schedules have. */
  readonly checks: FieldChecks;
  /** Whether this schedule is one of them. */
  takes(options: ScheduleOptions): boolean;
  create(context: ServiceContext, options: ScheduleServiceOptions): ClusterSchedules;
  /** What such a schedule makes another transport do. */
  brings(trigger: TriggerOf<ScheduleOptions>, service: string, options: ScheduleServiceOptions): BroughtTrigger;
}

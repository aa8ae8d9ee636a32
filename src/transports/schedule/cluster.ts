/**
 * The seam for schedules that run once for all instances of a service. What such a schedule needs beside a clock is behind it;
 * this room knows nothing of it.
 */
import type { Handler } from "../../service/handler.ts";
import type { ScheduleHealth } from "../../service/health.ts";
import type { BroughtTrigger, ServiceContext, TriggerOf } from "../../service/transport.ts";
import type { FieldChecks } from "../../util/check-fields.ts";
import type { ResolvedSchedule, ScheduleOptions, ScheduleServiceOptions } from "./options.ts";

/** One schedule of a service while it runs. Calls come in this order; `stop` may come early, and twice. */
export interface RunningSchedule {
  /** The handler's name. */
  readonly name: string;
  readonly health: ScheduleHealth;
  /** Runs that the transport's own runner does not count, and open requests to others. */
  readonly openWork: { readonly running: number; readonly answering: number };
  /** The service has started. */
  begin(): void;
  /** Starts no run until `resume`; resolves when no run is left. */
  pause(reason: string): Promise<void>;
  resume(): void;
  /** For people, before the service has started, too. */
  describe(): string;
  /** Starts no further run; resolves when its own work has ended. Never rejects. */
  stop(): Promise<void> | void;
  /** No run is left. */
  end(): void;
}

/** The schedules of one service that run once for all its instances. */
export interface ClusterSchedules {
  /** @throws ConfigurationError with what is wrong with the options that are its own */
  add(handler: Handler<ScheduleOptions>, schedule: ResolvedSchedule): RunningSchedule;
}

export interface ClusterPart {
  /** Of the options that only such schedules have. */
  readonly checks: FieldChecks;
  /** Whether a schedule is one. */
  takes(options: ScheduleOptions): boolean;
  create(context: ServiceContext, options: ScheduleServiceOptions): ClusterSchedules;
  /** What such a schedule has another transport do. */
  brings(trigger: TriggerOf<ScheduleOptions>, service: string, options: ScheduleServiceOptions): BroughtTrigger;
}

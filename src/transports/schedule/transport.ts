/** The schedules of one service. They use the same contract as a transport of a user. */
import { memberOf } from "../../errors.ts";
import type { Handler } from "../../service/handler.ts";
import { HandlerRunner } from "../../service/handler-runner.ts";
import type { TransportHealth } from "../../service/health.ts";
import type { OpenWork } from "../../service/open-work.ts";
import type { ServiceContext, Transport, TransportDefinition } from "../../service/transport.ts";
import { aborted } from "../../util/wait.ts";
import type { ClusterPart, ClusterSchedules, RunningSchedule } from "./cluster.ts";
import {
  resolveSchedule,
  resolveServiceOptions,
  type ScheduleOptions,
  type ScheduleServiceOptions,
} from "./options.ts";
import { ScheduledHandler } from "./scheduled-handler.ts";

/**
 * The definition that schedule decorators store. It creates the transport of a service. `cluster` runs schedules once for all instances.
 */
export function createScheduleTransport(cluster: ClusterPart): TransportDefinition<ScheduleOptions, ScheduleTransport> {
  return {
    name: "schedule",
    create: (context) => new ScheduleTransport(context, cluster),
    rightOptions: () => ({}),
    brings(trigger, { name, options }) {
      if (!cluster.takes(trigger.options)) return [];
      return [cluster.brings(trigger, name, (memberOf(options, "schedule") ?? {}) as ScheduleServiceOptions)];
    },
  };
}

export class ScheduleTransport implements Transport<ScheduleOptions> {
  readonly #context: ServiceContext;
  readonly #options: ScheduleServiceOptions;
  readonly #runner: HandlerRunner;
  readonly #schedules: RunningSchedule[] = [];
  readonly #cluster: ClusterPart;
  /** Created with the first schedule that needs it. */
  #clusterSchedules: ClusterSchedules | undefined;
  #state: "created" | "started" | "stopping" = "created";

  constructor(context: ServiceContext, cluster: ClusterPart) {
    this.#context = context;
    this.#cluster = cluster;
    this.#options = resolveServiceOptions(context.name, context.options);
    this.#runner = new HandlerRunner(context, { middleware: this.#options.middleware ?? [] });
  }

  add(handler: Handler<ScheduleOptions>): void {
    const { name, logger, options, label } = handler;
    const { clock } = this.#context;
    const schedule = resolveSchedule(options, this.#options, label, this.#cluster.checks);
    if (this.#cluster.takes(options)) {
      this.#clusterSchedules ??= this.#cluster.create(this.#context, this.#options);
      this.#schedules.push(this.#clusterSchedules.add(handler, schedule));
      return;
    }
    this.#schedules.push(new ScheduledHandler({ name, logger, schedule, clock, run: this.#runner.prepare(handler) }));
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#state = "started";
  }

  /** Schedules begin only when the whole run has started, so that a run whose start fails has done no work. */
  serviceStarted(): void {
    if (this.#state !== "started") return;
    for (const schedule of this.#schedules) schedule.begin();
  }

  describe(): readonly string[] {
    return [`${this.#context.name} on time`, ...this.#schedules.map((schedule) => schedule.describe())];
  }

  /** Runs that are due during the pause are skipped. They are not repeated when it ends. */
  async pause(handler: string, reason: string): Promise<void> {
    await Promise.all(this.#named(handler).map((one) => one.pause(reason)));
  }

  resume(handler: string): void {
    for (const one of this.#named(handler)) one.resume();
  }

  health(): TransportHealth {
    const schedules = this.#schedules.map((schedule) => schedule.health);
    const reasons = [...this.#notStarted, ...schedules.flatMap(({ cluster }) => cluster?.trouble ?? [])];
    return {
      transport: "schedule",
      healthy: reasons.length === 0,
      reasons,
      connections: [],
      consumers: [],
      schedules,
    };
  }

  async openWork(): Promise<readonly OpenWork[]> {
    const of = `${this.#context.name}'s schedules`;
    const answering = this.#schedules.reduce((sum, { openWork }) => sum + openWork.answering, 0);
    const running = this.#schedules.reduce((sum, { openWork }) => sum + openWork.running, this.#runner.running);
    return [{ of, queued: 0, running, pausing: 0, answering, interrupted: false }];
  }

  async drain(signal: AbortSignal): Promise<void> {
    const stopped = this.#stop();
    await this.#runner.drain(signal);
    await Promise.race([stopped, aborted(signal)]);
  }

  async close(): Promise<void> {
    void this.#stop();
    await this.#runner.drain(AbortSignal.abort());
    for (const schedule of this.#schedules) schedule.end();
  }

  get #notStarted(): readonly string[] {
    if (this.#state === "stopping") return ["the service is stopping"];
    return this.#state === "started" || this.#schedules.length === 0 ? [] : ["the service has not started yet"];
  }

  /** A method may have several schedules. */
  #named(handler: string): readonly RunningSchedule[] {
    return this.#schedules.filter(({ name }) => name === handler);
  }

  async #stop(): Promise<void> {
    this.#state = "stopping";
    await Promise.all(this.#schedules.map(async (schedule) => schedule.stop()));
  }
}

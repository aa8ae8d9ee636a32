/** The schedules of one service. They keep to the transport contract as any user's own transport does. */
import type { Handler } from "../../service/handler.ts";
import { HandlerRunner } from "../../service/handler-runner.ts";
import type { TransportHealth } from "../../service/health.ts";
import type { OpenWork } from "../../service/open-work.ts";
import type { ServiceContext, Transport, TransportDefinition } from "../../service/transport.ts";
import {
  resolveSchedule,
  resolveServiceOptions,
  type ScheduleOptions,
  type ScheduleServiceOptions,
} from "./options.ts";
import { ScheduledHandler } from "./scheduled-handler.ts";

/** What decorators store: it makes the transport of a service. */
export const scheduleTransport: TransportDefinition<ScheduleOptions, ScheduleTransport> = {
  name: "schedule",
  create: (context) => new ScheduleTransport(context),
  rightOptions: () => ({}),
};

export class ScheduleTransport implements Transport<ScheduleOptions> {
  readonly #context: ServiceContext;
  readonly #options: ScheduleServiceOptions;
  readonly #runner: HandlerRunner;
  readonly #handlers: ScheduledHandler[] = [];
  #state: "created" | "started" | "stopping" = "created";

  constructor(context: ServiceContext) {
    this.#context = context;
    this.#options = resolveServiceOptions(context.name, context.options);
    this.#runner = new HandlerRunner(context, { middleware: this.#options.middleware ?? [] });
  }

  add(handler: Handler<ScheduleOptions>): void {
    const { name, logger, options, label } = handler;
    const schedule = resolveSchedule(options, this.#options, label);
    const run = this.#runner.prepare(handler);
    this.#handlers.push(new ScheduledHandler({ name, logger, schedule, clock: this.#context.clock, run }));
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#state = "started";
  }

  /** Nothing is due before the whole run has started: a run that fails to start has done no work. */
  serviceStarted(): void {
    if (this.#state !== "started") return;
    for (const handler of this.#handlers) handler.begin();
  }

  describe(): readonly string[] {
    return [`${this.#context.name} on time`, ...this.#handlers.map((handler) => handler.describe())];
  }

  /** Runs that are due meanwhile are skipped: they are not repeated at the end of the pause. */
  async pause(handler: string, reason: string): Promise<void> {
    await Promise.all(this.#named(handler).map((one) => one.pause(reason)));
  }

  resume(handler: string): void {
    for (const one of this.#named(handler)) one.resume();
  }

  health(): TransportHealth {
    const healthy = this.#state === "started" || (this.#state === "created" && this.#handlers.length === 0);
    const reason = this.#state === "stopping" ? "the service is stopping" : "the service has not started yet";
    const schedules = this.#handlers.map((handler) => handler.health);
    return {
      transport: "schedule",
      healthy,
      reasons: healthy ? [] : [reason],
      connections: [],
      consumers: [],
      schedules,
    };
  }

  async openWork(): Promise<readonly OpenWork[]> {
    const of = `${this.#context.name}'s schedules`;
    return [{ of, queued: 0, running: this.#runner.running, pausing: 0, interrupted: false }];
  }

  async drain(signal: AbortSignal): Promise<void> {
    this.#stop();
    await this.#runner.drain(signal);
  }

  async close(): Promise<void> {
    this.#stop();
    await this.#runner.drain(AbortSignal.abort());
    for (const handler of this.#handlers) handler.end();
  }

  /** A method may have several schedules. */
  #named(handler: string): readonly ScheduledHandler[] {
    return this.#handlers.filter(({ name }) => name === handler);
  }

  #stop(): void {
    this.#state = "stopping";
    for (const handler of this.#handlers) handler.stop();
  }
}

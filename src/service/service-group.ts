/** The services of one run, taken together: made, started and asked. */
import { messageOf } from "../errors.ts";
import type { Logger } from "../log/logger.ts";
import { type Clock, systemClock } from "../util/clock.ts";
import { type ObserverSource, observerOf } from "./combine-observers.ts";
import type { ServiceHealth } from "./health.ts";
import type { OpenWork } from "./open-work.ts";
import { type Hook, RunningService } from "./running-service.ts";
import type { Service } from "./service.ts";

export interface ServiceGroupSettings {
  readonly services: readonly Service[];
  readonly logger: Logger;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What deadlines and pauses of handling are measured by. @default the system's */
  readonly clock?: Clock | undefined;
  /** The observers of the run. @default none */
  readonly observers?: readonly ObserverSource[] | undefined;
}

export class ServiceGroup {
  readonly members: readonly RunningService[];
  readonly #logger: Logger;

  /** Checks every service; throws at the first wrong one. `exit` ends the run. */
  constructor(settings: ServiceGroupSettings, exit: (code: number) => void) {
    const { services, logger, environment, clock = systemClock, observers = [] } = settings;
    const common = { logger, environment, shared: new Map<symbol, unknown>(), clock, exit };
    const members: RunningService[] = [];
    try {
      for (const service of services) {
        members.push(new RunningService({ service, ...common, observer: observerOf(observers, service) }));
      }
    } catch (error) {
      for (const made of members) void made.close(AbortSignal.abort());
      throw error;
    }
    this.members = members;
    this.#logger = logger;
  }

  get services(): readonly Service[] {
    return this.members.map(({ service }) => service);
  }

  /** Whether a transport waits for work. */
  get hasTransports(): boolean {
    return this.members.some(({ hasTransports }) => hasTransports);
  }

  describe(): readonly string[] {
    return this.members.flatMap((running) => running.describe());
  }

  health(): readonly ServiceHealth[] {
    return this.members.map((running) => running.health());
  }

  async openWork(): Promise<readonly OpenWork[]> {
    return (await Promise.all(this.members.map((running) => running.openWork()))).flat();
  }

  /** Runs the start hooks and the transports. Rejects when one fails, or when the signal aborts between two steps. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#hookOnAll("startService", signal);
    signal.throwIfAborted();
    await this.#all(
      this.members.flatMap((running) => running.startTransports(signal)),
      signal,
    );
    signal.throwIfAborted();
    await this.#hookOnAll("startedService", signal);
  }

  /** Logs that everything has started, and notifies the transports. */
  started(): void {
    for (const { logger } of this.members) logger.info("service started");
    for (const running of this.members) running.serviceStarted();
  }

  async #hookOnAll(hook: Hook, signal: AbortSignal): Promise<void> {
    await this.#all(
      this.members.map((running) => running.runHook(hook)),
      signal,
    );
  }

  /** Waits for all, then throws the first error: nothing continues in the background after a failed start. The log has the others. */
  async #all(steps: readonly Promise<void>[], signal: AbortSignal): Promise<void> {
    const ended = await Promise.allSettled(steps);
    const errors: unknown[] = ended.flatMap((step) => (step.status === "rejected" ? [step.reason] : []));
    if (errors.length === 0) return;
    const [first, ...others] = errors;
    const told = new Set([messageOf(first)]);
    // A stop ends every step, and says so itself.
    for (const error of signal.aborted ? [] : others) {
      if (told.has(messageOf(error))) continue;
      told.add(messageOf(error));
      this.#logger.error({ err: error }, `the start also failed for another reason: ${messageOf(error)}`);
    }
    throw first;
  }
}

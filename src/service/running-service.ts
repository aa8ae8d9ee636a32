/** One service instance while it runs: its hooks, and its transports as one. */
import type { Logger } from "../log/logger.ts";
import { HandlerPauses } from "./handler-pauses.ts";
import { type ServiceHealth, serviceHealth } from "./health.ts";
import type { OpenWork } from "./open-work.ts";
import { addEntry, removeEntry, type ServiceEntry } from "./running-services.ts";
import type { Service } from "./service.ts";
import { checkIdentity } from "./service-check.ts";
import { addHandlers } from "./service-handlers.ts";
import { ServiceTransports, type ServiceTransportsSettings } from "./service-transports.ts";
import type { Transport, TransportDefinition } from "./transport.ts";

/** The four moments at which a service may act. */
export type Hook = "startService" | "startedService" | "stoppingService" | "stopService";

/** `logger` is that of the run. */
export interface RunningServiceSettings extends Omit<ServiceTransportsSettings, "followsContext"> {
  /** Ends the run of the service with this exit code. */
  exit(code: number): void;
}

export class RunningService implements ServiceEntry {
  readonly service: Service;
  readonly logger: Logger;
  readonly followsContext: boolean;
  /** Pauses and resumes handlers by name. */
  readonly pauses: HandlerPauses;
  readonly #exit: (code: number) => void;
  readonly #transports: ServiceTransports;
  readonly #startable: readonly Transport<never>[];
  #hooksReached = false;

  /** Checks everything that can be checked without a connection; throws one error with all problems. */
  constructor({ exit, ...settings }: RunningServiceSettings) {
    const { service, observer } = settings;
    this.#exit = exit;
    this.service = service;
    checkIdentity(service);
    const logger = settings.logger.child({ service: service.name });
    this.logger = logger;
    this.followsContext = service.options?.asyncContext ?? false;
    this.#transports = new ServiceTransports({ ...settings, logger, followsContext: this.followsContext });
    const { startable, handlers } = addHandlers({ service, logger, observer }, this.#transports);
    this.#startable = startable;
    this.pauses = new HandlerPauses({ service: service.name, handlers, logger });
    addEntry(this);
  }

  get graceSeconds(): number {
    return this.service.options.terminationGracePeriodSeconds ?? 25;
  }

  transport<Options, T extends Transport<Options>>(definition: TransportDefinition<Options, T>): T {
    return this.#transports.of(definition);
  }

  exit(code: number): void {
    this.#exit(code);
  }

  /** Runs a hook of the service; an error of it is the caller's. */
  async runHook(hook: Hook): Promise<void> {
    if (hook === "startService") this.#hooksReached = true;
    // A start that failed before the first hook has nothing to stop.
    if (this.#hooksReached) await this.service[hook]?.();
  }

  /** Starts every transport that has handlers; each promise is one of them. */
  startTransports(signal: AbortSignal): readonly Promise<void>[] {
    return this.#startable.map(async (transport) => transport.start(signal));
  }

  /** Whether a transport waits for work; a service may have hooks only. */
  get hasTransports(): boolean {
    return this.#startable.length > 0;
  }

  /** Notifies the transports that everything has started. */
  serviceStarted(): void {
    for (const transport of this.#startable) transport.serviceStarted?.();
  }

  describe(): readonly string[] {
    return this.#startable.flatMap((transport) => transport.describe());
  }

  health(): ServiceHealth {
    return serviceHealth(this.service.name, this.#transports.health());
  }

  /** What its transports have not done yet. */
  openWork(): Promise<readonly OpenWork[]> {
    return this.#transports.openWork();
  }

  async drain(signal: AbortSignal): Promise<void> {
    await this.#transports.drain(signal);
  }

  async close(signal: AbortSignal): Promise<void> {
    await this.#transports.close(signal);
    removeEntry(this.service);
  }
}

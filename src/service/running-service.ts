/** One service instance while it runs: its hooks, and its transports as one. */
import type { Logger } from "../log/logger.ts";
import { HandlerPauses } from "./handler-pauses.ts";
import { type ServiceHealth, serviceHealth } from "./health.ts";
import type { OpenWork } from "./open-work.ts";
import { asyncContextByDefault } from "./runner-node.ts";
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

  /** Checks everything that can be checked without a connection; throws one error that tells all that is wrong. */
  constructor({ exit, ...settings }: RunningServiceSettings) {
    const { service, observer } = settings;
    this.#exit = exit;
    this.service = service;
    checkIdentity(service);
    const logger = settings.logger.child({ service: service.name });
    this.logger = logger;
    this.followsContext = service.options?.asyncContext ?? asyncContextByDefault;
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

  /** Tells the transports that everything has started. */
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

  /** One transport that cannot end must not keep the others from ending. */
  async #each(what: string, act: (transport: Transport<never>) => Promise<void>): Promise<void> {
    const acts = [...this.#transports].map(async ([{ name }, transport]) => {
      try {
        await act(transport);
      } catch (error) {
        this.logger.error({ err: error, transport: name }, `the transport could not ${what}`);
      }
    });
    await Promise.all(acts);
  }

  #addHandlers(registrations: readonly Registration[], problems: StartProblems): void {
    const { service } = this;
    if (registrations.length === 0) problems.collect(() => refuseEmpty(service));
    const checkers = new Map<unknown, Transport<unknown> | undefined>();
    for (const { method, trigger } of registrations) {
      const { transport } = trigger;
      if (!checkers.has(transport)) checkers.set(transport, this.#transportOrChecker(transport, problems));
      problems.collect(() => checkers.get(transport)?.add(this.#handler(method, trigger)));
    }
    this.#startable = [...this.#transports.values()];
  }

  /** Where its options are wrong, a transport of those that are right: it checks handlers, and never starts. */
  #transportOrChecker<Options>(
    definition: TransportDefinition<Options>,
    problems: StartProblems,
  ): Transport<Options> | undefined {
    let transport: Transport<Options> | undefined;
    problems.collect(() => {
      transport = this.transport(definition);
    });
    if (transport || !definition.rightOptions) return transport;
    // What the environment says of the broker may be what is wrong.
    return this.#create(definition, definition.rightOptions(this.#optionsOf(definition.name)), {});
  }

  /** The transports that call each handler. */
  #transportsOf(registrations: readonly Registration[]): ReadonlyMap<string, readonly HandlerTransport[]> {
    const handlers = new Map<string, HandlerTransport[]>();
    for (const { method, trigger } of registrations) {
      const { name } = trigger.transport;
      const before = handlers.get(method) ?? [];
      if (before.some((one) => one.name === name)) continue;
      handlers.set(method, [...before, { name, transport: this.transport(trigger.transport) }]);
    }
    return handlers;
  }

  #handler(method: string, trigger: Trigger): Handler<unknown> {
    const { service } = this;
    const call = (service as unknown as Record<string, unknown>)[method];
    const label = `${trigger.label} ${service.name}.${method}`;
    if (typeof call !== "function") {
      throw new ServiceError("ERR_DECORATOR_PLACE", `${label}: "${method}" is not a method of the running service.`);
    }
    refuseKind(call, label);
    const bound = call.bind(service) as HandlerFunction;
    const { observer } = this.#settings;
    return {
      name: method,
      call: observedCall(observer, service, method, bound),
      options: trigger.options,
      label,
      logger: this.logger.child({ handler: method }),
    };
  }
}

/** Stands in for a value that is no envelope while handlers are checked; it takes whatever options they have. */
const anyEnvelope: Envelope = {
  buildMessage: () => "",
  parseMessage: (_payload, _options) => ({ message: undefined }),
};

/** A generator function returns at once and runs nothing: every message would be acknowledged unhandled. */
function refuseKind(call: unknown, label: string): void {
  const isClass = /^class\b/.test(Function.prototype.toString.call(call));
  if (!isClass && !types.isGeneratorFunction(call)) return;
  throw new ServiceError(
    "ERR_HANDLER_KIND",
    `${label}: the handler is ${isClass ? "a class" : "a generator function (function*)"}, and calling it would not run it. Write a function or an async function.`,
  );
}

/** A transport may be of a user's own: what it throws must not keep a readiness probe from an answer. */
function safeHealth(name: string, transport: Transport<never>): TransportHealth {
  try {
    return transport.health();
  } catch (error) {
    const reasons = [`the transport "${name}" cannot report its health: ${messageOf(error)}`];
    return { transport: name, healthy: false, reasons, connections: [], consumers: [] };
  }
}

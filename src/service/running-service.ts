/** One service instance while it runs: its handlers, its transports, its hooks. */
import { types } from "node:util";
import { messageOf } from "../errors.ts";
import type { Logger } from "../log/logger.ts";
import type { Clock } from "../util/clock.ts";
import { aborted } from "../util/wait.ts";
import type { Envelope } from "./envelope.ts";
import { envelopeProblem } from "./envelope-check.ts";
import { ServiceError } from "./errors.ts";
import type { Handler, HandlerFunction } from "./handler.ts";
import { HandlerPauses, type HandlerTransport } from "./handler-pauses.ts";
import { type ServiceHealth, serviceHealth, type TransportHealth } from "./health.ts";
import { observedCall, type RunObserver } from "./observer.ts";
import type { OpenWork } from "./open-work.ts";
import { type Registration, registrationsOf, type Trigger } from "./registry.ts";
import { asyncContextByDefault } from "./runner-node.ts";
import { addEntry, removeEntry, type ServiceEntry } from "./running-services.ts";
import type { Service } from "./service.ts";
import { checkIdentity, checkOptions, listedTransports, refuseEmpty } from "./service-check.ts";
import { StartProblems } from "./start-problems.ts";
import type { ServiceContext, Transport, TransportDefinition } from "./transport.ts";
import { refuseSameName, requireDefinition, requireTransport } from "./transport-check.ts";

/** The four moments at which a service may act. */
export type Hook = "startService" | "startedService" | "stoppingService" | "stopService";

export interface RunningServiceSettings {
  readonly service: Service;
  readonly logger: Logger;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly shared: Map<symbol, unknown>;
  readonly clock: Clock;
  readonly observer: RunObserver | undefined;
  exit(code: number): void;
}

export class RunningService implements ServiceEntry {
  readonly service: Service;
  readonly logger: Logger;
  /** Pauses and resumes handlers by name. */
  readonly pauses: HandlerPauses;
  readonly #settings: RunningServiceSettings;
  readonly #transports = new Map<TransportDefinition<never>, Transport<never>>();
  #startable: readonly Transport<never>[] = [];
  #hooksReached = false;

  /** Checks everything that can be checked without a connection; throws one error that tells all that is wrong. */
  constructor(settings: RunningServiceSettings) {
    this.#settings = settings;
    this.service = settings.service;
    checkIdentity(this.service);
    this.logger = settings.logger.child({ service: this.service.name });
    const problems = new StartProblems();
    const registrations = registrationsOf(this.service.constructor);
    const listed = listedTransports(this.service);
    const used = [...registrations.map(({ trigger }) => trigger.transport), ...listed];
    problems.collect(() => checkOptions(this.service, used));
    this.#addHandlers(registrations, problems);
    for (const definition of listed) problems.collect(() => void this.transport(definition));
    problems.refuse();
    const handlers = this.#transportsOf(registrations);
    this.pauses = new HandlerPauses({ service: this.service.name, handlers, logger: this.logger });
    addEntry(this);
  }

  get followsContext(): boolean {
    return this.service.options?.asyncContext ?? asyncContextByDefault;
  }

  get graceSeconds(): number {
    return this.service.options.terminationGracePeriodSeconds ?? 25;
  }

  transport<Options, T extends Transport<Options>>(definition: TransportDefinition<Options, T>): T {
    const existing = this.#transports.get(definition);
    if (existing) return existing as unknown as T;
    requireDefinition(definition);
    const { name } = definition;
    for (const other of this.#transports.keys()) if (other.name === name) refuseSameName(this.service.name, name);
    const transport = this.#create(definition, this.#optionsOf(name));
    this.#transports.set(definition as TransportDefinition<never>, transport as unknown as Transport<never>);
    return transport;
  }

  exit(code: number): void {
    this.#settings.exit(code);
  }

  #create<Options, T extends Transport<Options>>(
    definition: TransportDefinition<Options, T>,
    options: unknown,
    environment: ServiceContext["environment"] = this.#settings.environment,
  ): T {
    const { service, logger } = this;
    const { shared, clock, observer } = this.#settings;
    const { name, uuid } = service;
    const transport = definition.create({
      service,
      messageEnvelope: envelopeProblem(service.messageEnvelope) === undefined ? service.messageEnvelope : anyEnvelope,
      messageMiddleware: service.messageMiddleware,
      name,
      uuid,
      options,
      logger,
      environment,
      shared,
      clock,
      observer,
      followsContext: this.followsContext,
      onDeadLetter: service.onDeadLetter?.bind(service),
    });
    return requireTransport(definition.name, transport);
  }

  #optionsOf(transport: string): unknown {
    return (this.service.options as Record<string, unknown> | null)?.[transport];
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
    return serviceHealth(
      this.service.name,
      [...this.#transports].map(([{ name }, transport]) => safeHealth(name, transport)),
    );
  }

  /** What its transports have not done yet; also that of one which is there only to publish. */
  async openWork(): Promise<readonly OpenWork[]> {
    const asked = [...this.#transports.values()].flatMap((transport) => transport.openWork?.() ?? []);
    return (await Promise.all(asked)).flat();
  }

  async drain(signal: AbortSignal): Promise<void> {
    await this.#each("drain", (transport) => transport.drain(signal));
  }

  async close(signal: AbortSignal): Promise<void> {
    await Promise.race([this.#each("close", (transport) => transport.close(signal)), aborted(signal)]);
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
      throw new ServiceError("ERR_DECORATOR_PLACE", `${label}: "${method}" is no method of the running service.`);
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
    const reasons = [`the transport "${name}" cannot say how it is: ${messageOf(error)}`];
    return { transport: name, healthy: false, reasons, connections: [], consumers: [] };
  }
}

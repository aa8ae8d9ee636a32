/** One service instance while it runs: its handlers, its transports, its hooks. */
import { types } from "node:util";
import type { Logger } from "../log/logger.ts";
import { fieldProblems, integer, record } from "../util/check-fields.ts";
import type { Clock } from "../util/clock.ts";
import { aborted } from "../util/wait.ts";
import type { Envelope } from "./envelope.ts";
import { envelopeExpected, envelopeProblem } from "./envelope-check.ts";
import { refuseProblems, ServiceError } from "./errors.ts";
import type { Handler, HandlerFunction } from "./handler.ts";
import { type ServiceHealth, serviceHealth } from "./health.ts";
import { observedCall, type RunObserver } from "./observer.ts";
import type { OpenWork } from "./open-work.ts";
import { registrationsOf, type Trigger } from "./registry.ts";
import { addEntry, removeEntry, type ServiceEntry } from "./running-services.ts";
import type { Service } from "./service.ts";
import { optionGroups } from "./service-options.ts";
import { StartProblems } from "./start-problems.ts";
import type { ServiceContext, Transport, TransportDefinition } from "./transport.ts";

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
  readonly #settings: RunningServiceSettings;
  readonly #transports = new Map<unknown, Transport<never>>();
  #startable: readonly Transport<never>[] = [];
  #hooksReached = false;

  /** Checks everything that can be checked without a connection; throws one error that tells all that is wrong. */
  constructor(settings: RunningServiceSettings) {
    this.#settings = settings;
    this.service = settings.service;
    checkIdentity(this.service);
    this.logger = settings.logger.child({ service: this.service.name });
    const problems = new StartProblems();
    problems.collect(() => checkOptions(this.service));
    this.#addHandlers(problems);
    problems.refuse();
    addEntry(this);
  }

  get graceSeconds(): number {
    return this.service.options.terminationGracePeriodSeconds ?? 25;
  }

  transport<Options>(definition: TransportDefinition<Options>): Transport<Options> {
    const existing = this.#transports.get(definition);
    if (existing) return existing as unknown as Transport<Options>;
    const transport = this.#create(definition, this.#optionsOf(definition.name));
    this.#transports.set(definition, transport as unknown as Transport<never>);
    return transport;
  }

  exit(code: number): void {
    this.#settings.exit(code);
  }

  #create<Options>(
    definition: TransportDefinition<Options>,
    options: unknown,
    environment: ServiceContext["environment"] = this.#settings.environment,
  ): Transport<Options> {
    const { service, logger } = this;
    const { shared, clock, observer } = this.#settings;
    const { name, uuid } = service;
    return definition.create({
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
      onDeadLetter: service.onDeadLetter?.bind(service),
    });
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
    return this.#startable.map((transport) => transport.start(signal));
  }

  describe(): readonly string[] {
    return this.#startable.flatMap((transport) => transport.describe());
  }

  health(): ServiceHealth {
    return serviceHealth(
      this.service.name,
      [...this.#transports.values()].map((transport) => transport.health()),
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
    for (const result of await Promise.allSettled([...this.#transports.values()].map(act))) {
      if (result.status === "rejected") this.logger.error({ err: result.reason }, `a transport could not ${what}`);
    }
  }

  #addHandlers(problems: StartProblems): void {
    const { service } = this;
    const registrations = registrationsOf(service.constructor);
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
      call: observer ? observedCall(observer, service, method, bound) : bound,
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

/** AMQP's short strings, such as app-id, hold 255 bytes (AMQP 0-9-1, 4.2.5.3); a line break would forge log lines. */
function nameProblem(value: string): string | undefined {
  if (/\p{Cc}/u.test(value)) return "has control characters or line breaks. Take them out.";
  const bytes = Buffer.byteLength(value);
  return bytes > 255 ? `has ${bytes} bytes, and AMQP carries at most 255. Shorten it.` : undefined;
}

function refuseEmpty({ name, startService, startedService }: Service): void {
  if (startService || startedService) return;
  throw new ServiceError(
    "ERR_SERVICE_EMPTY",
    `The service "${name}" has no handlers: no transport handlers defined, and neither startService nor startedService. Put a decorator such as @amqp("some.key") on a method.`,
  );
}

function checkIdentity(service: Service): void {
  const type = service.constructor.name || "a service class";
  const { name, uuid } = service as { name: unknown; uuid: unknown };
  if (typeof name !== "string" || name === "") {
    throw new ServiceError(
      "ERR_SERVICE_NAME",
      `The service class ${type} has no name. Give it one: \`name = "orders";\`. It is part of queue names, so keep it stable. An abstract base class that others extend needs none: do not run or export it by itself.`,
    );
  }
  if (typeof uuid !== "string" || uuid === "") {
    throw new ServiceError("ERR_SERVICE_UUID", `The uuid of the service "${name}" must be a text that is not empty.`);
  }
  for (const [code, what, value] of [
    ["ERR_SERVICE_NAME", "name", name],
    ["ERR_SERVICE_UUID", "uuid", uuid],
  ] as const) {
    const problem = nameProblem(value);
    if (problem) throw new ServiceError(code, `The ${what} of the service class ${type} ${problem}`);
  }
}

function checkOptions({ name, options, messageEnvelope }: Service): void {
  const groups = Object.fromEntries(optionGroups.map((group) => [group, record()]));
  const known = { terminationGracePeriodSeconds: integer(0, 86_400), ...groups };
  const problems = fieldProblems(options, "options", known);
  const problem = envelopeProblem(messageEnvelope);
  if (problem !== undefined) problems.push(`messageEnvelope must be ${envelopeExpected}, but ${problem}.`);
  refuseProblems(`The service "${name}"`, problems);
}

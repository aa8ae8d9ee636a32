/** The transports of one service: each is made once, when a handler, a listed definition or a publish first needs it. */
import { messageOf } from "../errors.ts";
import type { Logger } from "../log/logger.ts";
import type { Clock } from "../util/clock.ts";
import { aborted } from "../util/wait.ts";
import type { Envelope } from "./envelope.ts";
import { envelopeProblem } from "./envelope-check.ts";
import type { TransportHealth } from "./health.ts";
import type { RunObserver } from "./observer.ts";
import type { OpenWork } from "./open-work.ts";
import type { Service } from "./service.ts";
import type { ServiceContext, Transport, TransportDefinition } from "./transport.ts";
import { refuseSameName, requireDefinition, requireTransport } from "./transport-check.ts";

export interface ServiceTransportsSettings {
  readonly service: Service;
  /** Bound to the service. */
  readonly logger: Logger;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly shared: Map<symbol, unknown>;
  readonly clock: Clock;
  readonly observer: RunObserver | undefined;
  readonly followsContext: boolean;
}

export class ServiceTransports {
  readonly #settings: ServiceTransportsSettings;
  readonly #made = new Map<TransportDefinition<never>, Transport<never>>();

  constructor(settings: ServiceTransportsSettings) {
    this.#settings = settings;
  }

  /** The transports so far, in the order of their creation. */
  get made(): readonly Transport<never>[] {
    return [...this.#made.values()];
  }

  /** The transport of this definition; created now if it does not exist yet. @throws what is wrong with the definition or its options */
  of<Options, T extends Transport<Options>>(definition: TransportDefinition<Options, T>): T {
    const existing = this.#made.get(definition);
    if (existing) return existing as unknown as T;
    requireDefinition(definition);
    const { name } = definition;
    const { service, environment } = this.#settings;
    for (const other of this.#made.keys()) if (other.name === name) refuseSameName(service.name, name);
    const transport = this.#create(definition, this.#optionsOf(name), environment);
    this.#made.set(definition as TransportDefinition<never>, transport as unknown as Transport<never>);
    return transport;
  }

  /**
   * A transport that checks handlers and never starts, made where the options of the definition are wrong, of those that are right.
   * Undefined if the definition cannot tell them apart.
   */
  checkerOf<Options>(definition: TransportDefinition<Options>): Transport<Options> | undefined {
    if (!definition.rightOptions) return undefined;
    // No environment: its setting of the broker may be the problem.
    return this.#create(definition, definition.rightOptions(this.#optionsOf(definition.name)), {});
  }

  health(): readonly TransportHealth[] {
    return [...this.#made].map(([{ name }, transport]) => safeHealth(name, transport));
  }

  /** What they have not done yet; also that of one which is there only to publish. */
  async openWork(): Promise<readonly OpenWork[]> {
    const asked = this.made.flatMap((transport) => transport.openWork?.() ?? []);
    return (await Promise.all(asked)).flat();
  }

  async drain(signal: AbortSignal): Promise<void> {
    await this.#each("drain", (transport) => transport.drain(signal));
  }

  /** Resolves when all have closed, or when the signal aborts. */
  async close(signal: AbortSignal): Promise<void> {
    await Promise.race([this.#each("close", (transport) => transport.close(signal)), aborted(signal)]);
  }

  #create<Options, T extends Transport<Options>>(
    definition: TransportDefinition<Options, T>,
    options: unknown,
    environment: ServiceContext["environment"],
  ): T {
    const { service, logger, shared, clock, observer, followsContext } = this.#settings;
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
      transport: (other) => this.of(other),
      observer,
      followsContext,
      onDeadLetter: service.onDeadLetter?.bind(service),
    });
    return requireTransport(definition.name, transport);
  }

  #optionsOf(transport: string): unknown {
    return (this.#settings.service.options as Record<string, unknown> | null)?.[transport];
  }

  /** One transport that cannot end must not keep the others from ending. */
  async #each(what: string, act: (transport: Transport<never>) => Promise<void>): Promise<void> {
    const acts = [...this.#made].map(async ([{ name }, transport]) => {
      try {
        await act(transport);
      } catch (error) {
        this.#settings.logger.error({ err: error, transport: name }, `the transport could not ${what}`);
      }
    });
    await Promise.all(acts);
  }
}

/** Used instead of an invalid envelope while handlers are checked; it accepts all their options. */
const anyEnvelope: Envelope = {
  buildMessage: () => "",
  parseMessage: (_payload, _options) => ({ message: undefined }),
};

/** A user's own transport may throw here; a readiness probe gets an answer all the same. */
function safeHealth(name: string, transport: Transport<never>): TransportHealth {
  try {
    return transport.health();
  } catch (error) {
    const reasons = [`the transport "${name}" cannot report its health: ${messageOf(error)}`];
    return { transport: name, healthy: false, reasons, connections: [], consumers: [] };
  }
}

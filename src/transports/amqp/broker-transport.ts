/** What one service does at one broker: it consumes and it sends there, from the start to the end. */

import { AmqpConnection } from "../../amqp-client/connection.ts";
import { describeBroker } from "../../amqp-client/options.ts";
import type { TransportHealth } from "../../service/health.ts";
import type { OpenWork } from "../../service/open-work.ts";
import type { ServiceContext } from "../../service/transport.ts";
import { aborted } from "../../util/wait.ts";
import { Consuming } from "./consuming/consuming.ts";
import { amqpHealth } from "./consuming/health.ts";
import { PlannedSubscriptions } from "./consuming/planned-subscriptions.ts";
import { observeConnection } from "./observed-connection.ts";
import type { ResolvedAmqpOptions } from "./options/options.ts";
import { Publishing } from "./outbound/publishing.ts";

export class BrokerTransport {
  readonly publishing: Publishing;
  readonly subscriptions: PlannedSubscriptions;
  readonly options: ResolvedAmqpOptions;
  readonly #context: ServiceContext;
  readonly #consuming: Consuming;
  #started = false;
  #draining = false;

  constructor(given: ServiceContext, options: ResolvedAmqpOptions) {
    const context = named(given, options);
    const connect = (purpose: "publishing" | "consuming"): AmqpConnection => {
      const { name, logger } = context;
      const connection = new AmqpConnection({ options: options.connection, name, purpose, logger });
      return observeConnection(connection, context, options.name);
    };
    const connection = connect("publishing");
    const subscriptions = new PlannedSubscriptions(context, options);
    const declareAgain = (): Promise<void> => subscriptions.declareAgain(connection);
    const publishing = new Publishing({ context, options, connection, declareAgain });
    this.#context = context;
    this.options = options;
    this.subscriptions = subscriptions;
    this.publishing = publishing;
    const { limiter } = subscriptions;
    this.#consuming = new Consuming({ context, options, publishing, limiter, connect: () => connect("consuming") });
  }

  /** The first connection that it consumes by. */
  get consumingConnection(): AmqpConnection {
    return this.#consuming.first;
  }

  /** Declares again what the subscriptions need and the broker has not. */
  declareAgain(): Promise<void> {
    return this.subscriptions.declareAgain(this.#consuming.first);
  }

  /** The first step of a start. */
  async open(signal: AbortSignal): Promise<void> {
    this.#sayPrefix();
    await Promise.all([this.#consuming.open(signal), this.publishing.connection.open(signal)]);
  }

  /** The second one: looks, and changes nothing on the broker. */
  check(signal: AbortSignal): Promise<void> {
    return this.#consuming.check(this.subscriptions.plans, signal);
  }

  /** The last one: declares and consumes. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#consuming.start(this.subscriptions.plans, signal);
    this.#started = true;
  }

  pause(handler: string, reason: string): Promise<void> {
    return this.#consuming.pause(handler, reason);
  }

  resume(handler: string): void {
    this.#consuming.resume(handler);
  }

  health(): TransportHealth {
    const { connection, publisher } = this.publishing;
    return amqpHealth({
      connections: this.#hasSubscriptions ? [...this.#consuming.connections, connection] : [connection],
      publisher,
      blocked: connection.blocked,
      consumers: this.#consuming.health(),
      trouble: this.#trouble,
      name: this.options.name,
    });
  }

  describe(): readonly string[] {
    const where = describeBroker(this.options.connection, this.#consuming.broker);
    const { name } = this.options;
    const by = name === undefined ? "" : `, connection "${name}"`;
    return [`${this.#context.name} on ${where}${by}`, ...this.subscriptions.describe()];
  }

  async openWork(): Promise<readonly OpenWork[]> {
    const consuming = await this.#consuming.openWork();
    const { name } = this.options;
    const of = `${this.#context.name}'s publishes${name === undefined ? "" : ` by "${name}"`}`;
    return [...consuming, { of, queued: 0, pausing: 0, interrupted: false, running: this.publishing.open }];
  }

  async drain(signal: AbortSignal): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    await this.#consuming.drain(signal);
  }

  async close(signal: AbortSignal): Promise<void> {
    if (!this.#draining) await this.drain(AbortSignal.abort());
    const late = aborted(signal);
    // A broker that does not answer makes each of these wait; the last closes the sockets, even if the others still wait.
    await this.#consuming.close(late);
    await this.publishing.close(signal);
    await Promise.race([Promise.all([this.#consuming.closeConnections(), this.publishing.connection.close()]), late]);
  }

  get #hasSubscriptions(): boolean {
    return this.subscriptions.plans.length > 0;
  }

  get #trouble(): string | undefined {
    if (this.#draining) return "the service is stopping";
    return this.#started || !this.#hasSubscriptions ? undefined : "the service has not started yet";
  }

  #sayPrefix(): void {
    const { routingKeyPrefix, queueNamePrefix } = this.options.naming;
    if (!routingKeyPrefix || queueNamePrefix) return;
    this.#context.logger.info(
      `routingKeyPrefix is "${routingKeyPrefix}", but queueNamePrefix is not set. Environments that share this broker also share the queues. Set queueNamePrefix.`,
    );
  }
}

/** Its log lines say to which of several connections they belong. */
function named(context: ServiceContext, { name }: ResolvedAmqpOptions): ServiceContext {
  return name === undefined ? context : { ...context, logger: context.logger.child({ connection: name }) };
}

/** The AMQP transport of one service. It calls all its connections, or the one that an option names. */
import type { Handler } from "../../service/handler.ts";
import type { TransportHealth } from "../../service/health.ts";
import type { OpenWork } from "../../service/open-work.ts";
import type { ServiceContext, Transport, TransportDefinition } from "../../service/transport.ts";
import { healthOfAll, startAll } from "./all-brokers.ts";
import { BrokerTransport } from "./broker-transport.ts";
import type { RequestContract } from "./contracts/request.ts";
import { type ConnectionsByName, resolveConnections } from "./options/connections.ts";
import { rightAmqpOptions } from "./options/options.ts";
import type { AmqpTrigger } from "./options/trigger.ts";
import type { PublishOptions } from "./outbound/publish-options.ts";
import type { RequestOptions } from "./outbound/request-options.ts";

/** The definition that `@amqp` stores. It creates the transport of a service. */
export const amqpTransport: TransportDefinition<AmqpTrigger, AmqpTransport> = {
  name: "amqp",
  create: (context) => new AmqpTransport(context),
  rightOptions: rightAmqpOptions,
};

export class AmqpTransport implements Transport<AmqpTrigger> {
  readonly #brokers: ConnectionsByName<BrokerTransport>;

  constructor(context: ServiceContext) {
    const { name, options, environment, followsContext } = context;
    const connections = resolveConnections(name, options, environment, followsContext);
    this.#brokers = connections.map((resolved) => new BrokerTransport(context, resolved));
  }

  add(handler: Handler<AmqpTrigger>): void {
    const { connection } = handler.options.options;
    this.#brokers.get(connection, handler.label).subscriptions.add(handler);
  }

  /** The part of one connection, for a transport that uses AMQP. Throws if the connection does not exist. */
  broker(connection: string | undefined, label: string): BrokerTransport {
    return this.#brokers.get(connection, label);
  }

  /** Opens the connections that have handlers. Any other one opens at its first publish. */
  start(signal: AbortSignal): Promise<void> {
    return startAll(this.#consuming, signal);
  }

  async pause(handler: string, reason: string): Promise<void> {
    await Promise.all(this.#brokers.all.map((broker) => broker.pause(handler, reason)));
  }

  resume(handler: string): void {
    for (const broker of this.#brokers.all) broker.resume(handler);
  }

  health(): TransportHealth {
    return healthOfAll(this.#brokers.all);
  }

  describe(): readonly string[] {
    return this.#consuming.flatMap((broker) => broker.describe());
  }

  /** Publishes; see `amqpPublish`. `template` is the key of a contract, as it was written. Throws if the connection does not exist. */
  publish(data: unknown, options: PublishOptions, template?: string): Promise<void> {
    const { publishing } = this.#brokers.get(options?.connection, "amqpPublish()");
    return publishing.publish(data, options, template);
  }

  /** Sends a request; see `amqpRequest`. Throws if the connection does not exist. */
  request(what: RequestContract | string, data: unknown, options: RequestOptions | undefined): Promise<unknown> {
    const { publishing } = this.#brokers.get(options?.connection, "amqpRequest()");
    return publishing.request(what, data, options);
  }

  async openWork(): Promise<readonly OpenWork[]> {
    return (await Promise.all(this.#brokers.all.map((broker) => broker.openWork()))).flat();
  }

  async drain(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#brokers.all.map((broker) => broker.drain(signal)));
  }

  async close(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#brokers.all.map((broker) => broker.close(signal)));
  }

  /** The connections with handlers. */
  get #consuming(): readonly BrokerTransport[] {
    return this.#brokers.all.filter(({ subscriptions }) => subscriptions.plans.length > 0);
  }
}

/** The AMQP transport of one service. */
import type { Handler } from "../../service/handler.ts";
import type { TransportHealth } from "../../service/health.ts";
import type { OpenWork } from "../../service/open-work.ts";
import type { ServiceContext, Transport, TransportDefinition } from "../../service/transport.ts";
import { BrokerTransport } from "./broker-transport.ts";
import type { RequestContract } from "./contracts/request.ts";
import { resolveAmqpOptions, rightAmqpOptions } from "./options/options.ts";
import type { AmqpTrigger } from "./options/trigger.ts";
import type { PublishOptions } from "./outbound/publish-options.ts";
import type { RequestOptions } from "./outbound/request-options.ts";

/** What decorators store: it makes the transport of a service. */
export const amqpTransport: TransportDefinition<AmqpTrigger, AmqpTransport> = {
  name: "amqp",
  create: (context) => new AmqpTransport(context),
  rightOptions: rightAmqpOptions,
};

export class AmqpTransport implements Transport<AmqpTrigger> {
  readonly #broker: BrokerTransport;

  constructor(context: ServiceContext) {
    const options = resolveAmqpOptions(context.name, context.options, context.environment);
    this.#broker = new BrokerTransport(context, options);
  }

  add(handler: Handler<AmqpTrigger>): void {
    this.#broker.subscriptions.add(handler);
  }

  start(signal: AbortSignal): Promise<void> {
    return this.#broker.start(signal);
  }

  pause(handler: string, reason: string): Promise<void> {
    return this.#broker.pause(handler, reason);
  }

  resume(handler: string): void {
    this.#broker.resume(handler);
  }

  health(): TransportHealth {
    return this.#broker.health();
  }

  describe(): readonly string[] {
    return this.#broker.describe();
  }

  /** Publishes; see `amqpPublish`. `template` is the key of a contract, as written. */
  publish(data: unknown, options: PublishOptions, template?: string): Promise<void> {
    return this.#broker.publishing.publish(data, options, template);
  }

  /** Asks; see `amqpRequest`. */
  request(what: RequestContract | string, data: unknown, options: RequestOptions | undefined): Promise<unknown> {
    return this.#broker.publishing.request(what, data, options);
  }

  openWork(): Promise<readonly OpenWork[]> {
    return this.#broker.openWork();
  }

  drain(signal: AbortSignal): Promise<void> {
    return this.#broker.drain(signal);
  }

  close(signal: AbortSignal): Promise<void> {
    return this.#broker.close(signal);
  }
}

/** What one service sends to one broker: publishes and requests, over one connection. */
import type { AmqpConnection } from "../../../amqp-client/connection.ts";
import { Publisher } from "../../../amqp-client/publisher.ts";
import type { ObservedServer } from "../../../service/observed-work.ts";
import type { ServiceContext } from "../../../service/transport.ts";
import { aborted } from "../../../util/wait.ts";
import type { RequestContract } from "../contracts/request.ts";
import type { ResolvedAmqpOptions } from "../options/options.ts";
import type { PublishOptions } from "./publish-options.ts";
import type { RequestOptions } from "./request-options.ts";
import { Requests } from "./requests.ts";
import { Sender } from "./sender.ts";
import { serverOf } from "./watched-message.ts";

/** As much as may be without a confirm. */
const unconfirmedLimits = { maxUnconfirmedMessages: 1000, maxUnconfirmedBytes: 16 * 1024 * 1024 };

export interface PublishingSettings {
  readonly context: ServiceContext;
  readonly options: ResolvedAmqpOptions;
  readonly connection: AmqpConnection;
  /** Declares again what this process declared. Never rejects. */
  declareAgain(): Promise<void>;
}

export class Publishing {
  readonly connection: AmqpConnection;
  readonly publisher: Publisher;
  readonly #sender: Sender;
  readonly #requests: Requests;
  /** Requests without an answer. */
  #asked = 0;

  constructor({ context, options, connection, declareAgain }: PublishingSettings) {
    const { logger } = context;
    this.connection = connection;
    const publisher = new Publisher({
      connection,
      logger,
      ...unconfirmedLimits,
      ...options.publishing,
      declareAgain,
      looksForExchanges: options.topology.declare.exchange !== false,
    });
    const sender = new Sender({ context, options, publisher, server: this.server });
    this.publisher = publisher;
    this.#sender = sender;
    this.#requests = new Requests({ context, options, connection, sender, declareAgain });
  }

  /** Publishes and requests that have not ended. */
  get open(): number {
    return this.#sender.open + this.#asked;
  }

  /** Where messages are sent now. */
  readonly server = (): ObservedServer | undefined => serverOf(this.connection);

  /** Who declared an exchange that subscriptions use. */
  trustExchange(name: string, declared: boolean | "verify"): void {
    this.publisher.trustExchange(name, declared);
    this.#requests.trustExchange(name, declared);
  }

  /** See `amqpPublish`; `template` is the key of a contract, as written. */
  publish(data: unknown, options: PublishOptions, template?: string): Promise<void> {
    return this.#sender.publish(data, options, template);
  }

  /** See `amqpRequest`. */
  async request(what: RequestContract | string, data: unknown, options: RequestOptions | undefined): Promise<unknown> {
    this.#asked++;
    try {
      return await this.#requests.ask(what, data, options);
    } finally {
      this.#asked--;
    }
  }

  /** Requests without a reply reject. Publishes have until the signal aborts. */
  async close(signal: AbortSignal): Promise<void> {
    const late = aborted(signal);
    await Promise.race([this.#requests.close(), late]);
    await Promise.race([this.#sender.close(signal), late]);
  }
}

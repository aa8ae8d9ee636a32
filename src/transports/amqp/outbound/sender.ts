/** What one service publishes: built, sent, waited for or not, and what reached no queue told. */
import { AmqpPublishError } from "../../../amqp-client/errors.ts";
import type { OutgoingMessage } from "../../../amqp-client/outgoing-message.ts";
import type { Publisher } from "../../../amqp-client/publisher.ts";
import type { ServiceContext } from "../../../service/transport.ts";
import { isPromise } from "../../../util/is-promise.ts";
import type { ResolvedAmqpOptions } from "../options/options.ts";
import { buildOutgoing, type PublishOptions } from "./outgoing.ts";
import { UnawaitedPublishes, type Weigh } from "./unawaited.ts";
import { Unroutable } from "./unroutable.ts";

/** Publishes that nobody waits for: as many on their way as publishes that somebody does, and ten times as many calls. */
const unawaitedLimits = { messages: 1000, bytes: 16 * 1024 * 1024, calls: 10_000 };

export interface SenderSettings {
  readonly context: ServiceContext;
  readonly options: ResolvedAmqpOptions;
  readonly publisher: Publisher;
}

export class Sender {
  readonly #context: ServiceContext;
  readonly #options: ResolvedAmqpOptions;
  readonly #publisher: Publisher;
  readonly #unroutable: Unroutable;
  readonly #unawaited: UnawaitedPublishes;
  #open = 0;

  constructor({ context, options, publisher }: SenderSettings) {
    const { logger } = context;
    this.#context = context;
    this.#options = options;
    this.#publisher = publisher;
    this.#unroutable = new Unroutable(logger);
    const timeoutSeconds = options.publishTimeoutSeconds;
    this.#unawaited = new UnawaitedPublishes({ limits: unawaitedLimits, timeoutSeconds, logger });
  }

  /** Publishes that have not ended, from the building of their payload on. */
  get open(): number {
    return this.#open;
  }

  /** See `amqpPublish`. */
  publish(data: unknown, options: PublishOptions): Promise<void> {
    if (options?.wait !== false) return this.#send(data, options);
    return this.#unawaited.run(options.routingKey, (weigh) => this.#send(data, options, weigh));
  }

  /** Tells whoever watches the run of a message that the broker has. */
  observe(data: unknown, options: PublishOptions, message: OutgoingMessage, returned: boolean): void {
    const { observer, service } = this.#context;
    if (!observer) return;
    const { exchange: exchangeName, content: body, properties } = message;
    const { routingKey } = options;
    observer.published({
      service,
      data,
      options,
      exchangeName,
      routingKey,
      body,
      properties: { ...properties },
      returned,
    });
  }

  /** Waits for every publish, as long as the signal allows; what is without an answer then rejects. */
  async close(signal: AbortSignal): Promise<void> {
    await this.#unawaited.flush(signal);
    await this.#publisher.flush(signal);
    this.#unawaited.close();
    await this.#publisher.close();
  }

  async #send(data: unknown, options: PublishOptions, weigh?: Weigh): Promise<void> {
    this.#open++;
    try {
      const built = buildOutgoing(this.#context, this.#options, data, options);
      const message = isPromise(built) ? await built : built;
      weigh?.(message.content.length);
      const { returned } = await this.#publisher.publish(message);
      this.observe(data, options, message, returned);
      if (!returned) return;
      if (!options.mandatory) return this.#unroutable.warn(message.exchange, message.routingKey);
      throw new AmqpPublishError(
        "ERR_AMQP_UNROUTABLE",
        `The message reached no queue: nothing is bound to exchange "${message.exchange}" for the routing key "${message.routingKey}". Start a consumer of it first, check key and prefix, or publish without mandatory.`,
      );
    } finally {
      this.#open--;
    }
  }
}

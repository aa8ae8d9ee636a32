/** The publishes of one service: built, sent, awaited or not, and reported if they reached no queue. */
import { AmqpPublishError } from "../../../amqp-client/errors.ts";
import type { OutgoingMessage } from "../../../amqp-client/outgoing-message.ts";
import type { Publisher } from "../../../amqp-client/publisher.ts";
import type { ObservedServer, SendingObserver } from "../../../service/observed-work.ts";
import type { ServiceContext } from "../../../service/transport.ts";
import { isPromise } from "../../../util/is-promise.ts";
import type { ResolvedAmqpOptions } from "../options/options.ts";
import { buildPublish, Inheritance, type Inherited } from "./inherited.ts";
import type { PublishOptions } from "./publish-options.ts";
import { UnawaitedPublishes, type Weigh } from "./unawaited.ts";
import { Unroutable } from "./unroutable.ts";
import { tellBuilt, watchPublish } from "./watched-message.ts";

/** Publishes with `wait: false`: as many may be unconfirmed as awaited publishes, and ten times as many calls may wait. */
const unawaitedLimits = { messages: 1000, bytes: 16 * 1024 * 1024, calls: 10_000 };

export interface SenderSettings {
  readonly context: ServiceContext;
  readonly options: ResolvedAmqpOptions;
  readonly publisher: Publisher;
  /** Where messages are sent now. */
  server(): ObservedServer | undefined;
}

export class Sender {
  /** What publishes and requests take over from the message that is handled. */
  readonly inheritance: Inheritance;
  readonly #context: ServiceContext;
  readonly #options: ResolvedAmqpOptions;
  readonly #publisher: Publisher;
  readonly #server: SenderSettings["server"];
  readonly #unroutable: Unroutable;
  readonly #unawaited: UnawaitedPublishes;
  #open = 0;

  constructor({ context, options, publisher, server }: SenderSettings) {
    const { logger } = context;
    this.#context = context;
    this.#options = options;
    this.#publisher = publisher;
    this.inheritance = new Inheritance(options.publishing.propagateHeaders);
    this.#server = server;
    this.#unroutable = new Unroutable(logger);
    const timeoutSeconds = options.publishing.publishTimeoutSeconds;
    this.#unawaited = new UnawaitedPublishes({ limits: unawaitedLimits, timeoutSeconds, logger });
  }

  /** Publishes that have not ended, from the building of their payload on. */
  get open(): number {
    return this.#open;
  }

  /** See `amqpPublish`; `template` is the key of a contract, as written. */
  publish(data: unknown, options: PublishOptions, template?: string): Promise<void> {
    // Here, not where it is sent: an observer needs the context of the call.
    const { observer, followsContext } = this.#context;
    const exchange = options?.exchangeName ?? this.#options.naming.exchangeName;
    const watched =
      observer?.sending &&
      watchPublish(this.#context, { exchange, routingKey: options?.routingKey, template, server: this.#server() });
    const inherited = followsContext ? this.inheritance.now() : undefined;
    if (options?.wait !== false) return this.#send(data, options, watched, inherited);
    const { routingKey } = options;
    const begun = this.#unawaited.run(routingKey, (weigh) => this.#send(data, options, watched, inherited, weigh));
    if (watched) begun.catch((error: unknown) => watched.ended({ error }));
    return begun;
  }

  /** Informs the observer of the run of a message that the broker has confirmed. */
  observe(data: unknown, options: PublishOptions, message: OutgoingMessage, returned: boolean): void {
    const { observer, service } = this.#context;
    if (!observer?.published) return;
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

  async #send(
    data: unknown,
    options: PublishOptions,
    watched: SendingObserver | undefined,
    inherited: Inherited | undefined,
    weigh?: Weigh,
  ): Promise<void> {
    this.#open++;
    try {
      const built = buildPublish(this.#context, this.#options, data, options, inherited);
      const message = isPromise(built) ? await built : built;
      if (watched) tellBuilt(watched, message);
      weigh?.(message.content.length);
      if (options.declare !== undefined) this.#publisher.lookForExchange(message.exchange, options.declare !== false);
      const { returned } = await this.#publisher.publish(message);
      this.observe(data, options, message, returned);
      if (returned && options.mandatory) throw unroutableError(message);
      watched?.ended({ returned });
      if (returned) this.#unroutable.warn(message.exchange, message.routingKey);
    } catch (error) {
      watched?.ended({ error });
      throw error;
    } finally {
      this.#open--;
    }
  }
}

function unroutableError({ exchange, routingKey }: OutgoingMessage): AmqpPublishError {
  return new AmqpPublishError(
    "ERR_AMQP_UNROUTABLE",
    `The message reached no queue: nothing is bound to exchange "${exchange}" for the routing key "${routingKey}". Start a consumer for it first, check key and prefix, or publish without mandatory.`,
  );
}

/** The AMQP transport of one service: its connections, its subscriptions, its publisher. */
import { AmqpConnection } from "../../amqp-client/connection.ts";
import { AmqpPublishError } from "../../amqp-client/errors.ts";
import { describeEndpoint } from "../../amqp-client/options.ts";
import type { OutgoingMessage } from "../../amqp-client/outgoing-message.ts";
import { Publisher } from "../../amqp-client/publisher.ts";
import { createSilentLogger } from "../../log/logger.ts";
import type { Handler } from "../../service/handler.ts";
import type { TransportHealth } from "../../service/health.ts";
import type { RunObserver } from "../../service/observer.ts";
import type { OpenWork } from "../../service/open-work.ts";
import type { ServiceContext, Transport, TransportDefinition } from "../../service/transport.ts";
import { aborted, wait } from "../../util/wait.ts";
import { within } from "../../util/within.ts";
import { AmqpError } from "./errors.ts";
import type { FormerQueue } from "./former-queue.ts";
import { HandlerSlots } from "./handler-slots.ts";
import { amqpHealth } from "./health.ts";
import { type ResolvedAmqpOptions, resolveAmqpOptions } from "./options.ts";
import { buildOutgoing, type PublishOptions } from "./outgoing.ts";
import { type AmqpTrigger, addToPlans, type SubscriptionPlan } from "./plan.ts";
import { isPromise } from "./read-delivery.ts";
import type { RequestContract } from "./request.ts";
import { type RequestOptions, Requests } from "./requests.ts";
import { RetryTiers } from "./retry-tiers.ts";
import { SubscriptionStarter } from "./start-subscription.ts";
import type { Subscription } from "./subscription.ts";
import { declareTopology } from "./topology.ts";
import { UnawaitedPublishes, type Weigh } from "./unawaited.ts";
import { Unroutable } from "./unroutable.ts";

const slotsKey = Symbol("amqp handler slots");
/** Publishes that nobody waits for: as many on their way as publishes that somebody does, and ten times as many calls. */
const unawaitedLimits = { messages: 1000, bytes: 16 * 1024 * 1024, calls: 10_000 };
/** How long a run may take to end after its signal aborted. */
const patienceMs = 1000;

/** What decorators store: it makes the transport of a service. */
export const amqpTransport: TransportDefinition<AmqpTrigger> = {
  name: "amqp",
  create: (context) => new AmqpTransport(context),
};

export class AmqpTransport implements Transport<AmqpTrigger> {
  readonly #context: ServiceContext;
  readonly #options: ResolvedAmqpOptions;
  readonly #slots: HandlerSlots;
  readonly #publishing: AmqpConnection;
  readonly #consuming: AmqpConnection;
  readonly #publisher: Publisher;
  readonly #requests: Requests;
  readonly #retryTiers: RetryTiers;
  readonly #unroutable: Unroutable;
  readonly #unawaited: UnawaitedPublishes;
  readonly #plans: SubscriptionPlan[] = [];
  readonly #abort = new AbortController();
  #subscriptions: Subscription[] = [];
  #formerQueues: FormerQueue[] = [];
  #started = false;
  #draining = false;
  /** Publishes that have not ended, from the building of their payload on. */
  #publishes = 0;

  constructor(context: ServiceContext) {
    this.#context = context;
    const { name, logger } = context;
    this.#options = resolveAmqpOptions(name, context.options, context.environment);
    const { connection, publishTimeoutSeconds, republishUnknown, maxMessageBytes } = this.#options;
    this.#publishing = new AmqpConnection({ options: connection, name, purpose: "publishing", logger });
    this.#consuming = new AmqpConnection({ options: connection, name, purpose: "consuming", logger });
    this.#publisher = new Publisher({
      connection: this.#publishing,
      logger,
      maxUnconfirmedMessages: 1000,
      maxUnconfirmedBytes: 16 * 1024 * 1024,
      publishTimeoutSeconds,
      republishUnknown,
      maxMessageBytes,
      declareAgain: () => this.#declareAgain(),
    });
    this.#unawaited = new UnawaitedPublishes({
      limits: unawaitedLimits,
      timeoutSeconds: publishTimeoutSeconds,
      logger,
    });
    this.#requests = new Requests({
      context,
      options: this.#options,
      connection: this.#publishing,
      declareAgain: () => this.#declareAgain(),
      sent: (data, options, message) => {
        if (context.observer) this.#observe(context.observer, data, options, message, false);
      },
    });
    this.#retryTiers = new RetryTiers({
      service: name,
      options: this.#options,
      connection: this.#consuming,
      publisher: this.#publisher,
      logger,
      observer: context.observer,
    });
    this.#unroutable = new Unroutable(logger);
    this.#slots = sharedSlots(context);
  }

  add(handler: Handler<AmqpTrigger>): void {
    const { name, uuid, messageEnvelope } = this.#context;
    const planning = { name, uuid, envelope: messageEnvelope, options: this.#options };
    const before = this.#plans.length;
    addToPlans(this.#plans, handler, planning);
    const added = this.#plans.slice(before);
    for (const plan of added) this.#slots.requested += plan.prefetch;
  }

  async start(signal: AbortSignal): Promise<void> {
    const { routingKeyPrefix, queueNamePrefix } = this.#options;
    if (routingKeyPrefix && !queueNamePrefix) {
      this.#context.logger.info(
        `routingKeyPrefix is "${routingKeyPrefix}" and there is no queueNamePrefix: environments that share this broker share the queues too`,
      );
    }
    await Promise.all([this.#consuming.open(signal), this.#publishing.open(signal)]);
    const starter = new SubscriptionStarter({
      context: this.#context,
      options: this.#options,
      connection: this.#consuming,
      publisher: this.#publisher,
      retryTiers: this.#retryTiers,
      slots: this.#slots,
      abort: this.#abort.signal,
    });
    const prepared = await Promise.all(this.#plans.map((plan) => starter.prepare(plan)));
    if (signal.aborted) throw signal.reason;
    this.#subscriptions = prepared.map(({ subscription }) => subscription);
    this.#formerQueues = prepared.flatMap(({ formerQueues }) => formerQueues);
    await Promise.all(this.#subscriptions.map((subscription) => subscription.start()));
    for (const former of this.#formerQueues) former.start();
    this.#started = true;
  }

  health(): TransportHealth {
    const consumers = [...this.#subscriptions, ...this.#formerQueues].map((consumed) => consumed.health());
    return amqpHealth({
      connections: this.#plans.length > 0 ? [this.#consuming, this.#publishing] : [this.#publishing],
      publisher: this.#publisher,
      blocked: this.#publishing.blocked,
      consumers: consumers.filter((consumer) => consumer !== undefined),
      trouble: this.#trouble,
    });
  }

  describe(): readonly string[] {
    const { connection, routingKeyPrefix } = this.#options;
    const { product = "AMQP broker", version = "" } = this.#consuming.broker ?? {};
    return [
      `${this.#context.name} on ${describeEndpoint(connection)} (${product}${version && ` ${version}`})`,
      ...this.#plans.map((plan) => {
        const keys = plan.patterns.map((pattern) => routingKeyPrefix + pattern).join(", ");
        return `  ${plan.handler.name}: ${plan.exchangeName} --[${keys}]--> ${plan.queueName}`;
      }),
    ];
  }

  /** Publishes; see `amqpPublish`. */
  publish(data: unknown, options: PublishOptions): Promise<void> {
    if (options?.wait !== false) return this.#send(data, options);
    return this.#unawaited.run(options.routingKey, (weigh) => this.#send(data, options, weigh));
  }

  /** Asks; see `amqpRequest`. */
  async request(what: RequestContract | string, data: unknown, options: RequestOptions | undefined): Promise<unknown> {
    this.#publishes++;
    try {
      return await this.#requests.ask(what, data, options);
    } finally {
      this.#publishes--;
    }
  }

  async openWork(): Promise<readonly OpenWork[]> {
    const all = [...this.#subscriptions, ...this.#formerQueues];
    const consuming = await Promise.all(all.map((subscription) => subscription.openWork()));
    const publishes = { of: `${this.#context.name}'s publishes`, queued: 0, pausing: 0, interrupted: false };
    const parked = await this.#retryTiers.openWork();
    const known = consuming.filter((work) => work !== undefined);
    return [...known, ...parked, { ...publishes, running: this.#publishes }];
  }

  async drain(signal: AbortSignal): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    const all = [...this.#subscriptions, ...this.#formerQueues];
    await Promise.all(all.map((subscription) => subscription.stopTaking()));
    const ended = Promise.all(all.map((subscription) => subscription.ended()));
    await Promise.race([ended, aborted(signal)]);
    if (!signal.aborted) return;
    const reason = new AmqpError("ERR_SERVICE_STOPPING", "The service is stopping, and its grace period is over.");
    this.#abort.abort(reason);
    const patience = wait(patienceMs);
    await Promise.all(all.map((subscription) => subscription.abortRuns(reason, patience)));
  }

  async close(signal: AbortSignal): Promise<void> {
    if (!this.#draining) await this.drain(AbortSignal.abort());
    const all = [...this.#subscriptions, ...this.#formerQueues];
    await Promise.all(all.map((subscription) => subscription.close()));
    await this.#requests.close();
    await this.#unawaited.flush(signal);
    await this.#publisher.flush(signal);
    this.#unawaited.close();
    await this.#publisher.close();
    await Promise.all([this.#consuming.close(), this.#publishing.close()]);
  }

  /** A broker that came back without what was declared would drop publishes that go out before the consumers are back. */
  async #declareAgain(): Promise<void> {
    const logger = createSilentLogger();
    const topology = { connection: this.#publishing, options: this.#options, logger };
    await Promise.all(this.#plans.map((plan) => declareTopology({ ...plan, alone: false }, topology)));
  }

  get #trouble(): string | undefined {
    if (this.#draining) return "the service is stopping";
    return this.#started || this.#plans.length === 0 ? undefined : "the service has not started yet";
  }

  async #send(data: unknown, options: PublishOptions, weigh?: Weigh): Promise<void> {
    this.#publishes++;
    try {
      const built = buildOutgoing(this.#context, this.#options, data, options);
      const message = isPromise(built) ? await this.#builtInTime(built, options.routingKey) : built;
      weigh?.(message.content.length);
      const { returned } = await this.#publisher.publish(message);
      if (this.#context.observer) this.#observe(this.#context.observer, data, options, message, returned);
      if (!returned) return;
      if (!options.mandatory) return this.#unroutable.warn(message.exchange, message.routingKey);
      throw new AmqpPublishError(
        "ERR_AMQP_UNROUTABLE",
        `The message reached no queue: nothing is bound to exchange "${message.exchange}" for the routing key "${message.routingKey}". Start a consumer of it first, check key and prefix, or publish without mandatory.`,
      );
    } finally {
      this.#publishes--;
    }
  }

  #builtInTime(building: Promise<OutgoingMessage>, routingKey: string): Promise<OutgoingMessage> {
    const { publishTimeoutSeconds: limit } = this.#options;
    return within(building, limit * 1000, this.#context.clock, () => {
      const text = `A message for the routing key "${routingKey}" was not built within publishTimeoutSeconds (${limit}), so nothing was sent: its async envelope or schema gave no answer. Keep what waits for something out of them.`;
      return new AmqpPublishError("ERR_AMQP_PUBLISH_TIMEOUT", text);
    });
  }

  #observe(
    observer: RunObserver,
    data: unknown,
    options: PublishOptions,
    message: OutgoingMessage,
    returned: boolean,
  ): void {
    const { exchange: exchangeName, content: body, properties } = message;
    const { routingKey } = options;
    const { service } = this.#context;
    observer.published({ service, data, options, exchangeName, routingKey, body, properties, returned });
  }
}

function sharedSlots({ shared }: ServiceContext): HandlerSlots {
  const slots = (shared.get(slotsKey) as HandlerSlots | undefined) ?? new HandlerSlots();
  shared.set(slotsKey, slots);
  return slots;
}

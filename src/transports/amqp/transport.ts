/** The AMQP transport of one service: its connections, its subscriptions, its publisher. */
import { setMaxListeners } from "node:events";
import { AmqpConnection } from "../../amqp-client/connection.ts";
import { AmqpError } from "../../amqp-client/errors.ts";
import { describeEndpoint } from "../../amqp-client/options.ts";
import { Publisher } from "../../amqp-client/publisher.ts";
import { createRepeat, type Repeat, repeatOnBoth } from "../../amqp-client/repeat-when-lost.ts";
import { createSilentLogger } from "../../log/logger.ts";
import type { Handler } from "../../service/handler.ts";
import type { TransportHealth } from "../../service/health.ts";
import type { OpenWork } from "../../service/open-work.ts";
import type { ServiceContext, Transport, TransportDefinition } from "../../service/transport.ts";
import { aborted, wait } from "../../util/wait.ts";
import { atMost } from "../../util/within.ts";
import { AskedPauses } from "./consuming/asked-pauses.ts";
import { type ConcurrencyLimiter, sharedLimiter } from "./consuming/concurrency-limiter.ts";
import type { ConsumedQueue } from "./consuming/consumed-queue.ts";
import { ConsumingConnections } from "./consuming/consuming-connections.ts";
import { amqpHealth } from "./consuming/health.ts";
import { SubscriptionStarter } from "./consuming/start-subscription.ts";
import type { RequestContract } from "./contracts/request.ts";
import { observeConnection } from "./observed-connection.ts";
import { type ResolvedAmqpOptions, resolveAmqpOptions, rightAmqpOptions } from "./options/options.ts";
import type { SubscriptionPlan } from "./options/plan.ts";
import { addToPlans } from "./options/plans.ts";
import type { AmqpTrigger } from "./options/trigger.ts";
import type { PublishOptions } from "./outbound/outgoing.ts";
import { type RequestOptions, Requests } from "./outbound/requests.ts";
import { Sender } from "./outbound/sender.ts";
import { serverOf } from "./outbound/watched-message.ts";
import { checkBroker } from "./topology/broker-support.ts";
import { describeQueues } from "./topology/describe-queues.ts";
import { sharedClaims } from "./topology/queue-claims.ts";
import { RetryTiers } from "./topology/retry-tiers.ts";
import { declareWhatIsMissing } from "./topology/topology.ts";
import { TopologyWatch } from "./topology/topology-watch.ts";
import { verifyTopology } from "./topology/verify-topology.ts";

/** How long a run may take to end after its signal aborted. */
const abortedRunMs = 1000;
/** How long all of that may take, where the broker has to answer. */
const answerMs = 4000;

/** What decorators store: it makes the transport of a service. */
export const amqpTransport: TransportDefinition<AmqpTrigger, AmqpTransport> = {
  name: "amqp",
  create: (context) => new AmqpTransport(context),
  rightOptions: rightAmqpOptions,
};

export class AmqpTransport implements Transport<AmqpTrigger> {
  readonly #context: ServiceContext;
  readonly #options: ResolvedAmqpOptions;
  readonly #limiter: ConcurrencyLimiter;
  readonly #publishing: AmqpConnection;
  readonly #consumers: ConsumingConnections;
  readonly #publisher: Publisher;
  readonly #sender: Sender;
  readonly #requests: Requests;
  readonly #watch: TopologyWatch;
  readonly #retryTiers: RetryTiers;
  readonly #plans: SubscriptionPlan[] = [];
  readonly #pauses = new AskedPauses();
  readonly #abort = new AbortController();
  /** Those of subscriptions first, then those under previous names. */
  #consumed: readonly ConsumedQueue[] = [];
  #started = false;
  #draining = false;
  /** Requests without an answer. */
  #asked = 0;

  constructor(context: ServiceContext) {
    this.#context = context;
    const { name, logger } = context;
    // Each message that pauses listens to it; of the eleventh Node would warn as of a leak.
    setMaxListeners(0, this.#abort.signal);
    this.#options = resolveAmqpOptions(name, context.options, context.environment);
    const { connection, publishing } = this.#options;
    const connect = (purpose: "publishing" | "consuming"): AmqpConnection =>
      observeConnection(new AmqpConnection({ options: connection, name, purpose, logger }), context);
    this.#publishing = connect("publishing");
    this.#consumers = new ConsumingConnections(() => connect("consuming"));
    this.#publisher = new Publisher({
      connection: this.#publishing,
      logger,
      maxUnconfirmedMessages: 1000,
      maxUnconfirmedBytes: 16 * 1024 * 1024,
      ...publishing,
      declareAgain: () => this.#declareAgain(),
      looksForExchanges: this.#options.topology.declare.exchange !== false,
    });
    const server = () => serverOf(this.#publishing);
    this.#sender = new Sender({ context, options: this.#options, publisher: this.#publisher, server });
    this.#requests = new Requests({
      context,
      options: this.#options,
      connection: this.#publishing,
      declareAgain: () => this.#declareAgain(),
      sent: (data, options, message) => this.#sender.observe(data, options, message, false),
    });
    this.#watch = new TopologyWatch({ connection: this.#consuming, logger, clock: context.clock });
    this.#retryTiers = new RetryTiers({
      service: name,
      options: this.#options,
      connection: this.#consuming,
      publisher: this.#publisher,
      logger,
      observer: context.observer,
      watch: this.#watch,
    });
    this.#limiter = sharedLimiter(context.shared);
  }

  add(handler: Handler<AmqpTrigger>): void {
    const { name, uuid, messageEnvelope } = this.#context;
    const planning = { name, uuid, envelope: messageEnvelope, options: this.#options };
    const before = this.#plans.length;
    addToPlans(this.#plans, handler, planning);
    const added = this.#plans.slice(before);
    for (const plan of added) {
      this.#limiter.requested += plan.runs.prefetch;
      this.#claimQueue(plan);
    }
  }

  async start(signal: AbortSignal): Promise<void> {
    const { routingKeyPrefix, queueNamePrefix } = this.#options.naming;
    if (routingKeyPrefix && !queueNamePrefix) {
      this.#context.logger.info(
        `routingKeyPrefix is "${routingKeyPrefix}" and there is no queueNamePrefix: environments that share this broker share the queues too`,
      );
    }
    const { connectTimeoutSeconds } = this.#options.connection;
    await Promise.all([this.#consuming.open(signal), this.#publishing.open(signal)]);
    const { broker } = this.#consuming;
    checkBroker({ broker, plans: this.#plans, topology: this.#options.topology, logger: this.#context.logger });
    const connections = await this.#consumers.assign(this.#plans, signal);
    const connectionOf = (plan: SubscriptionPlan): AmqpConnection => connections.get(plan) ?? this.#consuming;
    const repeatOn = (connection: AmqpConnection): Repeat =>
      createRepeat({ connection, seconds: connectTimeoutSeconds, signal });
    const repeats = new Map(this.#consumers.all.map((connection) => [connection, repeatOn(connection)]));
    // Retry queues are declared on the first connection, whichever a plan has.
    const onFirst = repeats.get(this.#consuming) as Repeat;
    const repeat = (plan: SubscriptionPlan): Repeat => {
      const own = repeats.get(connectionOf(plan)) as Repeat;
      return own === onFirst ? own : repeatOnBoth(onFirst, own);
    };
    const starter = new SubscriptionStarter({
      context: this.#context,
      options: this.#options,
      connection: this.#consuming,
      publisher: this.#publisher,
      retryTiers: this.#retryTiers,
      watch: this.#watch,
      limiter: this.#limiter,
      pauses: this.#pauses,
      abort: this.#abort.signal,
      server: () => serverOf(this.#publishing),
    });
    await onFirst(() => this.#verify());
    const prepared = await Promise.all(
      this.#plans.map((plan) => repeat(plan)(() => starter.prepare(plan, connectionOf(plan)))),
    );
    if (signal.aborted) throw signal.reason;
    for (const { bindings } of this.#plans) this.#requests.trustExchange(bindings.exchangeName, bindings.declare);
    const previousQueues = prepared.flatMap((one) => one.previousQueues);
    this.#consumed = [...prepared.map(({ subscription }) => subscription), ...previousQueues];
    await Promise.all(
      this.#plans.map((plan, index) => repeat(plan)(async (again) => prepared[index]?.subscription.start(again))),
    );
    for (const previous of previousQueues) previous.start();
    this.#watch.start();
    this.#started = true;
  }

  pause(handler: string, reason: string): Promise<void> {
    return this.#pauses.pause(handler, reason, this.#consumed);
  }

  resume(handler: string): void {
    this.#pauses.resume(handler, this.#consumed);
  }

  health(): TransportHealth {
    const consumers = this.#consumed.map((consumed) => consumed.health());
    return amqpHealth({
      connections: this.#plans.length > 0 ? [...this.#consumers.all, this.#publishing] : [this.#publishing],
      publisher: this.#publisher,
      blocked: this.#publishing.blocked,
      consumers: consumers.filter((consumer) => consumer !== undefined),
      trouble: this.#trouble,
    });
  }

  describe(): readonly string[] {
    const { connection, naming } = this.#options;
    const { product = "AMQP broker", version = "" } = this.#consuming.broker ?? {};
    return [
      `${this.#context.name} on ${describeEndpoint(connection)} (${product}${version && ` ${version}`})`,
      ...this.#plans.map(({ handler, bindings, queue }) => {
        const keys = bindings.patterns.map((pattern) => naming.routingKeyPrefix + pattern).join(", ");
        return `  ${handler.name}: ${bindings.exchangeName} --[${keys}]--> ${queue.queueName}`;
      }),
      ...describeQueues(this.#plans, this.#options.topology.profile),
    ];
  }

  /** Publishes; see `amqpPublish`. */
  publish(data: unknown, options: PublishOptions, template?: string): Promise<void> {
    return this.#sender.publish(data, options, template);
  }

  /** Asks; see `amqpRequest`. */
  async request(what: RequestContract | string, data: unknown, options: RequestOptions | undefined): Promise<unknown> {
    this.#asked++;
    try {
      return await this.#requests.ask(what, data, options);
    } finally {
      this.#asked--;
    }
  }

  async openWork(): Promise<readonly OpenWork[]> {
    const consuming = await Promise.all(this.#consumed.map((consumed) => consumed.openWork()));
    const publishes = { of: `${this.#context.name}'s publishes`, queued: 0, pausing: 0, interrupted: false };
    const parked = await this.#retryTiers.openWork();
    const known = consuming.filter((work) => work !== undefined);
    return [...known, ...parked, { ...publishes, running: this.#sender.open + this.#asked }];
  }

  async drain(signal: AbortSignal): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    // A broker that answers nothing holds up no stop: neither the cancelling of consumers nor what comes after it.
    await Promise.race([this.#stopAll(), aborted(signal)]);
    if (!signal.aborted) return;
    const reason = new AmqpError("ERR_SERVICE_STOPPING", "The service is stopping, and its grace period is over.");
    this.#abort.abort(reason);
    const deadline = wait(abortedRunMs);
    const aborting = this.#consumed.map((consumed) => consumed.abortRuns(reason, deadline));
    await atMost(Promise.all(aborting), answerMs);
  }

  async close(signal: AbortSignal): Promise<void> {
    if (!this.#draining) await this.drain(AbortSignal.abort());
    const late = aborted(signal);
    await Promise.race([this.#watch.stop(), late]);
    // A broker that answers nothing lets each of these wait; the last closes the sockets, whatever the others wait for.
    await Promise.race([Promise.all(this.#consumed.map((consumed) => consumed.close())), late]);
    await Promise.race([this.#requests.close(), late]);
    await Promise.race([this.#sender.close(signal), late]);
    await Promise.race([Promise.all([this.#consumers.close(), this.#publishing.close()]), late]);
  }

  /** Resolves when no run is left, and nothing new comes. */
  async #stopAll(): Promise<void> {
    await Promise.all(this.#consumed.map((consumed) => consumed.stopTaking()));
    await Promise.all(this.#consumed.map((consumed) => consumed.ended()));
  }

  /** A broker that came back without what was declared would drop publishes that go out before the consumers are back. */
  async #declareAgain(): Promise<void> {
    const logger = createSilentLogger();
    const topology = { connection: this.#publishing, options: this.#options, logger, declaring: new Map() };
    await declareWhatIsMissing(this.#plans, topology);
  }

  #verify(): Promise<void> {
    const { name: service, logger } = this.#context;
    const planned = { service, options: this.#options, plans: this.#plans };
    return verifyTopology({ ...planned, connection: this.#consuming, logger });
  }

  get #consuming(): AmqpConnection {
    return this.#consumers.first;
  }

  #claimQueue({ queue: { queueName: queue }, handler }: SubscriptionPlan): void {
    const { shared, name: service } = this.#context;
    const { connection, topology } = this.#options;
    const broker = describeEndpoint(connection);
    sharedClaims(shared).add({
      broker,
      queue,
      service,
      method: handler.name,
      label: handler.label,
      shares: topology.profile === "python",
    });
  }

  get #trouble(): string | undefined {
    if (this.#draining) return "the service is stopping";
    return this.#started || this.#plans.length === 0 ? undefined : "the service has not started yet";
  }
}

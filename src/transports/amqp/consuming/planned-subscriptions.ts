/** The subscriptions of one service at one broker, before and after they start: their plans, their queues, their prefetch. */
import type { AmqpConnection } from "../../../amqp-client/connection.ts";
import { describeEndpoint } from "../../../amqp-client/options.ts";
import type { Handler } from "../../../service/handler.ts";
import type { ServiceContext } from "../../../service/transport.ts";
import type { ResolvedAmqpOptions } from "../options/options.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import { addToPlans } from "../options/plans.ts";
import type { AmqpTrigger } from "../options/trigger.ts";
import { declareWhatIsMissing } from "../topology/declare-missing.ts";
import { describeQueues } from "../topology/describe-queues.ts";
import { sharedClaims } from "../topology/queue-claims.ts";
import { type ConcurrencyLimiter, sharedLimiter } from "./concurrency-limiter.ts";

export class PlannedSubscriptions {
  readonly plans: SubscriptionPlan[] = [];
  /** Shared by all services of the process. */
  readonly limiter: ConcurrencyLimiter;
  readonly #context: ServiceContext;
  readonly #options: ResolvedAmqpOptions;

  constructor(context: ServiceContext, options: ResolvedAmqpOptions) {
    this.#context = context;
    this.#options = options;
    this.limiter = sharedLimiter(context.shared);
  }

  /** @throws ConfigurationError or AmqpError with what is wrong with the handler's options, or with its queue */
  add(handler: Handler<AmqpTrigger>): void {
    const { name, uuid, messageEnvelope } = this.#context;
    const before = this.plans.length;
    addToPlans(this.plans, handler, { name, uuid, envelope: messageEnvelope, options: this.#options });
    for (const plan of this.plans.slice(before)) {
      this.limiter.requested += plan.runs.prefetch;
      this.#claimQueue(plan);
    }
  }

  /** A broker that came back without what was declared would drop publishes that go out before the consumers are back. */
  async declareAgain(connection: AmqpConnection): Promise<void> {
    await declareWhatIsMissing(this.plans, connection, this.#options);
  }

  /** Where messages come from, one line for each subscription. */
  describe(): readonly string[] {
    const { naming, topology } = this.#options;
    const lines = this.plans.map(({ handler, bindings, queue }) => {
      if (bindings.leased) return `  ${handler.name}: ${queue.queueName}, filled by the schedule itself`;
      const keys = bindings.patterns.map((pattern) => naming.routingKeyPrefix + pattern).join(", ");
      return `  ${handler.name}: ${bindings.exchangeName} --[${keys}]--> ${queue.queueName}`;
    });
    return [...lines, ...describeQueues(this.plans, topology.profile)];
  }

  #claimQueue({ queue: { queueName: queue }, handler }: SubscriptionPlan): void {
    const { connection, topology } = this.#options;
    const broker = describeEndpoint(connection);
    const { name: method, label } = handler;
    const shares = topology.profile === "python";
    const { shared, name: service } = this.#context;
    sharedClaims(shared).add({ broker, queue, service, method, label, shares });
  }
}

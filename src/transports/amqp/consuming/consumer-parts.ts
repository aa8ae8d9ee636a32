/** The parts of a subscription between the broker and a run: what comes, what waits, and how much the broker may hand over. */
import { Consumer } from "../../../amqp-client/consumer.ts";
import { holdMsOf } from "../topology/broker-support.ts";
import { type ConsumerControl, UnorderedConsumerControl } from "./consumer-control.ts";
import { CrashSuspects } from "./crash-suspects.ts";
import { DeliveryDispatcher } from "./delivery-dispatcher.ts";
import { ForeignKeys } from "./foreign-keys.ts";
import { HoldLimit } from "./hold-limit.ts";
import { createLanes, type Lanes } from "./lanes.ts";
import { OrderedConsumerControl } from "./ordered-consumer-control.ts";
import { PrefetchLimits } from "./prefetch-limits.ts";
import type { SubscriptionSettings } from "./subscription-settings.ts";
import { UnsettledDeliveries } from "./unsettled-deliveries.ts";

export interface ConsumerParts {
  /** How long a delivery may be held, in milliseconds. */
  readonly holdMs: number;
  /** Knows messages that may have ended a process. */
  readonly suspects: CrashSuspects;
  readonly unsettled: UnsettledDeliveries;
  /** Decides when a delivery may run. */
  readonly dispatcher: DeliveryDispatcher;
  /** Only with `orderingKey` or `singleActive`. */
  readonly lanes: Lanes | undefined;
  readonly consumer: Consumer;
  /** Pauses the consumer, and is the only owner of its prefetch. */
  readonly control: ConsumerControl;
}

/** Each part is made of those before it. The dispatcher runs nothing until it is started with what runs its deliveries. */
export function createConsumerParts(settings: SubscriptionSettings): ConsumerParts {
  const { plan, scope, queue, call, source } = settings;
  const { clock } = scope.context;
  const { logger } = plan.handler;
  const holdMs = holdMsOf(plan.runs, scope.options.consuming, queue.connection.broker);
  const limits = new PrefetchLimits(queue.prefetch, isCareful(settings));
  const suspects = new CrashSuspects({ plan, queue: queue.name, logger, clock });
  const unsettled = new UnsettledDeliveries();
  const dispatcher = createDispatcher(settings, suspects);
  call.batches?.limitBy(() => dispatcher.mostAtOnce);
  const lanes = createLanes(plan, source, clock, (delivery) => dispatcher.accept(delivery));
  const consumer = createConsumer(settings, { suspects, dispatcher, lanes, limits });
  const parts = { dispatcher, consumer, logger, limits };
  const control = lanes
    ? new OrderedConsumerControl({ ...parts, lanes, unsettled })
    : new UnorderedConsumerControl({
        ...parts,
        hold: new HoldLimit({ prefetch: queue.prefetch, concurrency: concurrencyOf(settings), limitMs: holdMs }),
      });
  return { holdMs, suspects, unsettled, dispatcher, lanes, consumer, control };
}

function isOrdered({ plan }: SubscriptionSettings): boolean {
  return plan.runs.orderingKey !== undefined || plan.queue.singleActive;
}

/** One by one, ordered messages that came back from another process would be turned round by what then goes back itself. */
function isCareful(settings: SubscriptionSettings): boolean {
  const { plan, queue } = settings;
  return plan.queue.queueType === "quorum" && queue.backlog && !isOrdered(settings);
}

function concurrencyOf({ plan, queue }: SubscriptionSettings): number {
  return Math.min(plan.runs.concurrency, queue.prefetch);
}

function createDispatcher(settings: SubscriptionSettings, suspects: CrashSuspects): DeliveryDispatcher {
  const { plan, scope, queue, call } = settings;
  return new DeliveryDispatcher({
    limiter: scope.limiter,
    globalLimit: scope.options.consuming.globalPrefetchCount,
    concurrency: concurrencyOf(settings),
    prefetch: queue.prefetch,
    careful: isCareful(settings),
    ordered: isOrdered(settings),
    countOf: (delivery) => suspects.countOf(delivery),
    quarantined: ({ deliveryCount, properties }) => {
      // Messages that wait for a batch would delay the suspect, and no others come.
      call.batches?.handOver();
      plan.handler.logger.warn(
        { deliveryCount, messageId: properties.messageId },
        "a message was redelivered three times or more, so it may crash the process. It is handled alone; then its queue is handled one message at a time for a while",
      );
    },
  });
}

function createConsumer(
  { plan, scope, queue, redeclare }: SubscriptionSettings,
  {
    suspects,
    dispatcher,
    lanes,
    limits,
  }: Pick<ConsumerParts, "suspects" | "dispatcher" | "lanes"> & {
    readonly limits: PrefetchLimits;
  },
): Consumer {
  const { logger } = plan.handler;
  const { returnExchange } = scope.retryTiers;
  const keys = new ForeignKeys({ plan, naming: scope.options.naming, queue: queue.name, logger, returnExchange });
  return new Consumer({
    connection: queue.connection,
    queue: queue.name,
    prefetch: limits.count,
    arguments: consumeArguments(plan, queue.name),
    logger,
    onDelivery: (delivery) => {
      keys.look(delivery);
      if (delivery.redelivered) suspects.arrived(delivery);
      (lanes ?? dispatcher).accept(delivery);
    },
    onLost: () => {
      suspects.returns();
      lanes?.lost();
      dispatcher.lost();
    },
    redeclare,
  });
}

/** A previous queue may be a classic one, which refuses a timeout. */
function consumeArguments(
  { runs, queue }: SubscriptionSettings["plan"],
  name: string,
): Readonly<Record<string, unknown>> {
  const { consumerTimeoutSeconds: seconds } = runs;
  return seconds === undefined || name !== queue.queueName ? {} : { "x-consumer-timeout": seconds * 1000 };
}

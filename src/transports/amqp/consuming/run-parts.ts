/** The parts of a subscription from the run of a delivery to its settlement. */
import { queueTemplateOf } from "../names/queue-name.ts";
import { serverOf } from "../outbound/watched-message.ts";
import { createDeliveryWatch, type DeliveryWatch } from "../processing/observed-delivery.ts";
import type { RunHooks } from "../processing/process-delivery.ts";
import { createDeliveryReader } from "../processing/read-delivery.ts";
import { Settler } from "../settlement/settle.ts";
import { Breaker } from "./breaker.ts";
import type { ConsumerParts } from "./consumer-parts.ts";
import { DeliveryRuns } from "./delivery-runs.ts";
import type { SubscriptionSettings } from "./subscription-settings.ts";

export interface RunParts {
  readonly settler: Settler;
  /** Only with `circuitBreaker`. */
  readonly breaker: Breaker | undefined;
  readonly runs: DeliveryRuns;
}

export function createRunParts(settings: SubscriptionSettings, parts: ConsumerParts): RunParts {
  const { plan, scope, call, duplicates, source } = settings;
  const { holdMs, control, lanes } = parts;
  const { logger } = plan.handler;
  const { clock } = scope.context;
  const deliveries = lanes?.deliveries;
  const { circuitBreaker } = plan.failures;
  const breaker = circuitBreaker && new Breaker({ options: circuitBreaker, control, clock, logger });
  const settler = createSettler(settings, parts);
  const runs = new DeliveryRuns({
    processing: {
      plan,
      invoke: call.invoke,
      duplicates,
      source,
      logger,
      signal: scope.abort,
      clock,
      holdMs,
      read: deliveries ? (delivery) => deliveries.read(delivery) : createDeliveryReader(plan, clock),
    },
    observeSettled: settlementObserver(settings),
    parts,
    settler,
    breaker,
    replies: call.replies,
    watch: deliveryWatch(settings),
  });
  return { settler, breaker, runs };
}

function createSettler(settings: SubscriptionSettings, { holdMs, control }: ConsumerParts): Settler {
  const { plan, scope, queue, deadLetters } = settings;
  return new Settler({
    publisher: scope.publishing.publisher,
    logger: plan.handler.logger,
    signal: scope.abort,
    holdMs,
    clock: scope.context.clock,
    retryTiers: scope.retryTiers,
    control,
    declareDeadLetterQueue: () => settings.declareDeadLetterQueue(),
    deadLettered: (cause) => deadLetters.added(cause, queue.name),
  });
}

/** Starts to observe each delivery; undefined without an observer. */
function deliveryWatch({ plan, scope, queue, source }: SubscriptionSettings): DeliveryWatch | undefined {
  const { observer, service } = scope.context;
  const handler = plan.handler.name;
  const isOwn = queue.name === plan.queue.queueName;
  const queueTemplate = isOwn ? queueTemplateOf(plan.queue, service, handler) : queue.name;
  const server = () => serverOf(queue.connection);
  return createDeliveryWatch({ observer, handler, queueTemplate, source, server });
}

/** Informs the observer of the run; undefined without one. */
function settlementObserver({ plan, scope }: SubscriptionSettings): RunHooks["observeSettled"] {
  const { observer, service } = scope.context;
  if (!observer?.settled) return undefined;
  const handler = plan.handler.name;
  return (context, outcome) => observer.settled?.({ service, handler, context, outcome });
}

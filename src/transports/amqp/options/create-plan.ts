/** From the options of a handler and of its service to the plan of its subscription. */
import { refuseProblems } from "../../../service/errors.ts";
import type { Handler } from "../../../service/handler.ts";
import { nameProblems, resolveBindings } from "./binding-plan.ts";
import { resolveDeduplication } from "./deduplication-plan.ts";
import { failureProblems, resolveFailures } from "./failure-plan.ts";
import type { PlanningService, SubscriptionPlan } from "./plan.ts";
import { queueProblems, resolveQueue } from "./queue-plan.ts";
import { askEnvelope, parserOptionProblems, resolveReading, splitOptions } from "./reading-plan.ts";
import { resolveRuns, runProblems } from "./run-plan.ts";
import { subscriptionProblems } from "./subscription-options.ts";
import type { AmqpTrigger } from "./trigger.ts";

/** @throws ConfigurationError with everything that is wrong with the options of the handler */
export function createPlan(handler: Handler<AmqpTrigger>, service: PlanningService): SubscriptionPlan {
  const trigger = handler.options;
  const { handling } = service.options;
  const [own, parserOptions] = splitOptions(trigger.options);
  const reading = resolveReading(own, parserOptions, service.envelope);
  refuseProblems(handler.label, [...subscriptionProblems(own), ...parserOptionProblems(reading)]);
  const runs = resolveRuns(own, handling);
  const plan: SubscriptionPlan = {
    handler,
    queue: resolveQueue(own, { service, method: handler.name, pattern: trigger.pattern }),
    bindings: resolveBindings(trigger, own, service.options),
    reading,
    runs,
    deduplication: resolveDeduplication(own, handling),
    failures: resolveFailures(own, service.options, runs),
  };
  refuseProblems(handler.label, problemsTogether(plan, service));
  askEnvelope(reading, handler.label);
  return plan;
}

/** Options that are valid alone but not together. */
function problemsTogether(plan: SubscriptionPlan, service: PlanningService): string[] {
  const { naming, consuming } = service.options;
  const { queue, bindings, runs, failures } = plan;
  const heldSeconds = queue.perInstance ? consuming.consumerTimeoutSeconds / 2 : undefined;
  return [
    ...nameProblems(bindings, queue.queueName, naming),
    ...queueProblems(queue, plan, service),
    ...runProblems(runs, queue.queueType, consuming),
    ...failureProblems(failures, runs, heldSeconds),
  ];
}

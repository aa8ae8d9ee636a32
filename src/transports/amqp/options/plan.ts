/** What one subscription needs, decided before anything connects: one part for each feature, which resolves its part itself. */
import type { Envelope } from "../../../service/envelope.ts";
import type { Handler } from "../../../service/handler.ts";
import type { BindingPlan } from "./binding-plan.ts";
import type { DeduplicationPlan } from "./deduplication-plan.ts";
import type { FailurePlan } from "./failure-plan.ts";
import type { ResolvedAmqpOptions } from "./options.ts";
import type { QueuePlan } from "./queue-plan.ts";
import type { ReadingPlan } from "./reading-plan.ts";
import type { RunPlan } from "./run-plan.ts";
import type { AmqpTrigger } from "./trigger.ts";

/** All that one subscription needs. A feature takes the part that it reads, not the whole. */
export interface SubscriptionPlan {
  readonly handler: Handler<AmqpTrigger>;
  readonly queue: QueuePlan;
  readonly bindings: BindingPlan;
  readonly reading: ReadingPlan;
  readonly runs: RunPlan;
  readonly deduplication: DeduplicationPlan;
  readonly failures: FailurePlan;
}

/** The service whose subscriptions are planned. */
export interface PlanningService {
  readonly name: string;
  readonly uuid: string;
  readonly envelope: Envelope | null;
  readonly options: ResolvedAmqpOptions;
}

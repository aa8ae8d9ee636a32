/** What one subscription is made of. */
import type { AmqpConnection } from "../../../amqp-client/connection.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import type { ContextSource } from "../processing/delivery-context.ts";
import type { DuplicateGuard } from "../processing/duplicates.ts";
import type { HandlerCall } from "../processing/handler-call.ts";
import type { DeadLetterWatch } from "../settlement/dead-letter-watch.ts";
import type { ConsumingScope } from "./consuming-scope.ts";

/** The queue to consume: the plan's, or a previous one. */
export interface QueueToConsume {
  readonly name: string;
  readonly connection: AmqpConnection;
  /** What the broker may hand over: the plan's prefetch, cut to the process's share. */
  readonly prefetch: number;
  /** Messages are in the queue already. */
  readonly backlog: boolean;
}

export interface SubscriptionSettings {
  readonly plan: SubscriptionPlan;
  readonly scope: ConsumingScope;
  readonly queue: QueueToConsume;
  readonly call: HandlerCall;
  /** What the contexts of all its runs share. */
  readonly source: ContextSource;
  readonly duplicates: DuplicateGuard;
  readonly deadLetters: DeadLetterWatch;
  redeclare(): Promise<void>;
  /** False if the service does not declare it. */
  declareDeadLetterQueue(): Promise<boolean>;
}

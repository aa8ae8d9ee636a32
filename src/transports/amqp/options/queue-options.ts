/** Options of a service and a subscription for queues, except their type: additional arguments, and the place of dead letters. */
import type { FieldCheck, FieldChecks } from "../../../util/check-fields.ts";
import { argumentMapProblem, isArgumentMap, type QueueArguments } from "./queue-arguments.ts";

/** A subscription's own word counts before the service's. */
export interface AmqpQueueOptions {
  /**
   * Arguments of your own for the queue, for example `{ "x-max-length": 100000 }`. A subscription's word replaces the service's as a
   * whole. What the framework sets itself, or what would break one of its promises, is refused by name. Fixed when a queue is made.
   * @default {}
   */
  readonly queueArguments?: QueueArguments | undefined;
  /**
   * The queue for failed messages. Subscriptions that name the same queue share it. `"service"` is one queue for the whole service,
   * `<service>.dlq`; any other name gets `queueNamePrefix`, and ends in `.dlq`, which is added where it is missing. It may change
   * at any start, but the broker's own dead letters (delivery limit, expiry) of a queue that exists go where they went before.
   * @default `<queue>.dlq`, a queue for each subscription
   */
  readonly deadLetterQueue?: string | undefined;
}

const deadLetterQueueCheck: FieldCheck = {
  expected: 'the name of a queue, or "service"',
  fits: (value) => typeof value === "string" && value.replace(/\.dlq$/, "") !== "" && !/\p{Cc}/u.test(value),
};

export const queueChecks: FieldChecks = {
  queueArguments: {
    expected: 'an object of arguments such as { "x-max-length": 100000 }',
    fits: isArgumentMap,
    problem: argumentMapProblem,
  },
  deadLetterQueue: deadLetterQueueCheck,
};

/** Options of a service and a subscription for queues, except their type: additional arguments, and the place of dead letters. */
import type { FieldCheck, FieldChecks } from "../../../util/check-fields.ts";
import { argumentMapProblem, isArgumentMap, type QueueArguments } from "./queue-arguments.ts";

/** Options for queues. Those of a subscription override those of the service. */
export interface AmqpQueueOptions {
  /**
   * Additional arguments for the queue, for example `{ "x-max-length": 100000 }`. The option of a subscription replaces that of the service
   * completely. Arguments that the framework sets itself, or that would break its promises, are refused. They are set when the queue is
   * declared and cannot be changed later.
   * @default {}
   */
  readonly queueArguments?: QueueArguments | undefined;
  /**
   * The queue for failed messages. Subscriptions that name the same queue share it. "service": one queue for the whole service,
   * `<service>.dlq`. Any other name gets `queueNamePrefix`, and `.dlq` at the end if it is missing. You can change it at any start, but
   * what the broker itself dead-letters (delivery limit, expiry) from an existing queue still goes to the previous one.
   * @default `<queue>.dlq`, one for each subscription
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

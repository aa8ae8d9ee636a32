/** The copy of a message that is to be handled again. */
import type { Delivery } from "../../../amqp-client/delivery.ts";
import type { OutgoingMessage } from "../../../amqp-client/outgoing-message.ts";
import { type CopyLimits, type DeadLetterCause, failedCopy } from "./dead-letter.ts";

/**
 * The copy for a retry queue, with the failing queue as its routing key. It has the headers of a dead letter, so that it says
 * what happened wherever it ends; only the stack and the reason are left out: the broker may dead-letter this copy, for
 * another reason.
 */
export function retryCopyOf(
  delivery: Delivery,
  cause: DeadLetterCause,
  tier: string,
  limits: CopyLimits,
): OutgoingMessage {
  return failedCopy(delivery, cause, { exchange: tier, routingKey: cause.plan.queue.queueName }, "retry", limits);
}

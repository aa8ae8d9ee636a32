/** The copy of a message that is to be handled again. */
import type { Delivery } from "../../../amqp-client/delivery.ts";
import type { OutgoingMessage } from "../../../amqp-client/outgoing-message.ts";
import { copyOf, type DeadLetterCause, deadLetterHeaderNames } from "../dead-letters/dead-letter.ts";

/**
 * The copy for a tier, with the failing queue as its routing key. It has the headers of a dead letter, so that it tells its
 * story wherever it ends, but the stack, and the reason: who finds one knows that the framework put the message aside, and
 * the broker may do so with this one.
 */
export function retryCopyOf(delivery: Delivery, cause: DeadLetterCause, tier: string): OutgoingMessage {
  const copy = copyOf(delivery, cause, { exchange: tier, routingKey: cause.plan.queueName });
  const headers = copy.properties.headers as Record<string, unknown>;
  delete headers[deadLetterHeaderNames.reason];
  delete headers[deadLetterHeaderNames.errorStack];
  return copy;
}

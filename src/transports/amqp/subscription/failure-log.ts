/** What the log says of a message whose run failed. */
import type { Delivery } from "../../../amqp-client/delivery.ts";
import { clauseOf } from "../../../errors.ts";
import type { Logger } from "../../../log/logger.ts";
import type { FailedOutcome } from "../../../service/outcome.ts";
import { formatDuration } from "../../../util/duration.ts";
import type { SubscriptionPlan } from "../plan.ts";
import { historyOf } from "../retries/retry-history.ts";

/** What becomes of it now, and why. */
export function logFailure(
  logger: Logger,
  { deadLetterQueue }: Pick<SubscriptionPlan, "deadLetterQueue">,
  delivery: Delivery,
  outcome: FailedOutcome,
  returnExchange: string,
): void {
  const fields = fieldsOf(delivery, returnExchange);
  if (outcome.kind === "requeue") {
    logger.debug(fields, "the message goes back to its queue");
    return;
  }
  const { reason, error } = outcome;
  if (outcome.kind === "retry") {
    const text = `a message could not be handled: ${clauseOf(error)}; it is handled again in ${formatDuration(outcome.delayMs)}`;
    logger.warn({ ...fields, reason, err: error }, text);
    return;
  }
  const what = reason === "unreadable" ? "a message could not be read" : "a message could not be handled";
  logger.error({ ...fields, reason, err: error }, `${what}: ${clauseOf(error)}; it goes to "${deadLetterQueue}"`);
}

/** What failed on a channel that is gone is none of ours any more: nothing is copied, and the broker delivers it again. */
export function logVoid(logger: Logger, delivery: Delivery, outcome: FailedOutcome, returnExchange: string): void {
  if (outcome.kind === "requeue") return;
  const { reason, error } = outcome;
  const text = `a run failed: ${clauseOf(error)}; its channel was lost meanwhile, so the message comes again`;
  logger.warn({ ...fieldsOf(delivery, returnExchange), reason, err: error }, text);
}

/** The key the message was published with, also where a retry or a replay brought it. */
function fieldsOf(
  delivery: Delivery,
  returnExchange: string,
): { readonly routingKey: string; readonly messageId: unknown } {
  const { routingKey } = historyOf(delivery, returnExchange);
  return { routingKey, messageId: delivery.properties.messageId };
}

/**
 * Names that earlier versions, Python tomodachi or other libraries use for an option. Each is refused, and the error says the right name.
 */
import { type FieldChecks, otherNameOf } from "../../../util/check-fields.ts";

/** For options of services and subscriptions. */
export const otherHandlingNames: FieldChecks = {
  pauseAfter: otherNameOf("circuitBreaker"),
};

/** For options of subscriptions only. */
export const otherSubscriptionNames: FieldChecks = {
  orderBy: otherNameOf("orderingKey"),
  formerly: otherNameOf("previousQueueNames"),
  formerPatterns: otherNameOf("previousPatterns"),
};

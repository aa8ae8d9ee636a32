/** Names that earlier versions, Python tomodachi or other libraries have for an option. Each is refused, and the error names the option. */
import { type FieldChecks, otherNameOf } from "../../../util/check-fields.ts";

/** For options that a service and a subscription may both say. */
export const otherHandlingNames: FieldChecks = {
  pauseAfter: otherNameOf("circuitBreaker"),
};

/** For options that only a subscription may say. */
export const otherSubscriptionNames: FieldChecks = {
  orderBy: otherNameOf("orderingKey"),
  formerly: otherNameOf("previousQueueNames"),
  formerPatterns: otherNameOf("previousPatterns"),
};

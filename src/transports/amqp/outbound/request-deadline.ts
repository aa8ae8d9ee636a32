/** The deadline of a request: everything that waits for something has until then, together. */
import { AmqpRequestError } from "../../../amqp-client/errors.ts";
import type { Clock } from "../../../util/clock.ts";
import { isPromise } from "../../../util/is-promise.ts";
import { within } from "../../../util/within.ts";
import type { Question } from "./request-options.ts";

/** How far a request is. */
export type RequestState = "it was not sent" | "its reply came";

/** An envelope or a schema that waits for something has the time of the request. */
export function inTime<T>(
  coming: T | Promise<T>,
  { routingKey, timeoutMs, deadline }: Question,
  state: RequestState,
  clock: Clock,
): T | Promise<T> {
  if (!isPromise(coming)) return coming;
  return within(coming, Math.max(0, deadline - clock.now()), clock, () => {
    const text = `The request "${routingKey}" did not finish within timeoutSeconds (${timeoutMs / 1000}): ${state}, and its async envelope or schema did not finish. Do not wait for other systems in them.`;
    return new AmqpRequestError("ERR_AMQP_REQUEST_TIMEOUT", text);
  });
}

/** Delivery to data: the body is read by the envelope, then checked by the schema. */
import type { Clock } from "../../../util/clock.ts";
import { isPromise } from "../../../util/is-promise.ts";
import { createBodyReader, type DeliveryReader, type Incoming, type ReadableDelivery } from "../contracts/read-body.ts";
import { ReadLimit } from "../contracts/read-limit.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import { createDataCheck, type DataCheck } from "./data-check.ts";

/** Decides once, at start, how the deliveries of a subscription are read. Reading that waits for something has a deadline. */
export function createDeliveryReader(
  plan: Pick<SubscriptionPlan, "reading" | "runs" | "handler">,
  clock: Clock,
): DeliveryReader {
  const limit = new ReadLimit(plan.handler.label, plan.runs.timeoutSeconds, clock);
  const read = refuseUnreadable(createBodyReader(plan.reading, limit));
  const check = createDataCheck(plan);
  return check ? createCheckedReader(read, check, limit) : read;
}

/** A message whose headers cannot be read is not handled: its meaning may depend on them. */
function refuseUnreadable(read: DeliveryReader): DeliveryReader {
  return (delivery) => {
    const { unreadable } = delivery;
    if (unreadable !== undefined) throw unreadable;
    return read(delivery);
  };
}

function createCheckedReader(read: DeliveryReader, check: DataCheck, limit: ReadLimit): DeliveryReader {
  const checked = (incoming: Incoming, { headers }: ReadableDelivery): Incoming | Promise<Incoming> => {
    const data = check(incoming.data, headers);
    if (!isPromise(data)) return withData(incoming, data);
    return limit.forData(data).then((output) => withData(incoming, output));
  };
  return (delivery) => {
    const incoming = read(delivery);
    return isPromise(incoming) ? incoming.then((one) => checked(one, delivery)) : checked(incoming, delivery);
  };
}

function withData({ message, messageUuid }: Incoming, data: unknown): Incoming {
  return { message, data, messageUuid };
}

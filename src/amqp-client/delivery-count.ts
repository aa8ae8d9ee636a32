/** How often a quorum queue has delivered a message before, as far as its count can be distinguished from the sender's. */

/**
 * The count of `x-delivery-count`; 0 if the header is missing. Trust it only on a redelivery.
 *
 * RabbitMQ 4.3 writes its count only when it is above 0, and `basic.nack` with requeue does not raise it. So a redelivery may still
 * have the value that the sender wrote. But each redelivery then has `x-acquired-count`, and a true count is never above that
 * (tried on 4.3.6). Older releases write the count on each redelivery and know no `x-acquired-count`.
 */
export function deliveryCountOf(headers: Readonly<Record<string, unknown>>): number {
  const count = headers["x-delivery-count"];
  if (typeof count !== "number") return 0;
  const acquired = headers["x-acquired-count"];
  return typeof acquired === "number" && acquired >= 1 && count > acquired ? 0 : count;
}

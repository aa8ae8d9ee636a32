/** The option `orderingKey`: which messages of a queue are handled one after another. */

import { AmqpError } from "../../../amqp-client/errors.ts";
import { messageOf } from "../../../errors.ts";
import type { AmqpContext } from "../contracts/message-context.ts";

/** Messages with the same ordering key are handled one after another. */
export type OrderingKey = string | number | bigint;

/**
 * Returns the ordering key of a message, or undefined or null for a message that needs no order. It is called for each delivery, in the
 * order of the queue, and must be quick and not asynchronous. If it throws, the message is dead-lettered as unreadable.
 */
export type OrderingKeyFunction = {
  // The parameters of a method may be narrower than these, so that `(order: Order) => order.customer` fits.
  by(data: unknown, context: AmqpContext): OrderingKey | null | undefined;
}["by"];

/** The same, if a schema or a contract says what the data is: then the function must accept it. */
export type OrderingKeyFunctionFor<Data, Params> = [Data] extends [never]
  ? OrderingKeyFunction
  : (data: Data, context: AmqpContext<unknown, Params>) => OrderingKey | null | undefined;

/** Calls `orderingKey` and throws one error for any invalid key. */
export function orderingKeyOf(
  orderingKey: OrderingKeyFunction,
  data: unknown,
  context: AmqpContext,
  label: string,
): OrderingKey | undefined {
  let key: unknown;
  try {
    key = orderingKey(data, context);
  } catch (error) {
    throw new AmqpError("ERR_AMQP_ORDERING_KEY", `${label}: orderingKey threw: ${messageOf(error)}`, { cause: error });
  }
  if (key === undefined || key === null) return undefined;
  if (typeof key === "string" || typeof key === "bigint" || (typeof key === "number" && !Number.isNaN(key))) return key;
  // It is not awaited, and an unhandled rejection would end the process.
  if (key instanceof Promise) key.catch(() => {});
  const given = key instanceof Promise ? "a promise" : Number.isNaN(key) ? "NaN" : `a value of type ${typeof key}`;
  throw new AmqpError(
    "ERR_AMQP_ORDERING_KEY",
    `${label}: orderingKey must return a string, a number or undefined, but returned ${given}. Return the same value for messages that must stay in order, as in (order) => order.customerId.`,
  );
}

/** Options that cannot be used with `orderingKey`, because a message that waits elsewhere is overtaken. */
export function orderingKeyProblems(
  orderingKey: OrderingKeyFunction | undefined,
  retry: { readonly delaysMs: readonly number[] } | undefined,
): string[] {
  if (!orderingKey || (retry?.delaysMs.length ?? 0) === 0) return [];
  return [
    "options.orderingKey cannot be used with retry.delays: while a message waits in a retry queue, later messages of its key would be handled. Use quick retries (retry: { quick }), after which the message is dead-lettered, or leave out orderingKey.",
  ];
}

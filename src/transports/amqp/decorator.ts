/** @amqp: subscribes a method. A handler that does not fit its options does not compile. */
import { createDecorator } from "../../service/decorator.ts";
import type { Envelope, OptionsOf } from "../../service/envelope.ts";
import { ConfigurationError } from "../../service/errors.ts";
import type { StandardSchema } from "../../service/standard-schema.ts";
import { type EventContract, isEventContract } from "./contracts/event.ts";
import { isRequestContract, type RequestContract } from "./contracts/request.ts";
import type { Absent, DecoratorFor, EnvelopeNamed, Inherit, OneByOne, OptionsFor } from "./decorator-types.ts";
import type { BatchOptions } from "./options/batch-options.ts";
import { triggerOfContract } from "./options/contract-trigger.ts";
import { refuseUndefinedEnvelope } from "./options/given-envelope.ts";
import type { AmqpTrigger } from "./options/trigger.ts";
import { amqpTransport } from "./transport.ts";

/**
 * Calls the method for each message whose routing key matches the pattern: `*` is one word, `#` any number of words. Instead of a pattern
 * you can pass a contract of `event()` or of `request()`. With a request contract the result of the method is the reply. Options that
 * `@amqp` does not know are passed to the envelope. Wrong options stop the start.
 *
 * @example
 * ```ts
 * @amqp("order.*.paid", { queueName: "orders-paid", prefetch: 50 })
 * async onPaid(order: Order, { routingKey, logger }: AmqpContext) {}
 * ```
 */
export function amqp<
  Key extends string | EventContract | RequestContract,
  Schema extends StandardSchema | Absent | undefined = Absent,
  E extends Envelope | null | Inherit = Inherit,
  Batch extends BatchOptions | OneByOne | undefined = OneByOne,
  Told = Absent,
>(
  routingKey: Key,
  ...[options]: Record<string, never> extends OptionsOf<EnvelopeNamed<Key, E>>
    ? [options?: OptionsFor<Key, Schema, E, Batch, Told> | undefined]
    : [options: OptionsFor<Key, Schema, E, Batch, Told>]
): DecoratorFor<Key, Schema, E, Batch, Told> {
  const what: string | EventContract | RequestContract = routingKey;
  const isText = typeof what === "string";
  if (!isText && !isEventContract(what) && !isRequestContract(what)) {
    throw new ConfigurationError(
      `@amqp needs a routing key that is a string, as in @amqp("order.paid"), or a contract from event() or request(), but got ${String(what)}.`,
    );
  }
  const label = isText ? `@amqp(${JSON.stringify(what)})` : `@amqp(${what.kind}("${what.routingKey}"))`;
  const given: unknown = options;
  if (given !== undefined && (typeof given !== "object" || given === null)) {
    throw new ConfigurationError(`The options of ${label} must be an object, not ${String(given)}.`);
  }
  refuseUndefinedEnvelope(label, given);
  const plain = { ...given } as AmqpTrigger["options"];
  const own = isText ? { pattern: what, options: plain } : triggerOfContract(what, plain, label);
  return createDecorator(amqpTransport, own, label) as unknown as DecoratorFor<Key, Schema, E, Batch, Told>;
}

/** Steps of a service at all its brokers together: the start, and the health. */
import { AmqpError } from "../../amqp-client/errors.ts";
import { isInstance, messageOf } from "../../errors.ts";
import type { TransportHealth } from "../../service/health.ts";
import type { BrokerTransport } from "./broker-transport.ts";
import { mergeHealth } from "./consuming/health.ts";

/** Nothing is declared on any broker before all of them have what other tools declare there. */
export async function startAll(brokers: readonly BrokerTransport[], signal: AbortSignal): Promise<void> {
  await Promise.all(brokers.map((broker) => broker.open(signal)));
  await allTogether(brokers.map((broker) => broker.check(signal)));
  await allTogether(brokers.map((broker) => broker.start(signal)));
}

export function healthOfAll(brokers: readonly BrokerTransport[]): TransportHealth {
  return mergeHealth(brokers.map((broker) => broker.health()));
}

/**
 * Waits for all of them.
 * @throws the error of the only one that failed; of several an AmqpError with the code of the first, and the messages of all
 */
export async function allTogether(steps: readonly Promise<void>[]): Promise<void> {
  const ended = await Promise.allSettled(steps);
  const errors: unknown[] = ended.flatMap((step) => (step.status === "rejected" ? [step.reason] : []));
  if (errors.length === 0) return;
  const [first] = errors;
  const messages = [...new Set(errors.map(messageOf))];
  if (messages.length === 1 || !isInstance(first, AmqpError)) throw first;
  throw new AmqpError(first.code, messages.join("\n"), { cause: new AggregateError(errors, "several brokers") });
}

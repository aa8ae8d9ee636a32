/** What `tomodachi tail` prints before the first message, and its error if it has no pattern. */
import { describeEndpoint } from "../../amqp-client/options.ts";
import type { TailPlan } from "../../messages/index.ts";
import { UsageError } from "../common/errors.ts";

export function waitingLine({ connection }: TailPlan): string {
  return `Connecting to ${describeEndpoint(connection)} ...`;
}

/** Services without handlers have no patterns, so there would be nothing to show. */
export function refuseNothing({ bindings }: TailPlan, connection: string | undefined): void {
  if (bindings.length > 0) return;
  const where = connection === undefined ? "" : ` on the connection "${connection}"`;
  throw new UsageError(
    `These services have no AMQP handlers${where}, so there is no pattern to listen to. Name one: \`tomodachi tail 'order.#'\`.`,
  );
}

export function openingLines({ connection, bindings }: TailPlan, broker: string): readonly string[] {
  const listened = bindings.map(({ exchange, routingKey }) => `  ${exchange} --[${routingKey}]-->`);
  return [`Listening on ${describeEndpoint(connection)} (${broker}). Ctrl+C ends it.`, ...listened];
}

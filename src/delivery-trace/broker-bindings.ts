/** What an exchange does with a key, by the bindings that the broker has: RabbitMQ's management API shows them. */
import type { ManagementApi } from "../doctor/management-api.ts";
import { isList, memberOf, messageOf, textMemberOf } from "../errors.ts";
import { matchKey } from "./match-key.ts";
import type { RoutedMessage } from "./route-key.ts";
import type { Destination } from "./trace.ts";

export type Destinations =
  | { readonly kind: "seen"; readonly destinations: readonly Destination[] }
  | { readonly kind: "unseen"; readonly why: string };

/** Each destination once. Bindings of a headers exchange may all match. */
export async function destinationsOf(
  { exchange, onTheWire }: RoutedMessage,
  management: ManagementApi,
  vhost: string,
): Promise<Destinations> {
  // The default exchange leads to the queue that the key names, and its bindings are not listed as such.
  if (exchange === "") return { kind: "unseen", why: "the default exchange has no bindings of its own" };
  try {
    const { status, body } = await management.get("exchanges", vhost, exchange);
    const type = textMemberOf(body, "type");
    if (status !== 200 || type === undefined) return unseen(management, status);
    const bindings = await management.get("exchanges", vhost, exchange, "bindings", "source");
    if (bindings.status !== 200 || !isList(bindings.body)) return unseen(management, bindings.status);
    const found = new Map<string, Destination>();
    for (const binding of bindings.body) {
      const pattern = textMemberOf(binding, "routing_key") ?? "";
      const name = textMemberOf(binding, "destination") ?? "";
      const kind = memberOf(binding, "destination_type") === "exchange" ? "exchange" : "queue";
      const isFirst = !found.has(`${kind} ${name}`);
      if (isFirst && matchKey(type, pattern, onTheWire).matches !== false) {
        found.set(`${kind} ${name}`, { kind, name, pattern });
      }
    }
    return { kind: "seen", destinations: [...found.values()] };
  } catch (error) {
    return { kind: "unseen", why: messageOf(error) };
  }
}

function unseen({ url }: ManagementApi, status: number): Destinations {
  return { kind: "unseen", why: `${url} answers ${status}` };
}

/** Why the handler of the publish form would not receive a message with the typed key. */
import { matchKey } from "../../delivery-trace/match-key.ts";
import type { SubscriptionView } from "../view/plan-view.ts";

type Binding = Pick<SubscriptionView, "service" | "handler" | "patterns" | "exchangeType" | "keyTemplate">;

/** One sentence; undefined if the key matches, if that is not known, or if the key is made from the contract of the handler. */
export function keyMismatch(
  { service, handler, patterns, exchangeType, keyTemplate }: Binding,
  key: string,
): string | undefined {
  if (keyTemplate !== undefined) return undefined;
  const matches = patterns.map((pattern) => matchKey(exchangeType, pattern, key));
  if (matches.length === 0 || matches.some(({ matches: fits }) => fits !== false)) return undefined;
  return `${service}.${handler} does not receive this key: ${matches.map(({ why }) => why).join("; ")}.`;
}

/** Duplicates: the id of a message, and how that id is claimed for its run. */
import type { Delivery } from "../../../amqp-client/delivery.ts";
import { isPromise } from "../../../util/is-promise.ts";
import type { Incoming } from "../contracts/read-body.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import type { ContextSource } from "./delivery-context.ts";
import { type Claimed, type DuplicateGuard, identityOf } from "./duplicates.ts";
import { replayOf } from "./retry-history.ts";

export interface ClaimsSettings {
  readonly plan: SubscriptionPlan;
  readonly source: Pick<ContextSource, "returnExchange">;
  readonly duplicates: DuplicateGuard;
}

/** What identifies a message; undefined if it has no id, or duplicates are not recognised. */
export function idOf(
  { plan, source }: ClaimsSettings,
  { messageUuid }: Incoming,
  delivery: Delivery,
): string | undefined {
  const { deduplicate } = plan.deduplication;
  if (deduplicate === false) return undefined;
  const own = deduplicate === "messageId" ? delivery.properties.messageId : undefined;
  // An id from the application is preferred to the id of the envelope, which is new at each publish.
  const id = own || messageUuid;
  return id === undefined ? undefined : identityOf(id, replayOf(delivery, source.returnExchange));
}

/** Claims the id, after waiting for another copy of it that runs. */
export function claim(duplicates: DuplicateGuard, id: string): Claimed | Promise<Claimed> {
  const claiming = duplicates.claim(id);
  return isPromise(claiming) ? claiming.then((claimed) => claimed ?? claim(duplicates, id)) : claiming;
}

/** Never rejects. */
export async function giveUp(duplicates: DuplicateGuard, id: string): Promise<void> {
  try {
    await duplicates.release(id, false);
  } catch {
    // It is the user's store; its claim expires automatically.
  }
}

/** How a subscription recognises a message that was handled before. */
import type { AmqpHandlingOptions } from "./handling-options.ts";
import type { AmqpOptions } from "./subscription-options.ts";
import { type ResolvedWindow, resolveWindow } from "./window.ts";

/** How a message is recognised that was handled before. */
export interface DeduplicationPlan {
  readonly deduplicate: boolean | "messageId";
  /** What this process remembers about handled messages. */
  readonly deduplicationWindow: ResolvedWindow;
}

export function resolveDeduplication(own: AmqpOptions, defaults: AmqpHandlingOptions): DeduplicationPlan {
  return {
    deduplicate: own.deduplicate ?? defaults.deduplicate ?? true,
    deduplicationWindow: resolveWindow(own.deduplicationWindow ?? defaults.deduplicationWindow),
  };
}

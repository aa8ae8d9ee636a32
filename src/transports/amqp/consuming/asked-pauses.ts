/**
 * The paused handlers of a transport. A consumer may begin after its handler was paused: before the start of the service, or for a
 * previous queue. It asks here.
 */
import type { ConsumedQueue } from "./consumed-queue.ts";

export class AskedPauses {
  readonly #reasons = new Map<string, string>();

  /** Undefined while the handler is not paused. */
  reasonOf(handler: string): string | undefined {
    return this.#reasons.get(handler);
  }

  /** Resolves when nothing of the handler runs. */
  async pause(handler: string, reason: string, consumed: readonly ConsumedQueue[]): Promise<void> {
    this.#reasons.set(handler, reason);
    await Promise.all(consumed.filter((one) => one.handler === handler).map((one) => one.pause(reason)));
  }

  resume(handler: string, consumed: readonly ConsumedQueue[]): void {
    this.#reasons.delete(handler);
    for (const one of consumed) if (one.handler === handler) one.resume();
  }
}

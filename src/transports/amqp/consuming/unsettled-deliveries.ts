/** The deliveries of one subscription that run, each from the beginning of its first run until it is settled. */
import { type Placed, Roster } from "../../../util/roster.ts";
import type { Work } from "../processing/process-delivery.ts";

export interface UnsettledDelivery extends Work, Placed {
  /** An observer is notified of its end. */
  told: boolean;
}

export class UnsettledDeliveries {
  readonly #deliveries = new Roster<UnsettledDelivery>();
  #none: (() => void) | undefined;

  add(unsettled: UnsettledDelivery): void {
    this.#deliveries.add(unsettled);
  }

  delete(unsettled: UnsettledDelivery): void {
    this.#deliveries.delete(unsettled);
    if (this.#deliveries.size > 0 || !this.#none) return;
    const none = this.#none;
    this.#none = undefined;
    none();
  }

  /** All current ones; they may leave during the iteration. */
  all(): readonly UnsettledDelivery[] {
    return this.#deliveries.all();
  }

  /** Resolves when no delivery is unsettled. */
  settled(): Promise<void> {
    if (this.#deliveries.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const before = this.#none;
      this.#none = () => {
        before?.();
        resolve();
      };
    });
  }
}

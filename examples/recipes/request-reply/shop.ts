import { AmqpRemoteError, amqpRequest, type ServiceInstance } from "tomodachi";
import { priceGet } from "./contract.ts";

export interface Price {
  readonly cents: number;
  /** True if the price service did not answer: then this is the last known price. */
  readonly isOld: boolean;
}

/** Prices for the pages of a shop: the last known price is better than none. */
export class PriceList {
  readonly #service: ServiceInstance;
  readonly #last = new Map<string, number>();

  constructor(service: ServiceInstance) {
    this.#service = service;
  }

  /** Returns undefined if there is no such article. */
  async price(article: string): Promise<Price | undefined> {
    try {
      const { cents } = await amqpRequest(
        this.#service,
        priceGet,
        { article },
        { timeoutSeconds: 2, idempotent: true },
      );
      this.#last.set(article, cents);
      return { cents, isOld: false };
    } catch (error) {
      if (error instanceof AmqpRemoteError && error.remote.code === "NO_SUCH_ARTICLE") return undefined;
      const last = this.#last.get(article);
      if (last === undefined) throw error;
      return { cents: last, isOld: true };
    }
  }
}

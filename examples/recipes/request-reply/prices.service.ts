import { amqp, type RequestData, Service } from "tomodachi";
import { priceGet } from "./contract.ts";

/** The error code reaches the caller, so that it can tell this case from a failure. */
class NoSuchArticle extends Error {
  readonly code = "NO_SUCH_ARTICLE";
}

const prices: Readonly<Record<string, number>> = { bread: 250 };

export class Prices extends Service {
  name = "recipe-prices";

  @amqp(priceGet, { timeoutSeconds: 2 })
  async onPriceGet({ article }: RequestData<typeof priceGet>) {
    const cents = prices[article];
    if (cents === undefined) throw new NoSuchArticle(`there is no ${article}`);
    return { cents };
  }
}

import { amqp, Service } from "tomodachi";
import { priceGet } from "./contract.ts";

const cents: Readonly<Record<string, number>> = { bread: 250 };

/** Answers requests. What the handler returns or throws is the reply. */
export class Prices extends Service {
  name = "requests-prices";

  @amqp(priceGet)
  async onPriceGet(article: unknown) {
    const price = cents[String(article)];
    if (price === undefined) throw new RangeError(`there is no ${article}`);
    return price;
  }
}

import { amqp, Service } from "tomodachi";
import { priceGet } from "./contract.ts";

const cents: Readonly<Record<string, number>> = { bread: 250 };

/** Answers: what the handler returns is the reply, what it throws as well. */
export class Prices extends Service {
  name = "requests-prices";

  @amqp(priceGet)
  async onPriceGet(article: unknown) {
    const price = cents[String(article)];
    if (price === undefined) throw new RangeError(`there is no ${article}`);
    return price;
  }
}

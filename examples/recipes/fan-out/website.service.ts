import { amqp, type ContextOf, type EventData, Service } from "tomodachi";
import { priceChanged } from "./events.ts";

export class Website extends Service {
  name = "recipe-website";
  readonly #prices = new Map<string, number>();

  // Each instance has its own queue: all of them update the prices in their memory.
  @amqp(priceChanged, { competing: false })
  async refresh({ cents }: EventData<typeof priceChanged>, { params, logger }: ContextOf<typeof priceChanged>) {
    this.#prices.set(params.article, cents);
    logger.info(`this instance shows ${params.article} for ${cents}`);
  }

  // An instance that starts now has missed the events before: it loads the prices first, and then hears of changes.
  override async startService() {
    this.#prices.set("bread", 250);
  }
}

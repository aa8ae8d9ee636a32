import { amqp, type ContextOf, type EventData, Service } from "tomodachi";
import { priceChanged } from "./events.ts";

export class Website extends Service {
  name = "recipe-website";
  readonly #prices = new Map<string, number>();

  // Each instance has its own queue, so every instance updates the prices in its memory.
  @amqp(priceChanged, { competing: false })
  async refresh({ cents }: EventData<typeof priceChanged>, { params, logger }: ContextOf<typeof priceChanged>) {
    this.#prices.set(params.article, cents);
    logger.info(`this instance shows ${params.article} for ${cents}`);
  }

  // A new instance has missed the earlier events. It first loads the prices, and then receives the changes.
  override async startService() {
    this.#prices.set("bread", 250);
  }
}

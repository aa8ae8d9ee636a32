import { amqp, type ContextOf, type EventData, Service } from "tomodachi";
import { priceChanged } from "./events.ts";

export class Search extends Service {
  name = "recipe-search";

  // All instances share one queue, so one of them updates the index.
  @amqp(priceChanged)
  async index({ cents }: EventData<typeof priceChanged>, { params, logger }: ContextOf<typeof priceChanged>) {
    logger.info(`the index has ${params.article} for ${cents}`);
  }
}

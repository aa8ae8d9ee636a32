import { amqp, amqpPublish, Service } from "tomodachi";
import { priceChanged } from "./events.ts";

export class Catalog extends Service {
  name = "recipe-catalog";

  @amqp("catalog.set-price")
  async setPrice(line: string) {
    const [article = "", cents] = line.split(" ");
    await amqpPublish(this, priceChanged, { cents: Number(cents) }, { params: { article } });
  }
}

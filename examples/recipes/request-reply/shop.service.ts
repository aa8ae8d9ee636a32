import { defineOptions, type HttpRequest, http, Service } from "tomodachi";
import { PriceList } from "./shop.ts";

export class Shop extends Service {
  name = "recipe-shop";
  override options = defineOptions({ http: { port: 8080, host: "127.0.0.1" } });
  readonly #prices = new PriceList(this);

  @http("GET", "/prices/:article")
  async price({ params }: HttpRequest<{ params: { article: string } }>) {
    return (await this.#prices.price(params.article)) ?? [404, { error: `there is no ${params.article}` }];
  }
}

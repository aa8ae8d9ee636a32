import { AmqpRemoteError, amqpRequest, Service } from "tomodachi";
import { priceGet } from "./contract.ts";

/** Sends requests. */
export class Shop extends Service {
  name = "requests-shop";

  override async startedService() {
    const price = await amqpRequest(this, priceGet, "bread");
    this.logger.info(`bread costs ${price} cents`);
    try {
      await amqpRequest(this, priceGet, "gold", { timeoutSeconds: 5 });
    } catch (error) {
      if (error instanceof AmqpRemoteError) this.logger.info(`${error.remote.name}: ${error.remote.message}`);
    }
  }
}

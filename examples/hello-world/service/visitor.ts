import { amqpPublish, Service } from "tomodachi";

const names = ["friend", "Akira", "Björn", "Chidi", "Dolores"];

/** A visitor arrives every second, so that you see messages. */
export class Visitor extends Service {
  name = "visitor";
  #visits = 0;
  #timer: NodeJS.Timeout | undefined;

  override async startedService() {
    await this.#visit();
    this.#timer = setInterval(() => void this.#visit(), 1000);
  }

  override stoppingService() {
    clearInterval(this.#timer);
  }

  async #visit() {
    const name = names[this.#visits++ % names.length];
    this.logger.info(`${name} comes by`);
    await amqpPublish(this, name, { routingKey: "example.topic", wait: false });
  }
}

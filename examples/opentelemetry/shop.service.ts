import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { amqpPublish, JsonBase, Service } from "tomodachi";
import { orderPlaced } from "./contract.ts";

/** Takes an order by `POST /orders/<id>` and tells everyone who wants to know. */
export class Shop extends Service {
  name = "opentelemetry-shop";
  override messageEnvelope = JsonBase;
  #server: Server | undefined;

  override async startedService() {
    const server = createServer((request, response) => {
      const id = request.url?.split("/").at(-1) ?? "";
      amqpPublish(this, orderPlaced, { total: 12.5 }, { params: { id } }).then(
        () => response.writeHead(202).end(`order ${id} is placed\n`),
        (error: unknown) => response.writeHead(503).end(`${String(error)}\n`),
      );
    });
    this.#server = server;
    await new Promise<void>((resolve) => {
      server.listen(Number(process.env["PORT"] ?? 8080), "127.0.0.1", resolve);
    });
    this.logger.info(`open on port ${(server.address() as AddressInfo).port}`);
  }

  override stopService() {
    this.#server?.close();
    this.#server?.closeAllConnections();
  }
}

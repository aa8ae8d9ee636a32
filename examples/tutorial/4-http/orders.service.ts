import { randomUUID } from "node:crypto";
import {
  amqp,
  amqpPublish,
  amqpRequest,
  type ContextOf,
  defineOptions,
  type EventData,
  type HttpRequest,
  type HttpRequestOf,
  http,
  Service,
} from "tomodachi";
import { z } from "zod";
import { orderPlaced, orderShipped, shippingCost } from "./events.ts";

const placeOrder = http("POST", "/orders", { schema: { body: z.object({ total: z.number().positive() }) } });

export class Orders extends Service {
  name = "shop-orders";
  override options = defineOptions({ http: { port: 8080, host: "127.0.0.1" } });
  readonly #states = new Map<string, string>();

  @placeOrder
  async place({ body }: HttpRequestOf<typeof placeOrder>) {
    const id = randomUUID();
    this.#states.set(id, "placed");
    // Resolves when the broker has the message. Only then does the client learn that the order is accepted.
    await amqpPublish(this, orderPlaced, { total: body.total }, { params: { id }, mandatory: true });
    return [202, { id }];
  }

  @http("GET", "/orders/:id")
  async state({ params }: HttpRequest<{ params: { id: string } }>) {
    return { id: params.id, state: this.#states.get(params.id) ?? "unknown" };
  }

  @http("GET", "/shipping/:country")
  async cost({ params }: HttpRequest<{ params: { country: string } }>) {
    return amqpRequest(this, shippingCost, { country: params.country }, { timeoutSeconds: 2 });
  }

  @amqp(orderShipped)
  async onShipped({ parcels }: EventData<typeof orderShipped>, { params, logger }: ContextOf<typeof orderShipped>) {
    this.#states.set(params.id, "shipped");
    logger.info(`order ${params.id} was shipped in ${parcels} parcels`);
  }
}

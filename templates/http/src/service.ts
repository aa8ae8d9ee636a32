import {
  amqp,
  amqpPublish,
  defineOptions,
  HttpError,
  type HttpRequest,
  type HttpRequestOf,
  http,
  JsonBase,
  Service,
} from "tomodachi";
import { z } from "zod";

const Order = z.object({ id: z.string().min(1), total: z.number() });
const placeOrder = http("POST", "/orders", { schema: { body: Order } });

export class TemplateService extends Service {
  name = "template-service";
  override messageEnvelope = JsonBase;
  override options = defineOptions({ http: { port: 8080 } });
  readonly #orders = new Map<string, z.infer<typeof Order>>();

  @placeOrder
  async place({ body }: HttpRequestOf<typeof placeOrder>) {
    await amqpPublish(this, body, { routingKey: "order.placed" });
    return [202, { placed: body.id }];
  }

  @http("GET", "/orders/:id")
  async order({ params }: HttpRequest<{ params: { id: string } }>) {
    const order = this.#orders.get(params.id);
    if (!order) throw new HttpError(404, `There is no order ${params.id}.`);
    return order;
  }

  @amqp("order.placed", { schema: Order })
  async onPlaced(order: z.infer<typeof Order>) {
    this.#orders.set(order.id, order);
  }
}

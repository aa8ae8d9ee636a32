// Receives webhooks and answers 202 only when the broker has the message. `tomodachi run examples/webhook/app.ts`.
import { createHmac, timingSafeEqual } from "node:crypto";
import {
  amqp,
  amqpPublish,
  defineOptions,
  type HttpContext,
  HttpError,
  type HttpRequest,
  http,
  JsonBase,
  Service,
} from "tomodachi";
import { z } from "zod";

const Payment = z.object({ id: z.string().min(1), type: z.enum(["paid", "refused"]), amount: z.number() });

export class Webhooks extends Service {
  name = "webhooks";
  override messageEnvelope = JsonBase;
  override options = defineOptions({ http: { port: 8090, host: "127.0.0.1" } });
  readonly #secret = process.env["WEBHOOK_SECRET"] ?? "only for this example";

  // The signature is made from the exact bytes, so it is checked before the body is parsed.
  @http("POST", "/webhooks/payments", { rawBody: true, bodyLimit: "64KB" })
  async receive({ body, headers }: HttpRequest<{ body: Buffer }>, { logger }: HttpContext) {
    if (!this.#isSigned(body, headers["x-signature"])) throw new HttpError(401, "The signature does not fit.");
    const payment = Payment.safeParse(jsonOf(body));
    if (!payment.success) throw new HttpError(400, "This is no payment.");
    const { id, type } = payment.data;
    // Resolves when the message is in a queue. Otherwise it throws: the sender gets 500 and sends the webhook again.
    await amqpPublish(this, payment.data, { routingKey: `payment.${type}`, messageId: id, mandatory: true });
    logger.info(`payment ${id} is with the broker`);
    return [202, { accepted: id }];
  }

  // A sender that got no answer sends the webhook again. The id shows that it is the same one.
  @amqp("payment.paid", { queueName: "webhooks-paid", deduplicate: "messageId" })
  async onPaid({ id, amount }: z.infer<typeof Payment>) {
    this.logger.info(`payment ${id} over ${amount} is booked`);
  }

  @amqp("payment.refused", { queueName: "webhooks-refused", deduplicate: "messageId" })
  async onRefused({ id }: z.infer<typeof Payment>) {
    this.logger.info(`payment ${id} was refused`);
  }

  #isSigned(body: Buffer, signature: unknown): boolean {
    const expected = createHmac("sha256", this.#secret).update(body).digest();
    const given = Buffer.from(typeof signature === "string" ? signature : "", "hex");
    return given.length === expected.length && timingSafeEqual(given, expected);
  }
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

import { type AmqpContext, amqp, amqpPublish, defineOptions, JsonBase, RetryLater, Service } from "tomodachi";

interface Payment {
  readonly id: string;
  readonly amount: number;
}

/** A bank that fails twice, is busy once, and then takes the money. */
const answers = ["out of order", "out of order", "busy", "paid"];

export class Payments extends Service {
  name = "retries-payments";
  override messageEnvelope = JsonBase;
  override options = defineOptions({
    // The first retry comes at once, the second after 1 s, the others after 2 s; five runs in all. Then the message is
    // dead-lettered.
    amqp: { retry: { quick: 1, delays: ["1s", "2s"], attempts: 5, when: (error) => !(error instanceof RangeError) } },
  });

  override async startedService() {
    await amqpPublish(this, { id: "1", amount: 10 }, { routingKey: "payment.wanted" });
    await amqpPublish(this, { id: "2", amount: -5 }, { routingKey: "payment.wanted" });
  }

  @amqp("payment.wanted")
  async pay({ id, amount }: Payment, { attempt, logger }: AmqpContext) {
    if (amount < 0) throw new RangeError(`payment ${id}: ${amount} is no amount`);
    const answer = answers[attempt - 1];
    if (answer === "busy") throw new RetryLater("1s", "the bank is busy");
    if (answer !== "paid") throw new Error(`the bank is ${answer}`);
    logger.info(`payment ${id} over ${amount} went through at attempt ${attempt}`);
  }
}

import { amqp, amqpPublish, type ContextOf, Service } from "tomodachi";
import { LetterEnvelope } from "./envelope.ts";

export class PostOffice extends Service {
  name = "post-office";
  override messageEnvelope = LetterEnvelope;

  override async startedService() {
    await amqpPublish(this, { text: "see you on Sunday" }, { routingKey: "letter.sent" });
  }

  @amqp("letter.sent", { messageEnvelope: LetterEnvelope, sender: "post-office" })
  async deliver(letter: { readonly text: string }, { message, logger }: ContextOf<typeof LetterEnvelope>) {
    logger.info(`${message.from} writes: ${letter.text}`);
  }
}

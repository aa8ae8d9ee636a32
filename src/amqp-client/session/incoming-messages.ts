/** The messages that come on a channel: method, header and body, put together. */
import type { Content } from "../../amqp-wire/content.ts";
import { ContentAssembler } from "../../amqp-wire/content-assembler.ts";
import { ContentMethod } from "./content-methods.ts";
import { basicClass } from "./method-ids.ts";
import { ReceivedMessage } from "./received-message.ts";

export class IncomingMessages {
  /** Of the message that came last. */
  readonly fields: ContentMethod = new ContentMethod();
  readonly #assembler = new ContentAssembler();
  #id = 0;

  /** The method that carried the message that came last, as a number. */
  get id(): number {
    return this.#id;
  }

  /** True for a method that carries a message: its content follows. Throws FrameError for any method in the middle of a message. */
  method(id: number, payload: Buffer): boolean {
    this.#assembler.method();
    if (!this.fields.take(id, payload)) return false;
    this.#id = id;
    this.#assembler.begin(basicClass);
    return true;
  }

  /** The message, where it has no body. */
  header(payload: Buffer): ReceivedMessage | undefined {
    return this.#messageOf(this.#assembler.header(payload));
  }

  /** The message, where this is the last part of its body. */
  body(payload: Buffer): ReceivedMessage | undefined {
    return this.#messageOf(this.#assembler.body(payload));
  }

  #messageOf(content: Content | undefined): ReceivedMessage | undefined {
    if (!content) return undefined;
    const { deliveryTag, redelivered, exchange, routingKey } = this.fields;
    return new ReceivedMessage(content, deliveryTag, redelivered, exchange, routingKey);
  }
}

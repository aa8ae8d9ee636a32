// What one consumer was given, to be awaited message by message.
import type { ConsumeMessage } from "amqplib";

/** How long a case waits for an expected message: far longer than it takes, so that only a failure waits this long. */
export const answerTimeoutMs = 20_000;

/** One consumer and what it was given, in order. */
export class Inbox {
  /** Known once `consume` has resolved. */
  consumerTag = "";
  /** All messages that have arrived, taken or not. */
  readonly messages: ConsumeMessage[] = [];
  /** True when the broker has cancelled the consumer. */
  cancelled = false;
  #taken = 0;
  #wake: (() => void) | undefined;

  /** @internal What amqplib calls. */
  receive(message: ConsumeMessage | null): void {
    if (message) this.messages.push(message);
    else this.cancelled = true;
    this.#wake?.();
  }

  /** How many have come that were not taken yet. */
  get waiting(): number {
    return this.messages.length - this.#taken;
  }

  /** Resolves with the next message; rejects when none arrives in time. */
  async next(): Promise<ConsumeMessage> {
    await this.#when(() => this.waiting > 0, `message ${this.#taken + 1}`);
    const message = this.messages[this.#taken];
    if (!message) throw new Error("A message was taken twice at the same time.");
    this.#taken++;
    return message;
  }

  /** The next `count` messages. */
  async take(count: number): Promise<ConsumeMessage[]> {
    const taken: ConsumeMessage[] = [];
    while (taken.length < count) taken.push(await this.next());
    return taken;
  }

  /** The contents of the next `count` messages. */
  async takeTexts(count: number): Promise<string[]> {
    return (await this.take(count)).map(contentOf);
  }

  /** Resolves when the broker has cancelled the consumer. */
  cancellation(): Promise<void> {
    return this.#when(() => this.cancelled, "the broker to cancel the consumer");
  }

  async #when(condition: () => boolean, what: string): Promise<void> {
    const deadline = Date.now() + answerTimeoutMs;
    while (!condition()) {
      const left = deadline - Date.now();
      if (left <= 0) {
        const come = this.messages.map(contentOf).join(", ");
        throw new Error(`Consumer ${this.consumerTag}: waited ${answerTimeoutMs} ms for ${what}; came so far: ${come}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

function contentOf(message: ConsumeMessage): string {
  return message.content.toString();
}

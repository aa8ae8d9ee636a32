/** Publishes with confirms: checks a message and its exchange, then sends it; and waits until everything has its answer. */
import { createDeferred, type Deferred } from "../util/deferred.ts";
import { checkMessage } from "./check-message.ts";
import type { Confirmation } from "./confirms.ts";
import { KnownExchanges } from "./known-exchanges.ts";
import type { OutgoingMessage, PublishReceipt } from "./outgoing-message.ts";
import { closedError, tooLargeError, unknownError } from "./publish-errors.ts";
import { PublishSender } from "./publish-sender.ts";
import type { PublisherSettings } from "./publisher-settings.ts";
import type { ChannelEnd } from "./publishing-channel.ts";
import { ReturnedPublishes } from "./returned-publishes.ts";

export class Publisher {
  readonly #settings: PublisherSettings;
  readonly #sender: PublishSender;
  readonly #exchanges: KnownExchanges;
  readonly #returned: ReturnedPublishes;
  #flushing: Deferred<void>[] = [];
  #closed = false;

  constructor(settings: PublisherSettings) {
    this.#settings = settings;
    const checkFlushed = (): void => this.#checkFlushed();
    this.#sender = new PublishSender(settings, {
      exchangeIsMissing: (lost, end) => this.#askFor(lost, end),
      returned: (entry) => this.#returned.settle(entry),
      idle: checkFlushed,
    });
    this.#exchanges = new KnownExchanges({
      connection: settings.connection,
      declareAgain: () => this.#sender.declareAgain(),
      checked: checkFlushed,
      looks: settings.looksForExchanges,
    });
    this.#returned = new ReturnedPublishes(this.#exchanges, (entry) => this.#sender.push(entry));
  }

  /** Sent and not confirmed. */
  get unconfirmed(): number {
    return this.#sender.unconfirmed;
  }

  /** Not sent yet. */
  get waiting(): number {
    return this.#sender.waiting;
  }

  /** This process declared the exchange or has looked for it, or must not ask: nothing is asked before the first publish to it. */
  trustExchange(name: string, declared: boolean | "verify" = true): void {
    this.#exchanges.add(name, declared);
  }

  /** Whether the exchange is looked for before the first publish to it. */
  lookForExchange(name: string, looks: boolean): void {
    this.#exchanges.lookFor(name, looks);
  }

  /** The largest frame of the connection, in bytes: the properties of a message must fit into one (AMQP 0-9-1, 2.3.5.2). */
  get frameMax(): number {
    const { frameMax } = this.#settings.connection.limits;
    return frameMax === 0 ? Number.MAX_SAFE_INTEGER : frameMax;
  }

  /** Resolves when the broker confirmed; rejects, by name, when it refused or `publishTimeoutSeconds` passed. */
  publish(message: OutgoingMessage): Promise<PublishReceipt> {
    const { maxMessageBytes } = this.#settings;
    if (message.content.length > maxMessageBytes) return Promise.reject(tooLargeError(message, maxMessageBytes));
    try {
      return this.#publish(message, checkMessage(message));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The same for the copy of a message that the broker has taken before: no limit of our own holds it up. */
  publishCopy(message: OutgoingMessage): Promise<PublishReceipt> {
    return this.#publish(message, 0);
  }

  #publish(message: OutgoingMessage, propertyBytes: number): Promise<PublishReceipt> {
    const { exchange } = message;
    if (this.#closed) return Promise.reject(closedError(message));
    const deadline = performance.now() + this.#settings.publishTimeoutSeconds * 1000;
    if (this.#exchanges.has(exchange)) return this.#send(message, deadline, propertyBytes);
    return this.#exchanges.check(exchange, deadline).then(() => this.#send(message, deadline, propertyBytes));
  }

  #send(message: OutgoingMessage, deadline: number, propertyBytes: number): Promise<PublishReceipt> {
    return new Promise((resolve, reject) => {
      this.#sender.push({
        message,
        deadline,
        propertyBytes,
        suspicion: "none",
        sends: 0,
        returned: false,
        sentAgain: false,
        resolve,
        reject,
      });
    });
  }

  /** Resolves when nothing waits and nothing is unconfirmed, or the signal aborts. */
  async flush(signal?: AbortSignal): Promise<void> {
    if (this.#idle || signal?.aborted) return;
    const flushed = createDeferred();
    this.#flushing.push(flushed);
    const give = (): void => flushed.resolve();
    signal?.addEventListener("abort", give, { once: true });
    await flushed.promise;
    signal?.removeEventListener("abort", give);
  }

  /** What has no answer yet rejects. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const closing = this.#sender.close();
    for (const flushed of this.#flushing.splice(0)) flushed.resolve();
    await closing;
  }

  get #idle(): boolean {
    return this.#sender.unconfirmed === 0 && this.#sender.waiting === 0 && !this.#exchanges.checking;
  }

  #checkFlushed(): void {
    if (!this.#idle) return;
    for (const flushed of this.#flushing.splice(0)) flushed.resolve();
  }

  /** An existing exchange was deleted: a check of each tells which one, without another publish that closes the channel. */
  #askFor(lost: readonly Confirmation[], { reply }: ChannelEnd): readonly Confirmation[] {
    const doubted = lost.filter(({ message }) => this.#exchanges.doubt(message.exchange));
    for (const entry of doubted) {
      entry.suspicion = "channel";
      const exists = (): void => {
        if (this.#settings.republishUnknown) this.#sender.push(entry);
        else entry.reject(unknownError(entry, reply.replyText));
      };
      const missing = (error: Error): void => {
        entry.reject(error);
        this.#sender.clearSuspicion();
      };
      this.#exchanges.check(entry.message.exchange, entry.deadline).then(exists, missing);
    }
    return doubted;
  }
}

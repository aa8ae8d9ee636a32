/**
 * Requests and their replies, on one channel: RabbitMQ's direct reply-to (https://www.rabbitmq.com/docs/direct-reply-to) takes
 * a request only on the channel that consumes the replies. Replies are not stored in a queue: they are lost with the channel.
 */
import { Cancellations } from "./cancellations.ts";
import { checkMessage } from "./check-message.ts";
import { InFlightRequest } from "./in-flight-request.ts";
import { KnownExchanges } from "./known-exchanges.ts";
import type { OutgoingMessage } from "./outgoing-message.ts";
import { whyNoReply } from "./publish-delay.ts";
import { tooLargeError } from "./publish-errors.ts";
import { requestCancelled, requestClosed, requestTimeout } from "./request-errors.ts";
import { RequestSender } from "./request-sender.ts";
import type { AskOptions, RequesterSettings } from "./requester-settings.ts";
import type { ReceivedMessage } from "./session/received-message.ts";

export class Requester {
  readonly #settings: RequesterSettings;
  readonly #exchanges: KnownExchanges;
  /** By correlation id: everything that has no reply yet. */
  readonly #requests = new Map<string, InFlightRequest>();
  readonly #cancellations = new Cancellations();
  readonly #sender: RequestSender;
  #closed = false;

  constructor(settings: RequesterSettings) {
    this.#settings = settings;
    const { connection, looksForExchanges: looks } = settings;
    this.#sender = new RequestSender(settings, {
      requests: this.#requests,
      doubt: (exchange) => void this.#exchanges.doubt(exchange),
    });
    this.#exchanges = new KnownExchanges({ connection, looks, declareAgain: () => this.#sender.declareAgain() });
  }

  get inFlight(): number {
    return this.#requests.size;
  }

  /** As that of a publisher. */
  trustExchange(name: string, declared: boolean | "verify" = true): void {
    this.#exchanges.add(name, declared);
  }

  /**
   * Sends a request and resolves with its reply. Correlation id, reply-to and expiration of the message are set here: it
   * expires with the request. Rejects by name with an AmqpRequestError or AmqpPublishError.
   */
  ask(message: OutgoingMessage, { timeoutMs, signal, suspect = false, looks }: AskOptions): Promise<ReceivedMessage> {
    const { clock, maxMessageBytes } = this.#settings;
    if (looks !== undefined) this.#exchanges.lookFor(message.exchange, looks);
    if (this.#closed) return Promise.reject(requestClosed(message));
    if (message.content.length > maxMessageBytes) return Promise.reject(tooLargeError(message, maxMessageBytes));
    if (signal?.aborted) return Promise.reject(requestCancelled(message, signal.reason));
    return new Promise((resolve, reject) => {
      const propertyBytes = checkMessage(message);
      const request = new InFlightRequest({
        message,
        propertyBytes,
        suspect,
        deadline: clock.now() + timeoutMs,
        resolve,
        reject,
        ended: () => this.#ended(request),
      });
      this.#requests.set(request.id, request);
      request.cancelTimer = clock.after(timeoutMs, () => {
        request.fail(requestTimeout(message, timeoutMs / 1000, this.#stateOf(request)));
      });
      if (signal) {
        const cancel = (): void => request.fail(requestCancelled(message, signal.reason));
        request.forgetSignal = this.#cancellations.add(signal, cancel);
      }
      if (this.#exchanges.has(message.exchange)) this.#sender.push(request);
      else
        this.#exchanges.check(message.exchange, performance.now() + timeoutMs).then(
          () => this.#sender.push(request),
          (error: Error) => request.fail(error),
        );
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#sender.stop();
    for (const request of this.#requests.values()) request.fail(requestClosed(request.message));
    await this.#sender.close();
  }

  #ended(request: InFlightRequest): void {
    this.#requests.delete(request.id);
    this.#sender.ended(request);
  }

  #stateOf({ channel }: InFlightRequest): string {
    const { connection } = this.#settings;
    return whyNoReply({ connection, ...this.#sender.state }, channel !== undefined);
  }
}

/** The asking side of requests: sends a request, and waits for its reply. */
import type { AmqpConnection } from "../../../amqp-client/connection.ts";
import { Requester } from "../../../amqp-client/requester.ts";
import { hasCode } from "../../../errors.ts";
import type { ServiceContext } from "../../../service/transport.ts";
import type { RequestContract } from "../contracts/request.ts";
import type { ResolvedAmqpOptions } from "../options/options.ts";
import { buildRequest } from "./inherited.ts";
import { checkQuestion, readReply } from "./request-data.ts";
import { inTime } from "./request-deadline.ts";
import { type Question, questionOf, type RequestOptions } from "./request-options.ts";
import type { Sender } from "./sender.ts";
import { type WatchedRequest, watchRequest } from "./watched-request.ts";

export interface RequestsSettings {
  readonly context: ServiceContext;
  readonly options: ResolvedAmqpOptions;
  readonly connection: AmqpConnection;
  /** Declares again what this process declared. Never rejects. */
  declareAgain(): Promise<void>;
  /** Called for each request that was sent. */
  readonly sender: Pick<Sender, "inheritance" | "observe">;
}

export class Requests {
  readonly #settings: RequestsSettings;
  readonly #requester: Requester;

  constructor(settings: RequestsSettings) {
    const { connection, context, options } = settings;
    this.#settings = settings;
    const { logger, clock } = context;
    const { maxMessageBytes } = options.publishing;
    const declareAgain = (): Promise<void> => settings.declareAgain();
    const looksForExchanges = options.topology.declare.exchange !== false;
    this.#requester = new Requester({ connection, logger, clock, maxMessageBytes, declareAgain, looksForExchanges });
  }

  /** As that of a publisher. */
  trustExchange(name: string, declared: boolean | "verify"): void {
    this.#requester.trustExchange(name, declared);
  }

  /** Asks, and resolves with the data of the reply; see `amqpRequest`. */
  async ask(what: RequestContract | string, data: unknown, options: RequestOptions = {}): Promise<unknown> {
    const question = questionOf(what, data, options, this.#settings.context);
    const watched = this.#settings.context.observer?.sending && watchRequest(this.#settings, question);
    if (!watched) return this.#ask(question);
    try {
      const reply = await this.#ask(question, watched);
      watched.ended({});
      return reply;
    } catch (error) {
      watched.ended({ error });
      throw error;
    }
  }

  /** What has no reply yet rejects. */
  close(): Promise<void> {
    return this.#requester.close();
  }

  async #ask(question: Question, watched?: WatchedRequest): Promise<unknown> {
    const { clock } = this.#settings.context;
    if (question.schema) await checkQuestion(question, clock);
    for (let suspect = false; ; suspect = true) {
      try {
        return await this.#askOnce(question, suspect, watched);
      } catch (error) {
        // Built again: with the same id it would be a duplicate, which gets no reply.
        if (!question.idempotent || !hasCode(error, "ERR_AMQP_REQUEST_LOST") || clock.now() >= question.deadline)
          throw error;
      }
    }
  }

  async #askOnce(question: Question, suspect: boolean, watched: WatchedRequest | undefined): Promise<unknown> {
    const { context, options, sender } = this.#settings;
    const { data, publish, signal } = question;
    const { clock } = context;
    const building = buildRequest(context, options, data, publish, sender.inheritance);
    const message = await inTime(building, question, "it was not sent", clock);
    watched?.built(message);
    const looks = publish.declare === undefined ? undefined : publish.declare !== false;
    const timeoutMs = question.deadline - clock.now();
    const asked = this.#requester.ask(message, { timeoutMs, signal, suspect, looks });
    sender.observe(data, publish, message, false);
    const { content, readableProperties: properties, readableHeaders: headers } = await asked;
    return readReply(question, { content, headers, properties }, clock);
  }
}

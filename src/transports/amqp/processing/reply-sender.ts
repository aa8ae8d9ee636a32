/** Sends replies, and says in the log what became of those that could not be sent. */
import type { Delivery } from "../../../amqp-client/delivery.ts";
import type { OutgoingMessage } from "../../../amqp-client/outgoing-message.ts";
import type { Publisher } from "../../../amqp-client/publisher.ts";
import { hasCode } from "../../../errors.ts";
import type { ObservedServer, SendingObserver } from "../../../service/observed-work.ts";
import { ReplyMessages, type ReplyMessagesSettings } from "../outbound/reply-messages.ts";
import { tellBuilt } from "../outbound/watched-message.ts";
import { loggedClauseOf } from "./logged-clause.ts";
import { RepeatedLog } from "./repeated-log.ts";

export interface ReplySenderSettings extends ReplyMessagesSettings {
  readonly publisher: Publisher;
  /** Where replies are sent now. */
  server(): ObservedServer | undefined;
}

export class ReplySender {
  readonly #settings: ReplySenderSettings;
  readonly #messages: ReplyMessages;
  /** A failure of one reply may happen to all of them. */
  readonly #log: RepeatedLog;
  /** Replies for queues that did not exist any more. */
  #unwanted = 0;

  constructor(settings: ReplySenderSettings) {
    this.#settings = settings;
    this.#messages = new ReplyMessages(settings);
    this.#log = new RepeatedLog(settings.plan.handler.logger, settings.context.clock);
  }

  /** Sends what the handler returned, or why that cannot be sent. Never rejects. */
  async answer(asked: Pick<Delivery, "properties" | "routingKey">, value: unknown): Promise<void> {
    try {
      await this.#send(await this.#messages.of(asked, value));
    } catch (error) {
      if (isTroubleOnTheWay(error)) return this.#unsent(error);
      const text = `a request was handled, but its reply cannot be sent: ${loggedClauseOf(error)}; the error is sent instead`;
      this.#log.write("error", { err: error, routingKey: asked.routingKey }, text);
      await this.answerWithError(asked, error);
    }
  }

  /** Never rejects. */
  async answerWithError(asked: Pick<Delivery, "properties">, error: unknown): Promise<void> {
    try {
      await this.#send(this.#messages.ofError(asked, error));
    } catch (failure) {
      this.#unsent(failure);
    }
  }

  /** The last attempt of a request failed, and its caller knows it. */
  sayFailed(routingKey: string, reason: string, error: unknown): void {
    const text = `a request could not be handled: ${loggedClauseOf(error)}; its error was sent back`;
    this.#log.write("warn", { routingKey, reason, err: error }, text);
  }

  /** Writes what the log counted but did not write yet. */
  flushLog(): void {
    this.#log.flush();
  }

  async #send(message: OutgoingMessage): Promise<void> {
    const { publisher, plan, context } = this.#settings;
    const watched = context.observer?.sending && this.#watch(message);
    let returned: boolean;
    try {
      ({ returned } = await publisher.publish(message));
    } catch (error) {
      watched?.ended({ error });
      throw error;
    }
    watched?.ended({ returned });
    if (!returned) return;
    this.#unwanted++;
    const fields = { replyTo: message.routingKey, unwanted: this.#unwanted };
    plan.handler.logger.debug(fields, "a reply was not delivered: its reply-to queue does not exist any more");
  }

  #watch(message: OutgoingMessage): SendingObserver | undefined {
    const { plan, context, server } = this.#settings;
    const { observer, service } = context;
    const { templates, patterns } = plan.bindings;
    const watched = observer?.sending?.({
      kind: "reply",
      service,
      exchange: message.exchange,
      routingKey: message.routingKey,
      template: templates[0]?.key ?? patterns[0],
      server: server(),
    });
    if (watched) tellBuilt(watched, message);
    return watched;
  }

  #unsent(error: unknown): void {
    this.#log.write("warn", { err: error }, `a reply could not be sent: ${loggedClauseOf(error)}`);
  }
}

/** The reply is not the reason: an error reply would not get through either. */
function isTroubleOnTheWay(error: unknown): boolean {
  const codes = ["TIMEOUT", "UNKNOWN", "REFUSED"].map((code) => `ERR_AMQP_PUBLISH_${code}`);
  return [...codes, "ERR_AMQP_CLOSED"].some((code) => hasCode(error, code));
}

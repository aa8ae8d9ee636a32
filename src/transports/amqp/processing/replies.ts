/** The answering side of requests: what a handler returns, or why it failed, is sent to the caller. */
import type { Delivery } from "../../../amqp-client/delivery.ts";
import { hasCode } from "../../../errors.ts";
import type { HandlerFunction } from "../../../service/handler.ts";
import { compose } from "../../../service/middleware.ts";
import { acknowledge, type DeadLetterReason, Reject } from "../../../service/outcome.ts";
import { refuseUnrun } from "../../../service/unrun-result.ts";
import { replyAddressProblem } from "../names/reply-address.ts";
import type { DeliveryContext } from "./delivery-context.ts";
import { ReplySender, type ReplySenderSettings } from "./reply-sender.ts";
import { historyOf } from "./retry-history.ts";
import type { RunResult } from "./run-handler.ts";

export interface RepliesSettings extends ReplySenderSettings {
  /** The exchange through which the service's own copies return. */
  readonly returnExchange: string;
}

/** Dead-lettered even where an error reply is enough otherwise. */
const keptAside: ReadonlySet<DeadLetterReason> = new Set(["rejected", "delivery-limit"]);

export class Replies {
  readonly #settings: RepliesSettings;
  readonly #sender: ReplySender;
  /** What handlers returned: middleware may forget to pass it on. */
  readonly #returned = new WeakMap<object, unknown>();
  readonly #inner: HandlerFunction;

  constructor(settings: RepliesSettings) {
    this.#settings = settings;
    this.#sender = new ReplySender(settings);
    const { call } = settings.plan.handler;
    this.#inner = compose(settings.context.messageMiddleware, async (data, context) => {
      const value = await call(data, context);
      this.#returned.set(context as object, value);
      return value;
    });
  }

  /** Runs middleware and handler, and sends what came of it. Rejects with what they threw. */
  readonly invoke: HandlerFunction = async (data, given) => {
    const context = given as DeliveryContext;
    const problem = this.#problemOf(context);
    if (problem !== undefined)
      throw new Reject(`A request was not handled, because its reply-to is not allowed: ${problem}.`);
    const value = (await this.#inner(data, context)) ?? this.#returned.get(context);
    refuseUnrun(value, this.#settings.plan.handler.label);
    // Past its deadline the run was answered with an error.
    if (context.aborted && hasCode(context.signal.reason, "ERR_HANDLER_TIMEOUT")) return;
    if (context.properties.replyTo) await this.#sender.answer(context, value);
  };

  /** Writes what the log counted but did not write yet. */
  flushLog(): void {
    this.#sender.flushLog();
  }

  /** Notifies the caller that no run is left and none succeeded; returns the outcome of the request. */
  async failed(delivery: Delivery, result: RunResult): Promise<RunResult> {
    const { outcome } = result;
    const { reply, returnExchange } = this.#settings;
    // If the delivery is not valid any more, it comes again.
    if (outcome.kind !== "dead-letter" || !delivery.live || !delivery.properties.replyTo) return result;
    if (this.#problemOf(delivery) !== undefined) return result;
    await this.#sender.answerWithError(delivery, outcome.error);
    if (reply.onError === "dead-letter" || keptAside.has(outcome.reason)) return result;
    // That of a replay is the queue's name: the log says by which key the request came at first.
    const { routingKey } = historyOf(delivery, returnExchange);
    this.#sender.sayFailed(routingKey, outcome.reason, outcome.error);
    return { ...result, outcome: acknowledge, answered: outcome.error };
  }

  /** Why its reply-to is not answered. */
  #problemOf({ properties: { replyTo } }: Pick<Delivery, "properties">): string | undefined {
    if (!replyTo) return undefined;
    const { plan, options } = this.#settings;
    const { allowReplyTo, paths } = options.consuming;
    return replyAddressProblem(replyTo, plan.queue.queueName, allowReplyTo, paths.allowReplyTo);
  }
}

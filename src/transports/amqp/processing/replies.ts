/** The answering side of requests: what a handler returns, or why it failed, is sent to who asked. */
import type { Delivery } from "../../../amqp-client/delivery.ts";
import type { OutgoingMessage } from "../../../amqp-client/outgoing-message.ts";
import type { Publisher } from "../../../amqp-client/publisher.ts";
import { hasCode } from "../../../errors.ts";
import type { HandlerFunction } from "../../../service/handler.ts";
import { compose } from "../../../service/middleware.ts";
import type { ObservedServer, SendingObserver } from "../../../service/observed-work.ts";
import { acknowledge, type DeadLetterReason, Reject } from "../../../service/outcome.ts";
import { unansweredSchema } from "../../../service/schema-error.ts";
import type { ServiceContext } from "../../../service/transport.ts";
import { refuseUnrun } from "../../../service/unrun-result.ts";
import { validate } from "../../../service/validate.ts";
import { isPromise } from "../../../util/is-promise.ts";
import { within } from "../../../util/within.ts";
import { headerNames } from "../names/headers.ts";
import { isDirect, replyAddressProblem } from "../names/reply-address.ts";
import type { ResolvedAmqpOptions } from "../options/options.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import type { ReplyPlan } from "../options/reply-options.ts";
import { writeErrorReply } from "../outbound/error-reply.ts";
import { buildOutgoing } from "../outbound/outgoing.ts";
import { tellBuilt } from "../outbound/watched-message.ts";
import type { DeliveryContext } from "./delivery-context.ts";
import { loggedClauseOf } from "./logged-clause.ts";
import { RepeatedLog } from "./repeated-log.ts";
import { historyOf } from "./retry-history.ts";
import type { RunResult } from "./run-handler.ts";

export interface RepliesSettings {
  readonly plan: SubscriptionPlan;
  readonly reply: ReplyPlan;
  readonly context: ServiceContext;
  readonly options: ResolvedAmqpOptions;
  readonly publisher: Publisher;
  /** Where replies go at the moment. */
  server(): ObservedServer | undefined;
  /** By which the service's own copies come back. */
  readonly returnExchange: string;
}

/** Put aside even where an error reply is enough otherwise. */
const keptAside: ReadonlySet<DeadLetterReason> = new Set(["rejected", "delivery-limit"]);

type Asked = Pick<Delivery, "properties">;

export class Replies {
  readonly #settings: RepliesSettings;
  /** What handlers returned: middleware may forget to pass it on. */
  readonly #returned = new WeakMap<object, unknown>();
  readonly #inner: HandlerFunction;
  /** What goes wrong with one reply may go wrong with all of them. */
  readonly #log: RepeatedLog;
  /** Replies for queues that were gone. */
  #unwanted = 0;

  constructor(settings: RepliesSettings) {
    this.#settings = settings;
    this.#log = new RepeatedLog(settings.plan.handler.logger, settings.context.clock);
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
    if (problem !== undefined) throw new Reject(`A request is not handled, its reply-to is refused: ${problem}.`);
    const value = (await this.#inner(data, context)) ?? this.#returned.get(context);
    refuseUnrun(value, this.#settings.plan.handler.label);
    // Past its deadline the run was answered with an error.
    if (context.aborted && hasCode(context.signal.reason, "ERR_HANDLER_TIMEOUT")) return;
    if (context.properties.replyTo) await this.#answer(context, value);
  };

  /** Writes what the log counted and did not tell yet. */
  flushLog(): void {
    this.#log.flush();
  }

  /** Tells who asked that no run is left and none succeeded; gives what becomes of the request. */
  async failed(delivery: Delivery, result: RunResult): Promise<RunResult> {
    const { outcome } = result;
    const { reply, returnExchange } = this.#settings;
    // Where the delivery is void, it comes again.
    if (outcome.kind !== "dead-letter" || !delivery.live || !delivery.properties.replyTo) return result;
    if (this.#problemOf(delivery) !== undefined) return result;
    await this.#answerWithError(delivery, outcome.error);
    if (reply.onError === "dead-letter" || keptAside.has(outcome.reason)) return result;
    // That of a replay is the queue's name: the log says by which key the request came at first.
    const { routingKey } = historyOf(delivery, returnExchange);
    const text = `a request could not be handled: ${loggedClauseOf(outcome.error)}; its error was sent back`;
    this.#log.write("warn", { routingKey, reason: outcome.reason, err: outcome.error }, text);
    return { ...result, outcome: acknowledge, answered: outcome.error };
  }

  /** Why its reply-to is not answered. */
  #problemOf({ properties: { replyTo } }: Asked): string | undefined {
    if (!replyTo) return undefined;
    const { plan, options } = this.#settings;
    return replyAddressProblem(replyTo, plan.queue.queueName, options.consuming.allowReplyTo);
  }

  async #answer(context: DeliveryContext, value: unknown): Promise<void> {
    try {
      await this.#send(await this.#build(context, value));
    } catch (error) {
      if (isTroubleOnTheWay(error)) return this.#unsent(error);
      const text = `a request was handled, and its reply cannot be sent: ${loggedClauseOf(error)}; the error is sent instead`;
      this.#log.write("error", { err: error, routingKey: context.routingKey }, text);
      await this.#answerWithError(context, error);
    }
  }

  async #build(context: DeliveryContext, value: unknown): Promise<OutgoingMessage> {
    const { plan, reply, context: serviceContext, options } = this.#settings;
    if (reply.replySchema)
      await this.#checked(validate(reply.replySchema, value, `The reply of ${plan.handler.label}`));
    const { routingKey, properties } = context;
    // Nothing is what an envelope can say by null, and text by being empty.
    const data = value ?? (plan.reading.envelope === null ? "" : null);
    const own = { routingKey, routingKeyPrefix: null, messageEnvelope: plan.reading.envelope };
    const publish = reply.replyOptions ? { ...reply.replyOptions, ...own } : own;
    const message = await buildOutgoing(serviceContext, options, data, publish);
    return replyMessage(properties, message.content, message.properties);
  }

  /** An async schema has as long as a publish. */
  #checked(checking: unknown): unknown {
    const { plan, context, options } = this.#settings;
    if (!isPromise(checking)) return checking;
    const { publishTimeoutSeconds: limit } = options.publishing;
    return within(checking, limit * 1000, context.clock, () =>
      unansweredSchema(`The reply of ${plan.handler.label}`, limit, "raise publishTimeoutSeconds"),
    );
  }

  async #answerWithError({ properties }: Asked, error: unknown): Promise<void> {
    const { reply, context } = this.#settings;
    const content = writeErrorReply(error, reply.stacks);
    const own = { contentType: "application/json", appId: context.name, headers: { [headerNames.reply]: "error" } };
    try {
      await this.#send(replyMessage(properties, content, own));
    } catch (failure) {
      this.#unsent(failure);
    }
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
    plan.handler.logger.debug(fields, "a reply reached nobody: the queue that it was asked for by is gone");
  }

  #watch(message: OutgoingMessage): SendingObserver | undefined {
    const { plan, context, server } = this.#settings;
    const { observer, service } = context;
    const watched = observer?.sending?.({
      kind: "reply",
      service,
      exchange: message.exchange,
      routingKey: message.routingKey,
      template: plan.bindings.templates[0]?.key ?? plan.bindings.patterns[0],
      server: server(),
    });
    if (watched) tellBuilt(watched, message);
    return watched;
  }

  #unsent(error: unknown): void {
    this.#log.write("warn", { err: error }, `a reply could not be sent: ${loggedClauseOf(error)}`);
  }
}

/** By the default exchange the key is the queue, so it goes as it came. Who asked may be gone; then it is only counted. */
function replyMessage(
  { replyTo = "", correlationId }: Asked["properties"],
  content: Buffer,
  properties: OutgoingMessage["properties"],
): OutgoingMessage {
  const own: OutgoingMessage["properties"] = { ...properties };
  if (correlationId !== undefined) own.correlationId = correlationId;
  return {
    exchange: "",
    routingKey: replyTo,
    content,
    properties: own, // RabbitMQ returns what is mandatory to direct reply-to, whether it reached who asked or not: it is no queue.
    mandatory: !isDirect(replyTo),
  };
}

/** It is none of the reply: an error reply would not get through either. */
function isTroubleOnTheWay(error: unknown): boolean {
  const codes = ["TIMEOUT", "UNKNOWN", "REFUSED"].map((code) => `ERR_AMQP_PUBLISH_${code}`);
  return [...codes, "ERR_AMQP_CLOSED"].some((code) => hasCode(error, code));
}

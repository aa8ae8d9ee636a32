/** basic.publish: its checks, the queues that get the message, and the answer to the publisher. */
import { replyCode } from "../amqp-wire/constants.ts";
import type { Content } from "../amqp-wire/content.ts";
import type { MethodFields } from "../amqp-wire/methods.ts";
import type { ChannelScope } from "./channel-scope.ts";
import { ServerConfirms } from "./confirms.ts";
import { channelError, connectionError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { incomingMessage } from "./incoming-message.ts";
import { requireExchange } from "./lookup.ts";
import type { Message } from "./message.ts";

export class ServerPublishing {
  readonly #scope: ChannelScope;
  #confirms: ServerConfirms | undefined;
  /** The last published key: equal keys share one string, however many messages wait in queues. */
  #lastKey = "";

  constructor(scope: ChannelScope) {
    this.#scope = scope;
  }

  get confirming(): boolean {
    return this.#confirms !== undefined;
  }

  select(): void {
    this.#confirms ??= new ServerConfirms(this.#scope);
  }

  /** The channel ends. */
  end(): void {
    this.#confirms?.end();
  }

  /**
   * Checks a publish; the returned function carries it out: at once, or when its transaction is committed.
   * @param replyKey of the channel's reply consumer
   */
  prepare(method: MethodFields<"basic.publish">, content: Content, replyKey: string | undefined): () => void {
    const scope = this.#scope;
    // As in RabbitMQ, a user who may not publish does not learn whether the exchange exists.
    scope.check("write", "exchange", method.exchange);
    const exchange = requireExchange(scope, method.exchange);
    if (exchange.settings.internal) {
      const text = `cannot publish to internal exchange '${exchange.name}' in vhost '${scope.virtualHost.name}'`;
      throw channelError(replyCode.accessRefused, text);
    }
    if (method.immediate) throw connectionError(replyCode.notImplemented, "immediate=true");
    if (method.routingKey !== this.#lastKey) this.#lastKey = method.routingKey;
    const published = { exchange: exchange.name, routingKey: this.#lastKey, content, replyKey };
    const message = incomingMessage(published, scope);
    return () => this.#publish(exchange, message, method.mandatory);
  }

  #publish(exchange: Exchange, message: Message, mandatory: boolean): void {
    const { virtualHost } = this.#scope;
    const replied = exchange.name === "" ? virtualHost.replies.deliver(message) : undefined;
    const published =
      replied === undefined ? virtualHost.publish(exchange, message) : replied ? "stored" : "unroutable";
    if (published === "unroutable" && mandatory) this.#return(message);
    this.#confirms?.settled(published !== "refused");
  }

  #return({ exchange, routingKey, content }: Message): void {
    const { host, number } = this.#scope;
    const { writer } = host.output;
    const reply = { replyCode: replyCode.noRoute, replyText: "NO_ROUTE" };
    writer.method(number, { name: "basic.return", ...reply, exchange, routingKey });
    writer.content(number, content.header, content.body);
    host.output.flushSoon();
  }
}

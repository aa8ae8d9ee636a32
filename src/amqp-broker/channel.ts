/** One channel: frames in, each method to the file that acts on it, the reply out. */
import { frameType, replyCode } from "../amqp-wire/constants.ts";
import type { Content } from "../amqp-wire/content.ts";
import { ContentAssembler } from "../amqp-wire/content-assembler.ts";
import { type Method, type MethodFields, type MethodName, methodId } from "../amqp-wire/methods.ts";
import { ChannelScope, type ServerChannelHost } from "./channel-scope.ts";
import { ServerConsuming } from "./consuming.ts";
import { channelError, connectionError } from "./errors.ts";
import {
  exchangeBind,
  exchangeDeclare,
  exchangeDelete,
  exchangeUnbind,
  queueBind,
  queueUnbind,
} from "./exchange-methods.ts";
import { ServerPublishing } from "./publishing.ts";
import { queueDeclare, queueDelete, queuePurge } from "./queue-methods.ts";
import { readMethod } from "./read-method.ts";
import { Transaction } from "./transaction.ts";

export class ServerChannel {
  readonly #scope: ChannelScope;
  readonly #assembler: ContentAssembler;
  readonly #transaction = new Transaction();
  readonly #publishing: ServerPublishing;
  readonly #consuming: ServerConsuming;
  /** Waits for its content. */
  #publish: MethodFields<"basic.publish"> | undefined;
  #method: MethodName = "channel.open";

  constructor(number: number, host: ServerChannelHost) {
    this.#scope = new ChannelScope(number, host);
    this.#assembler = new ContentAssembler(host.limits.maxMessageBytes);
    this.#publishing = new ServerPublishing(this.#scope);
    this.#consuming = new ServerConsuming(this.#scope, this.#transaction);
  }

  /** The method that came last: a close names it. */
  get methodAtWork(): { readonly classId: number; readonly methodId: number } {
    const { classId, methodId: number } = methodId(this.#method);
    return { classId, methodId: number };
  }

  /** @throws FrameError or ReplyError: what to answer */
  take(type: number, payload: Buffer): void {
    if (type === frameType.body) this.#complete(this.#assembler.body(payload));
    else if (type === frameType.header) this.#complete(this.#assembler.header(payload));
    else {
      this.#assembler.method();
      const method = readMethod(payload);
      this.#method = method.name;
      const reply = this.#act(method);
      if (reply && !("nowait" in method && method.nowait)) this.#scope.send(reply);
    }
  }

  /** The connection can send again. */
  resume(): void {
    this.#consuming.resume();
  }

  /** Requeues its deliveries. */
  end(): void {
    this.#publishing.end();
    this.#transaction.end();
    this.#consuming.end();
  }

  #complete(content: Content | undefined): void {
    const method = this.#publish;
    if (!content || !method) return;
    this.#publish = undefined;
    this.#transaction.run(this.#publishing.prepare(method, content, this.#consuming.replyKey));
  }

  /** The reply, where there is one and the method itself did not send it. */
  #act(method: Method): Method | undefined {
    const consuming = this.#consuming;
    switch (method.name) {
      case "basic.publish":
        this.#publish = method;
        this.#assembler.begin(methodId("basic.publish").classId);
        return undefined;
      case "basic.ack":
        consuming.deliveries.acknowledge(method);
        return undefined;
      case "basic.nack":
        consuming.deliveries.negativeAcknowledge(method);
        return undefined;
      case "basic.reject":
        consuming.deliveries.reject(method);
        return undefined;
      case "basic.get":
        consuming.get(method);
        return undefined;
      case "basic.consume":
        consuming.consume(method);
        return undefined;
      case "basic.cancel":
        consuming.cancel(method.consumerTag);
        return { name: "basic.cancel-ok", consumerTag: method.consumerTag };
      case "basic.qos":
        consuming.setPrefetch(method);
        return { name: "basic.qos-ok" };
      case "basic.recover":
        consuming.deliveries.recover(method.requeue);
        return { name: "basic.recover-ok" };
      case "basic.recover-async":
        consuming.deliveries.recover(method.requeue);
        return undefined;
      // The client's answer to the broker's own cancel; it ends a consumer that held a delivery too long.
      case "basic.cancel-ok":
        consuming.cancel(method.consumerTag);
        return undefined;
      default:
        return this.#actOnTopology(method) ?? this.#actOnChannel(method);
    }
  }

  #actOnTopology(method: Method): Method | undefined {
    const scope = this.#scope;
    switch (method.name) {
      case "exchange.declare":
        exchangeDeclare(scope, method);
        return { name: "exchange.declare-ok" };
      case "exchange.delete":
        exchangeDelete(scope, method);
        return { name: "exchange.delete-ok" };
      case "exchange.bind":
        exchangeBind(scope, method);
        return { name: "exchange.bind-ok" };
      case "exchange.unbind":
        exchangeUnbind(scope, method);
        return { name: "exchange.unbind-ok" };
      case "queue.declare":
        return { name: "queue.declare-ok", ...queueDeclare(scope, method) };
      case "queue.bind":
        queueBind(scope, method);
        return { name: "queue.bind-ok" };
      case "queue.unbind":
        queueUnbind(scope, method);
        return { name: "queue.unbind-ok" };
      case "queue.purge":
        return { name: "queue.purge-ok", ...queuePurge(scope, method) };
      case "queue.delete":
        return { name: "queue.delete-ok", ...queueDelete(scope, method) };
      default:
        return undefined;
    }
  }

  #actOnChannel(method: Method): Method {
    switch (method.name) {
      case "confirm.select":
        if (this.#transaction.selected) throw cannotSwitch("tx", "confirm");
        this.#publishing.select();
        return { name: "confirm.select-ok" };
      case "tx.select":
        if (this.#publishing.confirming) throw cannotSwitch("confirm", "tx");
        this.#transaction.select();
        return { name: "tx.select-ok" };
      case "tx.commit":
        this.#transaction.commit();
        return { name: "tx.commit-ok" };
      case "tx.rollback":
        this.#transaction.rollback();
        return { name: "tx.rollback-ok" };
      case "channel.flow":
        if (!method.active) throw connectionError(replyCode.notImplemented, "active=false");
        return { name: "channel.flow-ok", active: true };
      case "channel.open":
        throw connectionError(replyCode.channelError, "second 'channel.open' seen");
      default:
        throw connectionError(replyCode.commandInvalid, "unimplemented method");
    }
  }
}

function cannotSwitch(from: string, to: string): Error {
  return channelError(replyCode.preconditionFailed, `cannot switch from ${from} to ${to} mode`);
}

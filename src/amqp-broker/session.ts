/** A client after its handshake: its channels, opened and closed by either side, and their limits. */
import { frameType, replyCode } from "../amqp-wire/constants.ts";
import type { Method } from "../amqp-wire/methods.ts";
import type { Access } from "./access.ts";
import { ServerChannel } from "./channel.ts";
import type { ServerChannelHost } from "./channel-scope.ts";
import { connectionError, type ReplyError } from "./errors.ts";
import { capability, type ServerAgreement } from "./handshake.ts";
import type { ChannelLimits, ResolvedBrokerOptions } from "./options.ts";
import { readMethod } from "./read-method.ts";
import { shortText } from "./short-text.ts";
import type { SocketOutput } from "./socket-output.ts";
import type { VirtualHost } from "./virtual-host.ts";

/** What a session needs of its connection. */
export interface ServerSessionHost {
  readonly broker: { readonly options: ResolvedBrokerOptions; readonly access: Access };
  readonly socket: { readonly output: SocketOutput };
  /** Closes the connection. */
  failConnection(error: ReplyError): void;
  /** For the log. */
  refused(channel: number, error: ReplyError): void;
}

export class ServerSession implements ServerChannelHost {
  readonly agreement: ServerAgreement;
  readonly output: SocketOutput;
  readonly limits: ChannelLimits;
  readonly consumerCancelNotify: boolean;
  readonly #host: ServerSessionHost;
  readonly #channels = new Map<number, ServerChannel>();
  /** Closed by the broker; the client's word is awaited, and what else it sends there is dropped. */
  readonly #closing = new Set<number>();
  #ended = false;

  constructor(host: ServerSessionHost, agreement: ServerAgreement) {
    this.#host = host;
    this.agreement = agreement;
    this.output = host.socket.output;
    this.limits = host.broker.options.limits;
    this.consumerCancelNotify = capability(agreement.clientProperties, "consumer_cancel_notify");
  }

  get channelCount(): number {
    return this.#channels.size;
  }

  get user(): string {
    return this.agreement.user;
  }

  get virtualHost(): VirtualHost {
    return this.agreement.virtualHost;
  }

  get access(): Access {
    return this.#host.broker.access;
  }

  get canSend(): boolean {
    return !this.#ended && this.output.canSend;
  }

  /** A frame for a channel. @throws FrameError or ReplyError: what to answer */
  take(type: number, number: number, payload: Buffer): void {
    const channel = this.#channels.get(number);
    if (type === frameType.method && isChannelClose(payload)) this.#takeClose(number, payload);
    else if (channel) channel.take(type, payload);
    else if (!this.#closing.has(number)) this.#open(type, number, payload);
  }

  fail(number: number, error: ReplyError): void {
    const channel = this.#channels.get(number);
    if (error.scope === "connection") this.#host.failConnection(error);
    else if (channel) {
      this.#host.refused(number, error);
      this.#closing.add(number);
      this.#release(number);
      const { replyCode: code, message } = error;
      const replyText = shortText(message);
      this.#send(number, { name: "channel.close", replyCode: code, replyText, ...channel.methodAtWork });
    }
  }

  /** The numbers of the method that a channel works on: a close names it. */
  methodAtWork(number: number): { readonly classId: number; readonly methodId: number } {
    return this.#channels.get(number)?.methodAtWork ?? { classId: 0, methodId: 0 };
  }

  /** The client reads again. */
  resume(): void {
    for (const channel of this.#channels.values()) channel.resume();
  }

  /** Channels requeue their deliveries, to others and not to each other; then exclusive queues go. */
  end(): void {
    this.#ended = true;
    for (const number of [...this.#channels.keys()]) this.#release(number);
    const { virtualHost } = this;
    for (const queue of [...virtualHost.queues.values()]) if (queue.owner === this) virtualHost.removeQueue(queue);
  }

  #takeClose(number: number, payload: Buffer): void {
    if (readMethod(payload).name === "channel.close-ok") {
      this.#closing.delete(number);
      return;
    }
    this.#release(number);
    this.#closing.delete(number);
    this.#send(number, { name: "channel.close-ok" });
  }

  #open(type: number, number: number, payload: Buffer): void {
    if (type !== frameType.method || readMethod(payload).name !== "channel.open") {
      throw connectionError(replyCode.channelError, "expected 'channel.open'");
    }
    const { channelMax } = this.agreement;
    if (number > channelMax || this.#channels.size >= channelMax) {
      const text = `number of channels opened (${this.#channels.size}) has reached the negotiated channel_max (${channelMax})`;
      throw connectionError(replyCode.notAllowed, text);
    }
    this.#channels.set(number, new ServerChannel(number, this));
    this.#send(number, { name: "channel.open-ok" });
  }

  #send(number: number, method: Method): void {
    this.output.writer.method(number, method);
    this.output.flushSoon();
  }

  #release(number: number): void {
    const channel = this.#channels.get(number);
    this.#channels.delete(number);
    channel?.end();
  }
}

/** Class channel, methods close and close-ok. */
function isChannelClose(payload: Buffer): boolean {
  return payload.length >= 4 && payload.readUInt16BE(0) === 20 && (payload[3] === 40 || payload[3] === 41);
}

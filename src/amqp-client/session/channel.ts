/** One channel: what is asked on it, what is published on it, and what comes on it. Its end is reported once. */
import { frameType, replyCode } from "../../amqp-wire/constants.ts";
import { FrameError } from "../../amqp-wire/errors.ts";
import { decodeMethod, type Method, type MethodName } from "../../amqp-wire/methods.ts";
import { Calls, type CallsHost } from "./calls.ts";
import type { ChannelConsumer, ChannelEvents, ChannelHost } from "./channel-contract.ts";
import { Closing } from "./closing.ts";
import { IncomingMessages } from "./incoming-messages.ts";
import { Listeners } from "./listeners.ts";
import { ackId, closeId, closeOkId, confirmSize, deliverId, nackId, returnId } from "./method-ids.ts";
import type { ReceivedMessage } from "./received-message.ts";
import { answerTimeout, channelClosedByBroker, channelClosedByUs } from "./session-errors.ts";

type State = "open" | "closing" | "closed";

export class SessionChannel implements CallsHost {
  readonly number: number;
  readonly #host: ChannelHost;
  readonly #calls: Calls;
  readonly #listeners: Listeners<ChannelEvents>;
  readonly #incoming = new IncomingMessages();
  readonly #consumers = new Map<string, ChannelConsumer>();
  #state: State = "open";
  #flowing = true;
  #end: { readonly error: Error | undefined } | undefined;
  /** What the last basic.get brought; taken before the next one can be answered. */
  #gotten: ReceivedMessage | undefined;
  readonly #closing: Closing;

  constructor(number: number, host: ChannelHost) {
    this.number = number;
    this.#host = host;
    this.#listeners = new Listeners<ChannelEvents>((error) => host.listenerFailed(error));
    this.#calls = new Calls(this, host.answerTimeoutMs);
    this.#closing = new Closing(host, () => this.#release());
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Takes more publishes. One that goes out all the same waits in memory. */
  get writable(): boolean {
    return this.#state === "open" && this.#flowing && this.#host.output.writable;
  }

  /** Calls the listener for what happens from now on, and also for an end that has happened already. The returned function removes it. */
  subscribe(events: Partial<ChannelEvents>): () => void {
    const end = this.#end;
    if (!end) return this.#listeners.add(events);
    queueMicrotask(() => events.closed?.(end.error));
    return () => {};
  }

  /** Sends a method and resolves with its answer. Rejects with the channel's end when that comes first. */
  ask<N extends MethodName>(method: Method, answer: N): Promise<Extract<Method, { name: N }>> {
    return this.#calls.ask(method, answer) as Promise<Extract<Method, { name: N }>>;
  }

  /** Takes one message of a queue; undefined when the queue is empty. */
  get(queue: string, noAck: boolean): Promise<ReceivedMessage | undefined> {
    const asked = this.#calls.ask({ name: "basic.get", queue, noAck }, "basic.get-ok", "basic.get-empty");
    return asked.then(() => {
      const message = this.#gotten;
      this.#gotten = undefined;
      return message;
    });
  }

  /** Starts to consume; the tag must be new on this channel. */
  async consume(method: Extract<Method, { name: "basic.consume" }>, consumer: ChannelConsumer): Promise<void> {
    const { consumerTag } = method;
    // The first delivery may be in the same bytes as the answer.
    this.#consumers.set(consumerTag, consumer);
    try {
      await this.ask(method, "basic.consume-ok");
    } catch (error) {
      this.#consumers.delete(consumerTag);
      throw error;
    }
  }

  /** Ends a consumer. Deliveries that were sent before the broker read this still come, until it resolves. */
  async cancel(consumerTag: string): Promise<void> {
    if (!this.#consumers.has(consumerTag)) return;
    await this.ask({ name: "basic.cancel", consumerTag, nowait: false }, "basic.cancel-ok");
  }

  /**
   * Publishes; the publishes of a channel in confirm mode are numbered from 1. False: the socket is full, wait for `drained`.
   * Throws, and sends nothing, when the channel is not open or a name takes more than 255 bytes.
   */
  publish(exchange: string, routingKey: string, mandatory: boolean, properties: Uint8Array, body: Buffer): boolean {
    this.#mustBeOpen();
    const { output } = this.#host;
    output.writer.publish(this.number, exchange, routingKey, mandatory, properties, body);
    output.written();
    return this.writable;
  }

  /** Throws when the channel is not open. */
  ack(deliveryTag: number, multiple: boolean): void {
    this.#mustBeOpen();
    const { output } = this.#host;
    output.writer.ack(this.number, deliveryTag, multiple);
    output.written();
  }

  /** Throws when the channel is not open. */
  nack(deliveryTag: number, multiple: boolean, requeue: boolean): void {
    this.#mustBeOpen();
    this.send({ name: "basic.nack", deliveryTag, multiple, requeue });
  }

  /** Closes the channel after everything sent before. Resolves when it is closed, by either side. */
  close(): Promise<void> {
    if (this.#state === "closed") return Promise.resolve();
    const closed = this.#closing.wait();
    this.#beginClose(replyCode.replySuccess, "done");
    this.#finish(undefined);
    return closed;
  }

  // What the calls ask for.

  get blocked(): boolean {
    return this.#host.blocked;
  }

  send(method: Method): void {
    const { output } = this.#host;
    output.writer.method(this.number, method);
    output.written();
  }

  unanswered(method: MethodName): void {
    const error = answerTimeout(method, this.#host.answerTimeoutMs);
    this.#beginClose(replyCode.replySuccess, `no answer to ${method}`);
    this.#finish(error);
  }

  // Calls from the connection.

  /** Takes a frame; throws FrameError where the protocol does not allow it. */
  take(type: number, payload: Buffer): void {
    if (this.#state === "closing") {
      this.#takeWhileClosing(type, payload);
      return;
    }
    if (type === frameType.method) this.#takeMethod(payload);
    else this.#messageCame(type === frameType.header ? this.#incoming.header(payload) : this.#incoming.body(payload));
  }

  drained(): void {
    if (this.#state === "open") this.#listeners.tell((listener) => listener.drained?.());
  }

  /** The connection is closed, and every channel with it. */
  connectionEnded(error: Error | undefined): void {
    this.#finish(error);
    this.#closed();
  }

  #mustBeOpen(): void {
    if (this.#state !== "open") throw this.#end?.error ?? channelClosedByUs();
  }

  #takeMethod(payload: Buffer): void {
    const id = payload.length >= 4 ? payload.readUInt32BE(0) : 0;
    if (this.#incoming.method(id, payload)) return;
    if (id === ackId || id === nackId) this.#confirm(payload, id === ackId);
    else this.#control(decodeMethod(payload, true));
  }

  #confirm(payload: Buffer, accepted: boolean): void {
    if (payload.length !== confirmSize) throw new FrameError(replyCode.syntaxError, "a confirm of a wrong size");
    const sequence = payload.readUInt32BE(4) * 0x1_0000_0000 + payload.readUInt32BE(8);
    const multiple = ((payload[12] as number) & 1) !== 0;
    this.#listeners.tell((listener) => listener.confirmed?.(sequence, multiple, accepted));
  }

  #messageCame(message: ReceivedMessage | undefined): void {
    if (!message) return;
    const { id, fields } = this.#incoming;
    if (id === deliverId) {
      const { consumerTag } = fields;
      const consumer = this.#consumers.get(consumerTag);
      if (!consumer) throw new FrameError(replyCode.notFound, `a delivery for the unknown consumer "${consumerTag}"`);
      this.#guard(() => consumer.delivered(message));
    } else if (id === returnId) {
      this.#listeners.tell((listener) => listener.returned?.(message));
    } else {
      const { deliveryTag, redelivered, exchange, routingKey, messageCount } = fields;
      this.#gotten = message;
      this.#calls.answered({ name: "basic.get-ok", deliveryTag, redelivered, exchange, routingKey, messageCount });
    }
  }

  #control(method: Method): void {
    switch (method.name) {
      case "channel.close":
        this.send({ name: "channel.close-ok" });
        this.#finish(channelClosedByBroker(method));
        this.#release();
        break;
      case "channel.flow":
        this.#flowing = method.active;
        this.send({ name: "channel.flow-ok", active: method.active });
        if (method.active) this.drained();
        break;
      case "basic.cancel":
        this.#cancelledByBroker(method.consumerTag);
        break;
      case "basic.cancel-ok":
        this.#consumers.delete(method.consumerTag);
        this.#calls.answered(method);
        break;
      default:
        this.#calls.answered(method);
    }
  }

  #cancelledByBroker(consumerTag: string): void {
    const consumer = this.#consumers.get(consumerTag);
    this.#consumers.delete(consumerTag);
    if (consumer) this.#guard(() => consumer.cancelled());
  }

  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#host.listenerFailed(error);
    }
  }

  /** After our close everything is dropped but the answer to it (1.5.2.5). */
  #takeWhileClosing(type: number, payload: Buffer): void {
    if (type !== frameType.method) return;
    const method = payload.length >= 4 ? payload.readUInt32BE(0) : 0;
    if (method === closeId) {
      this.#closing.crossed = true;
      this.send({ name: "channel.close-ok" });
      return;
    }
    if (method === closeOkId) this.#release();
  }

  #release(): void {
    this.#closed();
    this.#host.released(this.number);
  }

  #beginClose(code: number, text: string): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.send({ name: "channel.close", replyCode: code, replyText: text, classId: 0, methodId: 0 });
    this.#closing.begin();
  }

  /** Called once: from now on nothing can be done on this channel. */
  #finish(error: Error | undefined): void {
    if (this.#end) return;
    this.#end = { error };
    if (this.#state === "open") this.#state = "closed";
    this.#consumers.clear();
    this.#calls.fail(error ?? channelClosedByUs());
    this.#listeners.tell((listener) => listener.closed?.(error));
    this.#listeners.clear();
  }

  #closed(): void {
    this.#state = "closed";
    this.#closing.done();
  }
}

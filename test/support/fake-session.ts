// A client's session with the embedded broker, without a socket: methods in, what the broker sends out.

import { Access } from "../../src/amqp-broker/access.ts";
import { contentOf } from "../../src/amqp-broker/content-of.ts";
import { ReplyError } from "../../src/amqp-broker/errors.ts";
import { resolveBrokerOptions } from "../../src/amqp-broker/options.ts";
import { ServerSession, type ServerSessionHost } from "../../src/amqp-broker/session.ts";
import { type OutputSocket, SocketOutput } from "../../src/amqp-broker/socket-output.ts";
import type { VirtualHost } from "../../src/amqp-broker/virtual-host.ts";
import { ByteWriter } from "../../src/amqp-wire/byte-writer.ts";
import { emptyTable, type FieldTable } from "../../src/amqp-wire/field-table.ts";
import { encodeMethod, type Method, type MethodFields } from "../../src/amqp-wire/methods.ts";
import type { BasicProperties } from "../../src/amqp-wire/properties.ts";
import { readFrames, type Sent } from "./fake-channel-host.ts";

export interface FakeSessionSettings {
  readonly consumerTimeoutSeconds?: number;
  readonly clientProperties?: FieldTable;
}

export class FakeSession implements ServerSessionHost, OutputSocket {
  readonly broker;
  readonly socket;
  readonly session: ServerSession;
  /** What the connection was closed for. */
  failure: ReplyError | undefined;
  readonly writable = true;
  writableLength = 0;
  readonly #written: Buffer[] = [];
  #drained = (): void => {};

  constructor(
    virtualHost: VirtualHost,
    { consumerTimeoutSeconds = 0, clientProperties = emptyTable }: FakeSessionSettings = {},
  ) {
    const options = resolveBrokerOptions({ clock: virtualHost.clock, consumerTimeoutSeconds });
    this.broker = { options, access: new Access() };
    this.broker.access.addUser({ name: "guest", password: "guest" }, true);
    this.socket = { output: new SocketOutput(this, () => this.session.resume()) };
    this.socket.output.writer.frameMax = 131_072;
    const agreement = {
      user: "guest",
      virtualHost,
      clientProperties,
      frameMax: 131_072,
      channelMax: 2047,
      heartbeatSeconds: 0,
    };
    this.session = new ServerSession(this, agreement);
  }

  failConnection(error: ReplyError): void {
    this.failure = error;
    this.session.end();
  }

  refused(): void {}

  write(part: Buffer): boolean {
    this.#written.push(part);
    return true;
  }

  cork(): void {}

  uncork(): void {}

  on(_event: "drain", listener: () => void): void {
    this.#drained = listener;
  }

  /** The client reads again. */
  drain(): void {
    this.writableLength = 0;
    this.#drained();
  }

  /** A method of the client, all in this turn. */
  send(channel: number, method: Method): void {
    const writer = new ByteWriter();
    encodeMethod(writer, method);
    this.#take(channel, 1, writer.cut());
  }

  publish(channel: number, routingKey: string, body: string, properties: BasicProperties = {}, exchange = ""): void {
    this.send(channel, { name: "basic.publish", exchange, routingKey, mandatory: false, immediate: false });
    const content = contentOf(properties, Buffer.from(body));
    this.#take(channel, 2, content.header);
    if (body !== "") this.#take(channel, 3, content.body);
  }

  consume(channel: number, queue: string, fields: Partial<MethodFields<"basic.consume">> = {}): void {
    this.send(channel, {
      name: "basic.consume",
      queue,
      consumerTag: "",
      noLocal: false,
      noAck: false,
      exclusive: false,
      nowait: false,
      arguments: emptyTable,
      ...fields,
    });
  }

  declare(channel: number, queue: string, fields: Partial<MethodFields<"queue.declare">> = {}): void {
    this.send(channel, {
      name: "queue.declare",
      queue,
      passive: false,
      durable: true,
      exclusive: false,
      autoDelete: false,
      nowait: false,
      arguments: emptyTable,
      ...fields,
    });
  }

  open(...channels: readonly number[]): void {
    for (const channel of channels) this.send(channel, { name: "channel.open" });
  }

  /** Ends the turn: what the broker has sent since the last call. */
  read(): readonly Sent[] {
    this.socket.output.flush();
    return readFrames(this.#written.splice(0));
  }

  #take(channel: number, type: number, payload: Buffer): void {
    try {
      this.session.take(type, channel, payload);
    } catch (error) {
      if (error instanceof ReplyError) this.session.fail(channel, error);
      else throw error;
    }
  }
}

/** The bodies among what was sent. */
export function bodies(sent: readonly Sent[]): string[] {
  return sent.flatMap((one) => (one.name === "body" ? [one.text] : []));
}

/** The names of what was sent. */
export function names(sent: readonly Sent[]): string[] {
  return sent.map(({ name }) => name);
}

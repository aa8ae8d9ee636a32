// A server without a broker behind it: it says what a test wants, byte for byte, to a client that connects.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { ByteWriter } from "../../src/amqp-wire/byte-writer.ts";
import { emptyTable } from "../../src/amqp-wire/field-table.ts";
import { FrameReader } from "../../src/amqp-wire/frame-reader.ts";
import { FrameWriter } from "../../src/amqp-wire/frame-writer.ts";
import { decodeMethod, type Method, type MethodName } from "../../src/amqp-wire/methods.ts";

/** The bytes of method frames. */
export function frames(channel: number, ...methods: readonly Method[]): Buffer {
  const writer = new FrameWriter();
  for (const method of methods) writer.method(channel, method);
  return Buffer.concat(writer.take());
}

/** The bytes of one frame of any type. */
export function frame(type: number, channel: number, payload: Buffer): Buffer {
  const writer = new ByteWriter();
  writer.uint8(type);
  writer.uint16(channel);
  writer.longString(payload);
  writer.uint8(0xce);
  return writer.cut();
}

export const start: Buffer = frames(0, {
  name: "connection.start",
  versionMajor: 0,
  versionMinor: 9,
  serverProperties: emptyTable,
  mechanisms: Buffer.from("PLAIN AMQPLAIN EXTERNAL"),
  locales: Buffer.from("en_US"),
});

export function tune(channelMax = 2047, frameMax = 131_072, heartbeat = 60): Buffer {
  return frames(0, { name: "connection.tune", channelMax, frameMax, heartbeat });
}

export const openOk: Buffer = frames(0, { name: "connection.open-ok" });

export function close(replyCode: number, replyText: string): Buffer {
  return frames(0, { name: "connection.close", replyCode, replyText, classId: 0, methodId: 0 });
}

/** What is said to a method; undefined says nothing. */
export type Answer = (method: Method, channel: number, peer: ScriptedPeer) => Buffer | undefined;

/** An ordinary broker, as far as these answers go. */
export const ordinary: Answer = (method, channel) => {
  switch (method.name) {
    case "connection.start-ok":
      return tune();
    case "connection.open":
      return openOk;
    case "connection.close":
      return frames(0, { name: "connection.close-ok" });
    case "channel.open":
      return frames(channel, { name: "channel.open-ok" });
    case "channel.close":
      return frames(channel, { name: "channel.close-ok" });
    case "confirm.select":
      return frames(channel, { name: "confirm.select-ok" });
    case "basic.consume":
      return frames(channel, { name: "basic.consume-ok", consumerTag: method.consumerTag });
    default:
      return undefined;
  }
};

export interface ScriptedPeer {
  readonly socket: Socket;
  /** The names of the methods that came. */
  readonly methods: MethodName[];
  readonly heartbeats: { count: number };
}

export class ScriptedServer implements AsyncDisposable {
  readonly #server: Server;
  readonly peers: ScriptedPeer[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  /** `greet` is called with the socket of each client; `answer` with each method that comes. */
  static async start(answer: Answer = ordinary, greet?: (socket: Socket) => void): Promise<ScriptedServer> {
    const server = createServer({ noDelay: true });
    const scripted = new ScriptedServer(server);
    server.on("connection", (socket) => {
      const peer: ScriptedPeer = { socket, methods: [], heartbeats: { count: 0 } };
      scripted.peers.push(peer);
      socket.on("error", () => {});
      if (greet) greet(socket);
      else scripted.#listen(peer, answer);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return scripted;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.peers) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #listen(peer: ScriptedPeer, answer: Answer): void {
    const reader = new FrameReader(2 ** 30);
    let header = 8;
    peer.socket.on("data", (chunk) => {
      if (header > 0) {
        const rest = chunk.subarray(header);
        header -= Math.min(header, chunk.length);
        if (header > 0) return;
        peer.socket.write(start);
        chunk = rest;
      }
      reader.push(chunk, (type, channel, payload) => {
        if (type === 8) peer.heartbeats.count++;
        if (type !== 1) return;
        const method = decodeMethod(Buffer.from(payload), true);
        peer.methods.push(method.name);
        const octets = answer(method, channel, peer);
        if (octets && peer.socket.writable) peer.socket.write(octets);
      });
    });
  }
}

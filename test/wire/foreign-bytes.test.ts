/** Clients that speak something else: they get the header of the supported AMQP version, and other clients do not notice. */
import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import { connect } from "amqplib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Broker, startBroker } from "../../src/amqp-broker/broker.ts";
import { seededRandom } from "../../src/testing/random.ts";
import { until } from "../support/broker.ts";

const header = Buffer.from("AMQP\u0000\u0000\u0009\u0001", "latin1");
const random = seededRandom(91);

const foreign: [string, Buffer][] = [
  ["an HTTP request", Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")],
  ["a TLS hello", Buffer.concat([Buffer.from("16030100c8010000c40303", "hex"), Buffer.alloc(194, 7)])],
  ["the header of AMQP 1.0", Buffer.from("AMQP\u0000\u0001\u0000\u0000", "latin1")],
  ["the header of AMQP 1.0 with SASL", Buffer.from("AMQP\u0003\u0001\u0000\u0000", "latin1")],
  ["a header of no AMQP", Buffer.from("AMQP\u0001\u0001\u0008\u0001", "latin1")],
  ["the header of AMQP 0-10", Buffer.from("AMQP\u0001\u0001\u0000\u000a", "latin1")],
  ["an MQTT connect", Buffer.from("101000044d5154540402003c000474657374", "hex")],
  ["a frame without a header", Buffer.from("08000000000000ce", "hex")],
  ["random octets", Buffer.from(Array.from({ length: 500 }, () => Math.floor(random() * 256)))],
  ["a long line of them", Buffer.alloc(1_000_000, "x")],
];

let broker: Broker;
beforeAll(async () => {
  broker = await startBroker();
});
afterAll(() => broker.stop());

/** Everything the broker answers until it ends the connection, which it has to do itself. */
async function answerTo(bytes: Buffer, pieces = 1): Promise<Buffer> {
  const socket = connectSocket({ host: broker.host, port: broker.port, noDelay: true });
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  // A broker that has heard enough may cut the rest off.
  socket.on("error", () => {});
  const closed = once(socket, "close");
  await once(socket, "connect");
  const size = Math.ceil(bytes.length / pieces);
  for (let at = 0; at < bytes.length; at += size) {
    await new Promise((resolve) => socket.write(bytes.subarray(at, at + size), resolve));
  }
  await closed;
  return Buffer.concat(chunks);
}

/** Undefined until there are enough bytes to recognise it. */
function secondFrame(answer: Buffer): Buffer | undefined {
  if (answer.length < 7) return undefined;
  const second = answer.subarray(answer.readUInt32BE(3) + 8);
  return second.length < 13 ? undefined : second;
}

describe("a client of another protocol", () => {
  it.each(foreign)("receives the header of AMQP 0-9-1 and the end of the connection for %s", async (_, bytes) => {
    expect(await answerTo(bytes)).toEqual(header);
  });

  it("receives the same when its bytes arrive one by one", async () => {
    expect(await answerTo(Buffer.from("GET / HTT"), 9)).toEqual(header);
  });

  it("receives a close with 501 when garbage follows the right header", async () => {
    const socket = connectSocket({ host: broker.host, port: broker.port });
    let answer = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
    });
    socket.write(Buffer.concat([header, Buffer.from("GET / HTTP/1.1\r\n\r\n")]));
    const second = await until(() => secondFrame(answer), { what: "two frames" });
    // connection.start, then connection.close.
    expect(answer.readUInt32BE(7)).toBe(0x000a_000a);
    expect(second.readUInt32BE(7)).toBe(0x000a_0032);
    expect(second.readUInt16BE(11)).toBe(501);
    socket.destroy();
  });

  it("leaves nothing behind, after a part of the header or nothing at all", async () => {
    for (const bytes of [header.subarray(0, 5), Buffer.alloc(0), header]) {
      const socket = connectSocket({ host: broker.host, port: broker.port });
      const closed = once(socket, "close");
      await once(socket, "connect");
      socket.resume().end(bytes);
      await closed;
    }
    await until(() => broker.overview().connections.length === 0, { what: "the broker to forget them" });
  });

  it("does not affect another connection", async () => {
    const connection = await connect(broker.url);
    const channel = await connection.createConfirmChannel();
    const { queue } = await channel.assertQueue("", { exclusive: true });
    const arrived: string[] = [];
    await channel.consume(queue, (message) => arrived.push(message?.content.toString() ?? "cancelled"), {
      noAck: true,
    });
    const expected = foreign.map(([name]) => name);
    await Promise.all(
      foreign.map(async ([name, bytes]) => {
        const answer = answerTo(bytes, 3);
        channel.sendToQueue(queue, Buffer.from(name));
        await channel.waitForConfirms();
        await answer;
      }),
    );
    await until(() => arrived.length === expected.length, { what: "every message" });
    expect(arrived).toEqual(expected);
    await connection.close();
  });
});

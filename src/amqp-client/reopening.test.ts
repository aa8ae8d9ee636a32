/** A broker that breaks the protocol costs one connection: a consumer consumes again, and a publish is sent again. */
import { describe, expect, it } from "vitest";
import { createConnection, createPublisher, messageTo } from "../../test/amqp-client/client.ts";
import { type Answer, frame, frames, openOk, ordinary, ScriptedServer } from "../../test/support/scripted-server.ts";
import { createSilentLogger } from "../log/logger.ts";
import { createDeferred } from "../util/deferred.ts";
import type { AmqpConnection } from "./connection.ts";
import { Consumer } from "./consumer.ts";

const doubled = frames(1, { name: "channel.open-ok" });

const broken: readonly [name: string, octets: Buffer, code: string][] = [
  ["garbage", Buffer.alloc(64, 0x41), "ERR_AMQP_PROTOCOL"],
  ["an unknown method", frame(1, 0, Buffer.from([0, 250, 0, 250])), "ERR_AMQP_PROTOCOL"],
  ["a frame of two gigabytes", Buffer.from([3, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0]), "ERR_AMQP_PROTOCOL"],
  ["a second open-ok of the connection", openOk, "ERR_AMQP_PROTOCOL"],
  ["a second open-ok of a channel", doubled, "ERR_AMQP_PROTOCOL"],
  ["a body without a delivery", frame(3, 1, Buffer.from("body")), "ERR_AMQP_PROTOCOL"],
  ["a close that is cut off", frame(1, 0, Buffer.from([0, 10, 0, 50, 1])), "ERR_AMQP_PROTOCOL"],
];

const answerTo: Answer = (method, channel, peer) => {
  if (method.name === "basic.qos") return frames(channel, { name: "basic.qos-ok" });
  if (method.name === "basic.cancel") {
    return frames(channel, { name: "basic.cancel-ok", consumerTag: method.consumerTag });
  }
  if (method.name === "basic.publish") {
    return frames(channel, { name: "basic.ack", deliveryTag: 1, multiple: false });
  }
  return ordinary(method, channel, peer);
};

/** Answers the first publish with these bytes instead of a confirm. */
function breaksOnce(octets: Buffer): Answer {
  let broke = false;
  return (method, channel, peer) => {
    if (method.name !== "basic.publish" || broke) return answerTo(method, channel, peer);
    broke = true;
    return octets;
  };
}

/** Resolves with why the connection was lost, once it is there again. */
function lostAndBack(connection: AmqpConnection): Promise<Error> {
  const back = createDeferred<Error>();
  let reason: Error | undefined;
  connection.subscribe({
    lost: (error) => (reason = error),
    opened: () => reason && back.resolve(reason),
  });
  return back.promise;
}

describe("after a broker has broken the protocol", () => {
  it.each(broken)("(%s) a consumer consumes on a new connection", async (_, octets, code) => {
    await using server = await ScriptedServer.start(answerTo);
    await using connection = createConnection({ url: `amqp://127.0.0.1:${server.port}` });
    await connection.open();
    const logger = createSilentLogger();
    const consumer = new Consumer({ connection, queue: "orders", prefetch: 10, logger, onDelivery: () => {} });
    await consumer.start();
    const back = lostAndBack(connection);
    server.peers[0]?.socket.write(octets);
    expect(await back).toMatchObject({ code });
    await expect.poll(() => consumer.state, { timeout: 10_000 }).toBe("consuming");
    expect(server.peers[1]?.methods).toContain("basic.consume");
    await consumer.close();
  });

  it.each(broken)("(%s) a publish without a confirm is sent again", async (_, octets, code) => {
    await using server = await ScriptedServer.start(breaksOnce(octets));
    await using connection = createConnection({ url: `amqp://127.0.0.1:${server.port}` }, "publishing");
    await connection.open();
    const back = lostAndBack(connection);
    await using publisher = createPublisher(connection);
    await publisher.publish(messageTo("orders", "1"));
    expect(await back).toMatchObject({ code });
    const sent = server.peers.map(({ methods }) => methods.filter((name) => name === "basic.publish").length);
    expect(sent).toEqual([1, 1]);
  });
});

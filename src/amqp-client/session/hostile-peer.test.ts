/** Nothing that a peer sends throws out of the socket or leaves a session waiting: a scripted server says it, byte for byte. */
import { describe, expect, it, vi } from "vitest";
import {
  type Answer,
  close,
  frame,
  frames,
  openOk,
  ordinary,
  ScriptedServer,
  start,
  tune,
} from "../../../test/support/scripted-server.ts";
import { readRecordedFrames } from "../../../test/vectors/recorded-frames.ts";
import { emptyTable, type FieldTable, longString } from "../../amqp-wire/field-table.ts";
import { createDeferred } from "../../util/deferred.ts";
import { Session } from "./session.ts";
import type { SessionSettings } from "./session-contract.ts";

const handshake = {
  username: "guest",
  password: "guest",
  virtualHost: "/",
  connectionName: "test",
  clientVersion: "0",
};

function settings(port: number, more: Partial<SessionSettings> = {}): SessionSettings {
  return {
    handshake: { ...handshake, heartbeat: 0 },
    target: { host: "127.0.0.1", port, tls: undefined },
    handshakeTimeoutMs: 10_000,
    answerTimeoutMs: 10_000,
    listenerFailed: (error) => {
      throw error;
    },
    ...more,
  };
}

const never = new AbortController().signal;

/** How the attempt to connect ended, or the session that came of it. */
async function endOf(
  server: ScriptedServer,
  more: Partial<SessionSettings> = {},
): Promise<{ code: string; replyCode: unknown; message: string }> {
  try {
    const session = await Session.open(settings(server.port, more), never);
    const error = await new Promise<Error | undefined>((resolve) => session.subscribe({ closed: resolve }));
    return error as never;
  } catch (error) {
    return error as never;
  }
}

it("a connection attempt leaves no timer behind when the socket cannot be created", async () => {
  const before = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const target = { host: "127.0.0.1", port: 1, tls: { minVersion: "none" as never } };
  await expect(Session.open(settings(1, { target }), never)).rejects.toThrow(
    "not a valid minimum TLS protocol version",
  );
  expect(process.getActiveResourcesInfo().filter((name) => name === "Timeout")).toHaveLength(before);
});

/** An ordinary broker except for one answer. */
function except(name: string, octets: Buffer | undefined, ends = false): Answer {
  return (method, channel, peer) => {
    if (method.name !== name) return ordinary(method, channel, peer);
    if (ends && octets) peer.socket.end(octets);
    return ends ? undefined : octets;
  };
}

const http = Buffer.from("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
const unknownMethod = frame(1, 0, Buffer.from([0, 250, 0, 250]));

function nested(levels: number): FieldTable {
  let table: FieldTable = emptyTable;
  for (let level = 0; level < levels; level++) table = new Map([["k", { type: "F" as const, value: table }]]);
  return table;
}

describe("bytes in the same chunk as open-ok", () => {
  it.each<[string, Buffer, string]>([
    ["a close", close(320, "CONNECTION_FORCED"), "ERR_AMQP_CONNECTION_CLOSED"],
    ["garbage", Buffer.alloc(64, 0x41), "ERR_AMQP_PROTOCOL"],
    ["HTTP", http, "ERR_AMQP_PROTOCOL"],
    ["a frame for a channel that is not open", frames(5, { name: "channel.open-ok" }), "ERR_AMQP_PROTOCOL"],
    ["an unknown method", unknownMethod, "ERR_AMQP_PROTOCOL"],
    ["a second open-ok", openOk, "ERR_AMQP_PROTOCOL"],
    ["a close-ok without a close", frames(0, { name: "connection.close-ok" }), "ERR_AMQP_PROTOCOL"],
    ["a huge frame", Buffer.from([3, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0]), "ERR_AMQP_PROTOCOL"],
    ["a frame of an unknown type", frame(9, 0, Buffer.from("zz")), "ERR_AMQP_PROTOCOL"],
    ["a truncated method", frame(1, 0, Buffer.from([0, 10])), "ERR_AMQP_PROTOCOL"],
    ["an empty method", frame(1, 0, Buffer.alloc(0)), "ERR_AMQP_PROTOCOL"],
    ["a truncated close", frame(1, 0, Buffer.from([0, 10, 0, 50, 1])), "ERR_AMQP_PROTOCOL"],
    ["content on channel 0", frame(2, 0, Buffer.alloc(14)), "ERR_AMQP_PROTOCOL"],
    ["a heartbeat on channel 7", frame(8, 7, Buffer.alloc(0)), "ERR_AMQP_PROTOCOL"],
  ])("%s ends the session with a named error", async (_, octets, code) => {
    await using server = await ScriptedServer.start(except("connection.open", Buffer.concat([openOk, octets])));
    expect(await endOf(server)).toMatchObject({ code });
  });

  it("may contain a heartbeat and connection.blocked", async () => {
    const blocked = frames(0, { name: "connection.blocked", reason: "low on memory" });
    const octets = Buffer.concat([openOk, frame(8, 0, Buffer.alloc(0)), blocked]);
    await using server = await ScriptedServer.start(except("connection.open", octets));
    const session = await Session.open(settings(server.port), never);
    expect(session.blocked).toBe(true);
    await session.close();
  });

  it("may be followed by the end of the socket, which a later listener still hears", async () => {
    await using server = await ScriptedServer.start(except("connection.open", openOk, true));
    expect(await endOf(server)).toMatchObject({ code: "ERR_AMQP_CONNECTION_CLOSED" });
  });
});

describe("a handshake", () => {
  it.each<[string, number, string]>([
    ["connection.start-ok", 403, "ACCESS_REFUSED - no"],
    ["connection.open", 530, "NOT_ALLOWED - vhost x not found"],
    ["connection.open", 320, "CONNECTION_FORCED - going"],
    ["connection.start-ok", 541, "INTERNAL_ERROR"],
    ["connection.open", 501, "FRAME_ERROR"],
  ])(
    "that is answered with a close after %s keeps the code %i and the broker's message",
    async (step, replyCode, replyText) => {
      await using server = await ScriptedServer.start(except(step, close(replyCode, replyText)));
      expect(await endOf(server)).toMatchObject({ code: "ERR_AMQP_CONNECTION_CLOSED", replyCode, replyText });
    },
  );

  it.each<[string, Buffer, string]>([
    ["HTTP", http, "HTTP"],
    ["a TLS alert", Buffer.from([0x15, 3, 3, 0, 2, 2, 0x46]), "TLS"],
    ["another AMQP version", Buffer.from("AMQP\x03\x01\x00\x00", "latin1"), "3.1.0.0"],
    ["garbage", Buffer.alloc(64, 0x41), "frame type"],
    ["a frame of half a gigabyte", Buffer.from([1, 0, 0, 0x20, 0, 0, 0]), "larger than"],
  ])("with a peer that sends %s fails at once and names it", async (_, octets, words) => {
    await using server = await ScriptedServer.start(ordinary, (socket) => socket.write(octets));
    const end = await endOf(server);
    expect(end).toMatchObject({ code: "ERR_AMQP_PROTOCOL" });
    expect(end.message).toContain(words);
  });

  it.each<[string, Buffer]>([
    [
      "no PLAIN",
      frames(0, {
        name: "connection.start",
        versionMajor: 0,
        versionMinor: 9,
        serverProperties: emptyTable,
        mechanisms: Buffer.from("GSSAPI"),
        locales: Buffer.from("en_US"),
      }),
    ],
    [
      "tables nested 300 deep",
      frames(0, {
        name: "connection.start",
        versionMajor: 0,
        versionMinor: 9,
        serverProperties: nested(300),
        mechanisms: Buffer.from("PLAIN"),
        locales: Buffer.from("en_US"),
      }),
    ],
    [
      "another version",
      frames(0, {
        name: "connection.start",
        versionMajor: 1,
        versionMinor: 0,
        serverProperties: emptyTable,
        mechanisms: Buffer.from("PLAIN"),
        locales: Buffer.from("en_US"),
      }),
    ],
    ["tune before start", tune()],
    ["start on channel 5", frames(5, { name: "connection.open-ok" })],
  ])("with %s ends in a named error", async (_, octets) => {
    await using server = await ScriptedServer.start(ordinary, (socket) => socket.write(octets));
    expect(await endOf(server)).toMatchObject({ code: "ERR_AMQP_PROTOCOL" });
  });

  it.each<[string, Answer]>([
    ["a second start", except("connection.start-ok", Buffer.concat([start, tune()]))],
    ["secure", except("connection.start-ok", frames(0, { name: "connection.secure", challenge: Buffer.from("x") }))],
  ])("with %s ends in a named error", async (_, answer) => {
    await using server = await ScriptedServer.start(answer);
    expect(await endOf(server)).toMatchObject({ code: "ERR_AMQP_PROTOCOL" });
  });

  it.each<[string, Answer]>([
    ["start", () => undefined],
    ["tune", except("connection.start-ok", undefined)],
    ["open-ok", except("connection.open", undefined)],
  ])("that stops before %s has one deadline", async (name, answer) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const silence = createDeferred();
      const said: Answer = (method, channel, peer) => {
        const octets = answer(method, channel, peer);
        if (octets === undefined) silence.resolve();
        return octets;
      };
      await using server = await ScriptedServer.start(said, name === "start" ? () => silence.resolve() : undefined);
      const ended = endOf(server, { handshakeTimeoutMs: 200 });
      await silence.promise;
      vi.advanceTimersByTime(199);
      expect(await Promise.race([ended, Promise.resolve("not yet")])).toBe("not yet");
      vi.advanceTimersByTime(1);
      const end = await ended;
      expect(end).toMatchObject({ code: "ERR_AMQP_ANSWER_TIMEOUT" });
      expect(end.message).toContain(name);
    } finally {
      vi.useRealTimers();
    }
  });

  it("ends at its deadline although single bytes keep arriving", async () => {
    await using server = await ScriptedServer.start(ordinary, (socket) => {
      let at = 0;
      const timer = setInterval(
        () => (socket.destroyed ? clearInterval(timer) : socket.write(start.subarray(at, ++at))),
        20,
      );
      socket.on("close", () => clearInterval(timer));
    });
    expect(await endOf(server, { handshakeTimeoutMs: 300 })).toMatchObject({ code: "ERR_AMQP_ANSWER_TIMEOUT" });
  });

  it.each([
    ["0 of everything", tune(0, 0, 0), { channelMax: 2047, frameMax: 131_072, heartbeatSeconds: 10 }],
    ["a frame_max of 1", tune(2047, 1, 60), { channelMax: 2047, frameMax: 4096, heartbeatSeconds: 10 }],
    ["a frame_max of 4096", tune(2047, 4096, 60), { channelMax: 2047, frameMax: 4096, heartbeatSeconds: 10 }],
    [
      "the largest numbers",
      tune(65_535, 0xffff_ffff, 65_535),
      { channelMax: 2047, frameMax: 131_072, heartbeatSeconds: 10 },
    ],
    ["a heartbeat of 1", tune(10, 8192, 1), { channelMax: 10, frameMax: 8192, heartbeatSeconds: 1 }],
  ])("agrees on sane limits when the broker proposes %s", async (_, octets, expected) => {
    await using server = await ScriptedServer.start(except("connection.start-ok", octets));
    const session = await Session.open(settings(server.port, { handshake: { ...handshake, heartbeat: 10 } }), never);
    expect(session.agreement).toMatchObject(expected);
    await session.close();
  });

  it("ends when its signal aborts", async () => {
    await using server = await ScriptedServer.start(except("connection.open", undefined));
    const controller = new AbortController();
    const opening = Session.open(settings(server.port), controller.signal);
    controller.abort();
    await expect(opening).rejects.toMatchObject({ code: "ERR_AMQP_CONNECTION_CLOSED" });
  });
});

describe("a session", () => {
  it("closes a connection to a silent peer within two heartbeats, even while it writes", async () => {
    await using server = await ScriptedServer.start(except("connection.start-ok", tune(10, 131_072, 1)));
    const session = await Session.open(settings(server.port, { handshake: { ...handshake, heartbeat: 1 } }), never);
    const channel = await session.openChannel();
    let ticks = 0;
    const timer = setInterval(() => {
      ticks++;
      if (channel.isOpen) channel.publish("", "q", false, Buffer.from([0, 0]), Buffer.from("x"));
    }, 50);
    const error = await new Promise<Error | undefined>((resolve) => session.subscribe({ closed: resolve }));
    clearInterval(timer);
    expect(error).toMatchObject({ code: "ERR_AMQP_HEARTBEAT" });
    // Two intervals are 40 ticks. Ticks are counted, not time: while the machine is busy there are none of either timer.
    expect(ticks).toBeLessThan(60);
  });

  it("sends heartbeats when it writes nothing else", async () => {
    await using server = await ScriptedServer.start(except("connection.start-ok", tune(10, 131_072, 1)));
    const session = await Session.open(settings(server.port, { handshake: { ...handshake, heartbeat: 1 } }), never);
    await new Promise((resolve) => session.subscribe({ closed: resolve }));
    expect(server.peers[0]?.heartbeats.count).toBeGreaterThanOrEqual(2);
  });

  it("closes a channel whose request has no answer, and continues", async () => {
    await using server = await ScriptedServer.start();
    const session = await Session.open(settings(server.port, { answerTimeoutMs: 100 }), never);
    const channel = await session.openChannel();
    const asked = channel.ask(
      { name: "queue.delete", queue: "q", ifUnused: false, ifEmpty: false, nowait: false },
      "queue.delete-ok",
    );
    await expect(asked).rejects.toMatchObject({ code: "ERR_AMQP_ANSWER_TIMEOUT" });
    expect(channel.isOpen).toBe(false);
    expect((await session.openChannel()).isOpen).toBe(true);
    await session.close();
  });

  it("closes a connection that does not even answer the close of a channel", async () => {
    await using server = await ScriptedServer.start(except("channel.close", undefined));
    const session = await Session.open(settings(server.port, { answerTimeoutMs: 100 }), never);
    const channel = await session.openChannel();
    const ended = new Promise<Error | undefined>((resolve) => session.subscribe({ closed: resolve }));
    await channel.close();
    expect(await ended).toMatchObject({ code: "ERR_AMQP_ANSWER_TIMEOUT" });
  });

  it.each<[string, Buffer]>([
    ["an answer without a question", frames(1, { name: "queue.purge-ok", messageCount: 1 })],
    ["a doubled answer", frames(1, { name: "channel.open-ok" })],
    [
      "a delivery without a consumer",
      frames(1, {
        name: "basic.deliver",
        consumerTag: "?",
        deliveryTag: 1,
        redelivered: false,
        exchange: "",
        routingKey: "",
      }).subarray(0),
    ],
    ["a body without a header", frame(3, 1, Buffer.from("x"))],
    [
      "a method inside content",
      Buffer.concat([
        frames(1, {
          name: "basic.deliver",
          consumerTag: "c",
          deliveryTag: 1,
          redelivered: false,
          exchange: "",
          routingKey: "",
        }),
        frames(1, { name: "channel.flow", active: true }),
      ]),
    ],
    ["a truncated delivery", frame(1, 1, Buffer.from([0, 60, 0, 60, 5, 0x41]))],
    ["a confirm of a wrong size", frame(1, 1, Buffer.from([0, 60, 0, 80, 1]))],
  ])("ends with a named error after %s", async (_, octets) => {
    await using server = await ScriptedServer.start();
    const session = await Session.open(settings(server.port), never);
    await session.openChannel();
    const ended = new Promise<Error | undefined>((resolve) => session.subscribe({ closed: resolve }));
    // A delivery shows what is wrong with it when its content came.
    server.peers[0]?.socket.write(
      Buffer.concat([octets, frame(2, 1, Buffer.from("003c0000000000000000000000000000", "hex"))]),
    );
    expect(await ended).toMatchObject({ code: "ERR_AMQP_PROTOCOL" });
  });

  it("names the limit when all channels are in use", async () => {
    await using server = await ScriptedServer.start(except("connection.start-ok", tune(2, 131_072, 0)));
    const session = await Session.open(settings(server.port), never);
    const first = await session.openChannel();
    await session.openChannel();
    await expect(session.openChannel()).rejects.toMatchObject({
      code: "ERR_AMQP_CHANNEL_LIMIT",
      message: expect.stringContaining("2"),
    });
    await first.close();
    expect((await session.openChannel()).number).toBe(first.number);
    await session.close();
  });

  it("limits the effect of an unreadable delivery to that delivery", async () => {
    await using server = await ScriptedServer.start();
    const session = await Session.open(settings(server.port), never);
    const channel = await session.openChannel();
    const bad = Buffer.from("003c0000000000000000000020000000000501610a7a7a", "hex");
    const good = Buffer.from("003c000000000000000000000000", "hex");
    const deliver = (deliveryTag: number): Buffer =>
      frames(1, {
        name: "basic.deliver",
        consumerTag: "c",
        deliveryTag,
        redelivered: false,
        exchange: "e",
        routingKey: "k",
      });
    const came = new Promise<unknown[]>((resolve) => {
      const errors: unknown[] = [];
      const delivered = (message: {
        readonly headers: unknown;
        readonly deliveryTag: number;
        readonly rawProperties: Buffer;
      }): void => {
        try {
          errors.push(message.headers);
        } catch (error) {
          errors.push(error, message.rawProperties.toString("hex"));
        }
        if (message.deliveryTag === 2) resolve(errors);
      };
      const consuming = channel.consume(
        {
          name: "basic.consume",
          queue: "q",
          consumerTag: "c",
          noLocal: false,
          noAck: false,
          exclusive: false,
          nowait: false,
          arguments: emptyTable,
        },
        { delivered, cancelled: () => {} },
      );
      consuming.catch(() => {});
    });
    server.peers[0]?.socket.write(Buffer.concat([deliver(1), frame(2, 1, bad), deliver(2), frame(2, 1, good)]));
    expect(await came).toEqual([
      expect.objectContaining({ code: "ERR_AMQP_MESSAGE_UNREADABLE" }),
      bad.subarray(12).toString("hex"),
      {},
    ]);
    await session.close();
  });
});

describe("every recorded frame, cut at every byte and followed by silence or the end", () => {
  const octets = readRecordedFrames().filter(({ from, bytes }) => from === "broker" && bytes.length < 200);

  const pieces = octets.flatMap(({ bytes }) =>
    Array.from({ length: bytes.length }, (_, cut) => bytes.subarray(0, cut + 1)),
  );

  it("leaves no waiting session and no thrown error", { timeout: 120_000 }, async () => {
    // What each client receives once its channel is open, in the order of their connections.
    const answer: Answer = (method, channel, peer) => {
      if (method.name !== "channel.open") return ordinary(method, channel, peer);
      peer.socket.end(Buffer.concat([frames(channel, { name: "channel.open-ok" }), pieces.pop() ?? Buffer.alloc(0)]));
      return undefined;
    };
    await using server = await ScriptedServer.start(answer);
    const one = async (): Promise<void> => {
      while (pieces.length > 0) {
        const session = await Session.open(settings(server.port), never);
        const ended = new Promise((resolve) => session.subscribe({ closed: resolve }));
        session.openChannel().catch(() => {});
        await ended;
      }
    };
    await Promise.all(Array.from({ length: 8 }, one));
    expect(pieces).toEqual([]);
  });
});

describe("a table of the server", () => {
  it("may have a property __proto__", async () => {
    const serverProperties: FieldTable = new Map([
      ["__proto__", { type: "F" as const, value: new Map([["product", longString("evil")]]) }],
      ["product", longString("fake")],
    ]);
    const octets = frames(0, {
      name: "connection.start",
      versionMajor: 0,
      versionMinor: 9,
      serverProperties,
      mechanisms: Buffer.from("PLAIN"),
      locales: Buffer.from("en_US"),
    });
    await using server = await ScriptedServer.start(ordinary, (socket) => {
      socket.write(octets);
      socket.on("data", (chunk) => {
        if (chunk.includes(Buffer.from("PLAIN"))) socket.write(Buffer.concat([tune(), openOk]));
      });
    });
    const session = await Session.open(settings(server.port), never);
    expect(session.agreement.serverProperties["product"]).toBe("fake");
    server.peers[0]?.socket.destroy();
    await new Promise((resolve) => session.subscribe({ closed: resolve }));
  });
});

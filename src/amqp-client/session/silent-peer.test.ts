/** A peer that stops in the middle of a frame ends a session by name, at every byte of the handshake and within every frame after it. */
import { describe, expect, it } from "vitest";
import {
  type Answer,
  frames,
  openOk,
  ordinary,
  ScriptedServer,
  start,
  tune,
} from "../../../test/support/scripted-server.ts";
import { readRecordedFrames } from "../../../test/vectors/recorded-frames.ts";
import { Session } from "./session.ts";
import type { SessionSettings } from "./session-contract.ts";

const handshake = {
  username: "guest",
  password: "guest",
  virtualHost: "/",
  connectionName: "test",
  clientVersion: "0",
};

function settings(port: number, more: Partial<SessionSettings>): SessionSettings {
  return {
    handshake: { ...handshake, heartbeat: 0 },
    target: { host: "127.0.0.1", port, tls: undefined },
    handshakeTimeoutMs: 20_000,
    answerTimeoutMs: 10_000,
    listenerFailed: (error) => {
      throw error;
    },
    ...more,
  };
}

async function endOf(port: number, more: Partial<SessionSettings> = {}): Promise<unknown> {
  try {
    const session = await Session.open(settings(port, more), new AbortController().signal);
    const ended = new Promise<Error | undefined>((resolve) => session.subscribe({ closed: resolve }));
    session.openChannel().catch(() => {});
    return (await ended) ?? "closed";
  } catch (error) {
    return error;
  }
}

function codeOf(end: unknown): unknown {
  return (end as { readonly code?: unknown }).code;
}

describe("a handshake that is cut at any byte", () => {
  const whole = Buffer.concat([start, tune(), openOk]);
  const cuts = Array.from({ length: whole.length }, (_, cut) => cut);

  it.each([
    ["silent", "ERR_AMQP_ANSWER_TIMEOUT"],
    ["gone", "ERR_AMQP_CONNECTION_CLOSED"],
  ])("ends with a named error when the peer is %s from then on", { timeout: 60_000 }, async (then, code) => {
    let next = 0;
    await using server = await ScriptedServer.start(ordinary, (socket) => {
      const octets = whole.subarray(0, cuts[next++]);
      if (then === "gone") socket.end(octets);
      else socket.write(octets);
    });
    const ends = await Promise.all(
      cuts.map(() => endOf(server.port, { handshakeTimeoutMs: then === "gone" ? 20_000 : 1000 })),
    );
    expect(new Set(ends.map(codeOf))).toEqual(new Set([code]));
  });
});

describe("a frame that is cut and followed by silence", () => {
  const cutFrames = readRecordedFrames()
    .filter(({ from, bytes }) => from === "broker" && bytes.length > 8 && bytes.length < 5000)
    .map(({ bytes }) => bytes.subarray(0, Math.floor(bytes.length / 2)));

  it("is detected by the heartbeat", { timeout: 60_000 }, async () => {
    let next = 0;
    const answer: Answer = (method, channel, peer) => {
      if (method.name === "connection.start-ok") return tune(10, 131_072, 1);
      if (method.name !== "channel.open") return ordinary(method, channel, peer);
      return Buffer.concat([frames(channel, { name: "channel.open-ok" }), cutFrames[next++] ?? Buffer.alloc(0)]);
    };
    await using server = await ScriptedServer.start(answer);
    const ends = await Promise.all(
      cutFrames.map(() => endOf(server.port, { handshake: { ...handshake, heartbeat: 1 } })),
    );
    expect(new Set(ends.map(codeOf))).toEqual(new Set(["ERR_AMQP_HEARTBEAT"]));
    expect(next).toBe(cutFrames.length);
  });
});

// One case of the fuzz: what a client sends, made from a seed and a number, the same every time.
import { ByteWriter } from "../../src/amqp-wire/byte-writer.ts";
import { protocolHeader } from "../../src/amqp-wire/constants.ts";
import { encodeMethod, type Method } from "../../src/amqp-wire/methods.ts";
import { seededRandom } from "../../src/testing/random.ts";
import { readRecordedFrames } from "../../test/vectors/recorded-frames.ts";
import { mutatedFrame, type Random } from "./mutated-frames.ts";

export type FuzzKind = "header" | "handshake" | "session";

export interface FuzzCase {
  readonly kind: FuzzKind;
  readonly bytes: Buffer;
  /** Where the bytes are cut into writes. */
  readonly cuts: readonly number[];
  /**
   * Whether the broker can see an end in what was sent: the frames are whole, and the last one closes the connection, or one
   * of them is broken outside. Otherwise it may wait for more, and gets the end of the input.
   */
  readonly ends: boolean;
  /** Whether the client leaves the end of the socket to the broker when that has closed the connection. */
  readonly waits: boolean;
}

/** No frame of a case is as large, and no broker here agrees on more. */
const largestFrame = 131_072;

const recorded = readRecordedFrames();
const startOkFrame = recorded.find(({ method }) => method === "ConnectionStartOk")?.bytes as Buffer;
const corpus = recorded
  .filter(({ from, scene }) => from === "client" && scene !== "handshake" && scene !== "close")
  .map(({ bytes }) => bytes);
const foreign = recorded.filter(({ from }) => from === "broker").map(({ bytes }) => bytes);

/** Case `index` of a run with this seed; what it declares goes into the virtual host. */
export function fuzzCase(seed: number, index: number, virtualHost: string): FuzzCase {
  const random = seededRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
  const draw = random();
  const kind = draw < 0.1 ? "header" : draw < 0.3 ? "handshake" : "session";
  const bytes = build(kind, random, virtualHost);
  const state = kind === "header" ? "waiting" : stateOf(bytes.subarray(protocolHeader.length));
  const whole = state === "whole" ? Buffer.concat([bytes, closeFrame]) : bytes;
  const count = random() < 0.5 ? 0 : 1 + Math.floor(random() * 4);
  const cuts = Array.from({ length: count }, () => Math.floor(random() * whole.length)).sort((a, b) => a - b);
  return { kind, bytes: whole, cuts, ends: state !== "waiting", waits: random() < 0.02 };
}

function build(kind: FuzzKind, random: Random, virtualHost: string): Buffer {
  switch (kind) {
    case "header":
      return Buffer.concat([mutatedFrame(random, [protocolHeader]), noise(random)]);
    case "handshake": {
      const frames = handshakeFrames(virtualHost).map((frame) =>
        random() < 0.5 ? mutatedFrame(random, [frame]) : frame,
      );
      if (random() < 0.2) frames.splice(Math.floor(random() * 3), 1);
      return Buffer.concat([protocolHeader, ...frames]);
    }
    case "session":
      return Buffer.concat([protocolHeader, ...handshakeFrames(virtualHost), ...openFrames, ...sessionFrames(random)]);
  }
}

/** One to twelve frames of a client, most of them as they were recorded until the first that is not. */
function sessionFrames(random: Random): Buffer[] {
  const frames: Buffer[] = [];
  const count = 1 + Math.floor(random() * 12);
  let at = Math.floor(random() * corpus.length);
  for (let index = 0; index < count; index++) {
    const source = random() < 0.03 ? foreign : corpus;
    if (random() < 0.4)
      frames.push(mutatedFrame(random, random() < 0.5 ? [source[at % source.length] as Buffer] : source));
    else frames.push(source[at % source.length] as Buffer);
    at = random() < 0.7 ? at + 1 : Math.floor(random() * corpus.length);
  }
  return frames;
}

function noise(random: Random): Buffer {
  return Buffer.from(Array.from({ length: Math.floor(random() * 40) }, () => Math.floor(random() * 256)));
}

/** Whether frames are whole, broken outside, or wait for more bytes. Written apart from the codec that is under test. */
function stateOf(bytes: Buffer): "whole" | "broken" | "waiting" {
  let at = 0;
  while (at < bytes.length) {
    if (![1, 2, 3, 8].includes(bytes[at] as number)) return "broken";
    if (bytes.length - at < 8) return "waiting";
    const size = bytes.readUInt32BE(at + 3) + 8;
    if (size > largestFrame + 8) return "broken";
    if (bytes.length - at < size) return "waiting";
    if (bytes[at + size - 1] !== 0xce) return "broken";
    at += size;
  }
  return "whole";
}

/** A handshake that the broker takes: the recorded login, frames as large as it proposes, this virtual host. */
function handshakeFrames(virtualHost: string): Buffer[] {
  return [
    startOkFrame,
    methodFrame(0, { name: "connection.tune-ok", channelMax: 2047, frameMax: largestFrame, heartbeat: 60 }),
    methodFrame(0, { name: "connection.open", virtualHost }),
  ];
}

function methodFrame(channel: number, method: Method): Buffer {
  const writer = new ByteWriter();
  writer.uint8(1);
  writer.uint16(channel);
  const mark = writer.openLength();
  encodeMethod(writer, method);
  writer.fillLength(mark);
  writer.uint8(0xce);
  return writer.cut();
}

const openFrames: readonly Buffer[] = [1, 2, 3].map((channel) => methodFrame(channel, { name: "channel.open" }));
const closeFrame: Buffer = methodFrame(0, {
  name: "connection.close",
  replyCode: 200,
  replyText: "done",
  classId: 0,
  methodId: 0,
});
/** The answer to a broker that closes. */
export const closeOkFrame: Buffer = methodFrame(0, { name: "connection.close-ok" });

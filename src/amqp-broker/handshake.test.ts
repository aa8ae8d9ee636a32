/** The server's half of the handshake, without a socket. */
import { describe, expect, it } from "vitest";
import { ByteWriter } from "../amqp-wire/byte-writer.ts";
import {
  emptyTable,
  type FieldTable,
  type FieldValue,
  longString,
  tableAsObject,
  writeTable,
} from "../amqp-wire/field-table.ts";
import type { Method, MethodFields } from "../amqp-wire/methods.ts";
import { systemClock } from "../util/clock.ts";
import { Access } from "./access.ts";
import {
  capability,
  HandshakeRefused,
  ServerHandshake,
  type ServerHandshakeHost,
  serverPropertiesOf,
} from "./handshake.ts";
import { resolveBrokerOptions } from "./options.ts";
import { VirtualHost } from "./virtual-host.ts";

const root = new VirtualHost("/", systemClock);

function handshake(): ServerHandshake {
  const access = new Access();
  access.addUser({ name: "ann", password: "sécret" }, true);
  access.addUser({ name: "bob", password: "b" }, false);
  const host: ServerHandshakeHost = {
    options: resolveBrokerOptions({ frameMax: 16_384, channelMax: 100, heartbeatSeconds: 30 }),
    access,
    serverProperties: serverPropertiesOf({ product: "test" }),
    virtualHost: (name) => (name === "/" ? root : undefined),
  };
  return new ServerHandshake(host);
}

function startOk(fields: Partial<MethodFields<"connection.start-ok">> = {}): Method {
  return {
    name: "connection.start-ok",
    clientProperties: emptyTable,
    mechanism: "PLAIN",
    response: Buffer.from("\0ann\0sécret"),
    locale: "en_US",
    ...fields,
  };
}

function tuneOk(fields: Partial<MethodFields<"connection.tune-ok">> = {}): Method {
  return { name: "connection.tune-ok", channelMax: 100, frameMax: 16_384, heartbeat: 30, ...fields };
}

const openMethod = { name: "connection.open", virtualHost: "/" } as const satisfies Method;

function refused(act: () => unknown): HandshakeRefused {
  try {
    act();
  } catch (error) {
    if (error instanceof HandshakeRefused) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

function capabilities(...names: readonly string[]): FieldTable {
  const yes: FieldValue = { type: "t", value: true };
  return new Map([["capabilities", { type: "F", value: new Map(names.map((name) => [name, yes])) }]]);
}

function amqplain(fields: FieldTable): Buffer {
  const writer = new ByteWriter();
  writeTable(writer, fields);
  return writer.cut().subarray(4);
}

describe("Handshake", () => {
  it("proposes limits, and accepts the client's values within them", () => {
    const shaking = handshake();
    expect(shaking.start).toMatchObject({ name: "connection.start", versionMajor: 0, versionMinor: 9 });
    const clientProperties = new Map([["product", longString("x")]]);
    expect(shaking.next(startOk({ clientProperties })).reply).toEqual({
      name: "connection.tune",
      channelMax: 100,
      frameMax: 16_384,
      heartbeat: 30,
    });
    expect(shaking.next(tuneOk({ channelMax: 5, frameMax: 8192, heartbeat: 0 }))).toEqual({ heartbeatSeconds: 0 });
    expect(shaking.next(openMethod)).toEqual({
      reply: { name: "connection.open-ok" },
      agreement: {
        user: "ann",
        virtualHost: root,
        clientProperties,
        frameMax: 8192,
        channelMax: 5,
      },
    });
  });

  it("accepts a login by AMQPLAIN", () => {
    const response = amqplain(
      new Map([
        ["LOGIN", longString("ann")],
        ["PASSWORD", longString("sécret")],
      ]),
    );
    expect(handshake().next(startOk({ mechanism: "AMQPLAIN", response })).reply?.name).toBe("connection.tune");
  });

  it.each([
    ["a wrong password", { response: Buffer.from("\0ann\0secret") }],
    ["an unknown user", { response: Buffer.from("\0eve\0") }],
    ["no response", { response: Buffer.alloc(0) }],
    ["a response of too few parts", { response: Buffer.from("\0ann") }],
    ["a response of too many parts", { response: Buffer.from("\0ann\0sécret\0more") }],
    ["another mechanism", { mechanism: "EXTERNAL" }],
    [
      "AMQPLAIN without a password",
      { mechanism: "AMQPLAIN", response: amqplain(new Map([["LOGIN", longString("ann")]])) },
    ],
  ])("refuses %s, and sends the reason only to clients that understand it", (_what, fields) => {
    expect(refused(() => handshake().next(startOk(fields))).told).toBe(false);
    const clientProperties = capabilities("authentication_failure_close");
    expect(refused(() => handshake().next(startOk({ ...fields, clientProperties }))).told).toBe(true);
  });

  it("refuses a malformed AMQPLAIN response as an error of its frame", () => {
    const response = Buffer.from([9, 65]);
    expect(() => handshake().next(startOk({ mechanism: "AMQPLAIN", response }))).toThrow(
      expect.objectContaining({ code: "ERR_AMQP_FRAME" }),
    );
  });

  it.each([
    [{ frameMax: 16_385 }, "frame_max 16385 is not between 8192 and 16384"],
    [{ frameMax: 8191 }, "frame_max 8191 is not between 8192 and 16384"],
    [{ frameMax: 0 }, "frame_max 0 is not between 8192 and 16384"],
    [{ channelMax: 101 }, "channel_max 101 is not between 1 and 100"],
    [{ channelMax: 0 }, "channel_max 0 is not between 1 and 100"],
  ])("refuses %j", (fields, text) => {
    const shaking = handshake();
    shaking.next(startOk());
    expect(refused(() => shaking.next(tuneOk(fields)))).toMatchObject({ told: false, text });
  });

  it("refuses a virtual host that does not exist, or that the user may not use", () => {
    const shaking = handshake();
    shaking.next(startOk());
    shaking.next(tuneOk());
    const notAllowed = (message: string) => expect.objectContaining({ scope: "connection", replyCode: 530, message });
    expect(() => shaking.next({ ...openMethod, virtualHost: "x" })).toThrow(
      notAllowed("NOT_ALLOWED - vhost x not found"),
    );
    const other = handshake();
    other.next(startOk({ response: Buffer.from("\0bob\0b") }));
    other.next(tuneOk());
    expect(() => other.next(openMethod)).toThrow(
      notAllowed("NOT_ALLOWED - access to vhost '/' refused for user 'bob'"),
    );
  });

  it("accepts each step only in its order", () => {
    const wrong = (expected: string) =>
      expect.objectContaining({ scope: "connection", replyCode: 503, message: expect.stringContaining(expected) });
    expect(() => handshake().next(tuneOk())).toThrow(wrong("expected connection.start-ok"));
    expect(() => handshake().next(openMethod)).toThrow(wrong("expected connection.start-ok"));
    const shaking = handshake();
    shaking.next(startOk());
    expect(() => shaking.next(openMethod)).toThrow(wrong("expected connection.tune-ok"));
    expect(() => shaking.next(startOk())).toThrow(wrong("expected connection.tune-ok"));
    shaking.next(tuneOk());
    expect(() => shaking.next(tuneOk())).toThrow(wrong("expected connection.open"));
  });

  it("describes the broker and its capabilities", () => {
    expect(tableAsObject(serverPropertiesOf({ product: "test" }))).toEqual({
      product: "test",
      capabilities: expect.objectContaining({
        "basic.nack": true,
        publisher_confirms: true,
        "connection.blocked": true,
      }),
    });
  });
});

describe("capability", () => {
  it("is what the client declares as true", () => {
    expect(capability(capabilities("a"), "a")).toBe(true);
    expect(capability(capabilities("a"), "b")).toBe(false);
    expect(capability(emptyTable, "a")).toBe(false);
    const no = new Map([["capabilities", longString("a")]]);
    expect(capability(no, "a")).toBe(false);
    const text = new Map([["capabilities", { type: "F", value: new Map([["a", longString("true")]]) } as const]]);
    expect(capability(text, "a")).toBe(false);
  });
});

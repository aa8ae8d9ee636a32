// Bytes that break the protocol, and the reply code that each is closed with.
import { expect } from "vitest";
import { connectionError } from "../case-tools.ts";
import type { ConformanceArea, ReplyError } from "../conformance-case.ts";
import { bodyFrame, frame, headerFrame, methodFrame } from "../raw-codec.ts";
import { RawConnection } from "../raw-connection.ts";

/** A content header without a body: class 60, the flag of headers alone, then a table of one field a type. */
/** The class, no weight, a body of no bytes, and the flag of the headers. */
const tablePrefix = "003c00000000000000000000" + "2000";

/** One of each type, with its value in hexadecimal. */
const fields: readonly (readonly [type: string, value: string])[] = [
  ["t", "01"],
  ["b", "80"],
  ["B", "ff"],
  ["s", "8000"],
  ["u", "ffff"],
  ["I", "80000000"],
  ["i", "ffffffff"],
  ["l", "8000000000000000"],
  ["f", "3fc00000"],
  ["d", "3ff8000000000000"],
  ["D", "0200000539"],
  ["S", "00000003" + "c3a478"],
  ["x", "00000003" + "00ff80"],
  ["A", "00000007" + "4900000001" + "7401"],
  ["F", "00000004" + "016b" + "7401"],
  ["T", "000000006553f100"],
  ["V", ""],
];

const headerOfEveryType = Buffer.concat([Buffer.from(tablePrefix, "hex"), table(fields)]);

/** The bytes before the table, and the fields of the table in hexadecimal, in the order of their names. */
function fieldsOf(header: Buffer): readonly string[] {
  const start = tablePrefix.length / 2 + 4;
  const whole = header.subarray(start).toString("hex");
  const parts = fields.map(([type, value]) => `01${Buffer.from(type + type).toString("hex")}${value}`);
  const found = parts.filter((part) => whole.includes(part));
  return [header.subarray(0, start).toString("hex"), String(whole.length), ...found.sort()];
}

/** A field table; each field is named by its type, and its value is given in hexadecimal. */
function table(fields: readonly (readonly [type: string, value: string])[]): Buffer {
  const bytes = fields.map(([type, value]) =>
    Buffer.concat([Buffer.from([1]), Buffer.from(type), Buffer.from(type), Buffer.from(value, "hex")]),
  );
  const content = Buffer.concat(bytes);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, content]);
}

export const frames: ConformanceArea = {
  name: "frames",
  cases: [
    {
      title: "reads frames that arrive byte by byte",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        await raw.openChannel(1);
        const bytes = methodFrame(1, "QueueDeclare", { queue: context.uniqueName("queue"), exclusive: true });
        for (const byte of bytes) await raw.sendSlowly(Buffer.from([byte]));
        await raw.expect("QueueDeclareOk", 1);
      },
    },
    {
      title: "reads many frames that arrive at once",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        await raw.openChannel(1);
        const queue = context.uniqueName("queue");
        const messages = Array.from({ length: 20 }, () => [
          methodFrame(1, "BasicPublish", { exchange: "", routingKey: queue }),
          headerFrame(1, 2),
          bodyFrame(1, Buffer.from("hi")),
        ]);
        raw.send(methodFrame(1, "QueueDeclare", { queue, exclusive: true }), ...messages.flat());
        await raw.expect("QueueDeclareOk", 1);
        expect(await raw.call(1, "QueuePurge", { queue })).toEqual({ messageCount: 20 });
      },
    },
    {
      title: "accepts a body in frames of any size",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        await raw.openChannel(1);
        const queue = context.uniqueName("queue");
        await raw.call(1, "QueueDeclare", { queue, exclusive: true });
        raw.publish(1, { routingKey: queue }, {}, "abcdefghij", 3);
        raw.method(1, "BasicGet", { queue, noAck: true });
        expect((await raw.message("BasicGetOk", 1)).body.toString()).toBe("abcdefghij");
      },
    },
    {
      title: "passes properties on unchanged, with headers of every type",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        await raw.openChannel(1);
        const queue = context.uniqueName("queue");
        await raw.call(1, "QueueDeclare", { queue, exclusive: true });
        const header = frame(2, 1, headerOfEveryType);
        raw.send(methodFrame(1, "BasicPublish", { exchange: "", routingKey: queue }), header);
        raw.method(1, "BasicGet", { queue, noAck: true });
        await raw.expect("BasicGetOk", 1);
        const got = await raw.next();
        // RabbitMQ 4.3 sorts the headers by name.
        expect(got?.kind === "header" && fieldsOf(got.payload)).toEqual(fieldsOf(headerOfEveryType));
      },
    },
    {
      title: "accepts a frame whose payload alone has the largest frame size, as some clients send it",
      async run(context) {
        await using raw = await RawConnection.open(context.url, { frameMax: 8192 });
        await raw.openChannel(1);
        const queue = context.uniqueName("queue");
        await raw.call(1, "QueueDeclare", { queue, exclusive: true });
        raw.publish(1, { routingKey: queue }, {}, "x".repeat(8192), 8192);
        raw.method(1, "BasicGet", { queue, noAck: true });
        expect((await raw.message("BasicGetOk", 1)).body.length).toBe(8192);
      },
    },
    {
      title: "closes with 501 for a frame with a wrong end",
      async run(context) {
        const bytes = methodFrame(1, "QueueDeclare", { queue: "" });
        bytes[bytes.length - 1] = 0xcd;
        expect(await closedBy(context.url, bytes)).toMatchObject({ scope: "connection", code: 501 });
      },
    },
    {
      title: "closes with 501 for a frame above the negotiated size, before it has arrived completely",
      async run(context) {
        await using raw = await RawConnection.open(context.url, { frameMax: 8192 });
        await raw.openChannel(1);
        const start = frame(3, 1, Buffer.alloc(8193)).subarray(0, 100);
        raw.send(start);
        expect(await raw.refusal("connection")).toMatchObject({ code: 501 });
      },
    },
    {
      title: "closes with 501 for a frame of an unknown type",
      async run(context) {
        expect(await closedBy(context.url, frame(5, 1, Buffer.alloc(4)))).toMatchObject({ code: 501 });
      },
    },
    {
      title: "ends the connection for an unknown method",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        await raw.openChannel(1);
        raw.send(frame(1, 1, Buffer.from([0, 60, 0, 199])));
        // RabbitMQ hangs up; a broker that says why does no harm.
        const last = await raw.next();
        expect(last === undefined || (last.kind === "method" && last.name === "ConnectionClose")).toBe(true);
      },
    },
    {
      title: "closes with 501 for a method that ends too early",
      async run(context) {
        const whole = methodFrame(1, "QueueDeclare", { queue: "name", arguments: { a: 1 } });
        const bytes = frame(1, 1, whole.subarray(7, -6));
        expect(await closedBy(context.url, bytes)).toMatchObject({ scope: "connection", code: 501 });
      },
    },
    {
      title: "closes with 505 for a body without a message",
      async run(context) {
        expect(await closedBy(context.url, bodyFrame(1, Buffer.from("stray")))).toEqual(
          connectionError(505, "UNEXPECTED_FRAME - expected method frame, got non method frame instead"),
        );
      },
    },
    {
      title: "closes with 505 for a method where a message header is expected",
      async run(context) {
        const method = methodFrame(1, "BasicPublish", { exchange: "", routingKey: "" });
        expect(await closedBy(context.url, Buffer.concat([method, method]))).toEqual(
          connectionError(
            505,
            "UNEXPECTED_FRAME - expected content header for class 60, got non content header frame instead",
          ),
        );
      },
    },
    {
      title: "closes with 505 for a message header where a body is expected",
      async run(context) {
        const method = methodFrame(1, "BasicPublish", { exchange: "", routingKey: "" });
        const header = headerFrame(1, 10);
        expect(await closedBy(context.url, Buffer.concat([method, header, header]))).toEqual(
          connectionError(505, "UNEXPECTED_FRAME - expected content body, got non content body frame instead"),
        );
      },
    },
    {
      title: "closes with 505 for a message header of another class",
      async run(context) {
        const method = methodFrame(1, "BasicPublish", { exchange: "", routingKey: "" });
        const header = frame(2, 1, Buffer.from([0, 50, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
        const words = "expected content header for class 60, got one for class 50 instead";
        expect(await closedBy(context.url, Buffer.concat([method, header]))).toEqual(
          connectionError(505, `UNEXPECTED_FRAME - ${words}`),
        );
      },
    },
    {
      title: "closes with 505 for content on channel 0, and for a heartbeat on another channel",
      async run(context) {
        for (const bytes of [headerFrame(0, 3), bodyFrame(0, Buffer.from("abc")), frame(8, 1, Buffer.alloc(0))]) {
          expect(await closedBy(context.url, bytes)).toMatchObject({ scope: "connection", code: 505 });
        }
      },
    },
    {
      title: "closes with 504 for a queue method on channel 0",
      async run(context) {
        expect(await closedBy(context.url, methodFrame(0, "QueueDeclare", { queue: "" }))).toEqual(
          connectionError(504, "CHANNEL_ERROR - unexpected method in connection state running"),
        );
      },
    },
    {
      title:
        "closes with 503 for a method that only servers send, and for a connection method on another channel than 0",
      async run(context) {
        const answer = methodFrame(1, "QueueDeclareOk", { queue: "q", messageCount: 0, consumerCount: 0 });
        for (const bytes of [answer, methodFrame(1, "ConnectionOpen", { virtualHost: "/" })]) {
          expect(await closedBy(context.url, bytes)).toEqual(
            connectionError(503, "COMMAND_INVALID - unimplemented method"),
          );
        }
      },
    },
    {
      title: "answers channel.flow with flow-ok, and closes with 540 if a client asks it to stop",
      async run(context) {
        await using raw = await RawConnection.open(context.url);
        await raw.openChannel(1);
        expect(await raw.call(1, "ChannelFlow", { active: true })).toEqual({ active: true });
        raw.method(1, "ChannelFlow", { active: false });
        expect(await raw.refusal("connection")).toEqual(connectionError(540, "NOT_IMPLEMENTED - active=false"));
      },
    },
    {
      title: "closes only the connection that broke the protocol",
      async run(context) {
        const client = await context.connect();
        await closedBy(context.url, bodyFrame(1, Buffer.from("stray")));
        await (await client.channel()).assertQueue("", { exclusive: true });
        expect(client.errors).toEqual([]);
      },
    },
  ],
};

/** What the broker closes a connection with that has one channel and then sends these bytes. */
async function closedBy(url: string, bytes: Buffer): Promise<ReplyError> {
  await using raw = await RawConnection.open(url);
  await raw.openChannel(1);
  raw.send(bytes);
  return await raw.refusal("connection");
}

// The octets of headers that go on: written by hand, read as they came.
import { expect, it } from "vitest";
import { ByteReader } from "../../src/amqp-wire/byte-reader.ts";
import { ByteWriter } from "../../src/amqp-wire/byte-writer.ts";
import { type FieldValue, readTable, writeTable } from "../../src/amqp-wire/field-table.ts";
import { amqp, amqpPublish, defineOptions, defineService, JsonBase, on } from "../../src/index.ts";
import { bodyFrame, frame, methodFrame } from "../conformance/raw-codec.ts";
import { RawConnection } from "../conformance/raw-connection.ts";
import { amqpUrl, describeWithBroker, until } from "../support/broker.ts";
import { createScope, start } from "../support/running.ts";

const basic = 60;
const headersFlag = 0x2000;

/** A content header with these headers and nothing else. */
function headerPayload(table: ReadonlyMap<string, FieldValue>, bodySize: number): Buffer {
  const writer = new ByteWriter();
  writer.uint16(basic);
  writer.uint16(0);
  writer.uint64(bodySize);
  writer.uint16(headersFlag);
  writeTable(writer, table);
  return Buffer.from(writer.cut());
}

/** Each as it is sent, and as it goes on where that differs. */
const values: Readonly<Record<string, readonly [FieldValue, FieldValue?]>> = {
  "x-int64": [{ type: "l", value: 2n ** 62n + 1n }],
  "x-small-int64": [
    { type: "l", value: 5 },
    { type: "b", value: 5 },
  ],
  "x-int32": [{ type: "I", value: -70_000 }],
  "x-int16": [{ type: "s", value: 300 }],
  "x-unsigned": [
    { type: "i", value: 4_000_000_000 },
    { type: "l", value: 4_000_000_000 },
  ],
  "x-double": [{ type: "d", value: 0.1 }],
  "x-whole-double": [
    { type: "d", value: 2 },
    { type: "b", value: 2 },
  ],
  "x-float": [
    { type: "f", value: 0.5 },
    { type: "d", value: 0.5 },
  ],
  "x-decimal": [{ type: "D", scale: 2, value: 1999 }],
  "x-time": [{ type: "T", value: 1_700_000_000 }],
  "x-yes": [{ type: "t", value: true }],
  "x-void": [{ type: "V" }],
  "x-bytes": [{ type: "x", value: Buffer.from([0, 255, 128]) }],
  "x-not-utf8": [{ type: "S", value: Buffer.from([0x61, 0xff, 0xc3, 0x28, 0x80]) }],
  "x-nul": [{ type: "S", value: Buffer.from("a\0b\r\nc") }],
  "x-long": [{ type: "S", value: Buffer.alloc(100_000, "å") }],
  "x-list": [
    { type: "A", value: [{ type: "S", value: Buffer.from([0xff]) }, { type: "V" }, { type: "A", value: [] }] },
  ],
  "x-table": [
    {
      type: "F",
      value: new Map<string, FieldValue>([
        ["", { type: "V" }],
        ["__proto__", { type: "t", value: false }],
      ]),
    },
  ],
  traceparent: [{ type: "S", value: Buffer.from("00-1-1-01") }],
};

describeWithBroker("headers that go on", () => {
  it("keep their octets; a number may get another type of the same value", async () => {
    const scope = createScope();
    const Forwards = defineService({
      name: `${scope.prefix}forwards`,
      messageEnvelope: JsonBase,
      options: defineOptions({ ...scope.options({ propagateHeaders: Object.keys(values) }), asyncContext: true }),
      handlers: {
        first: on(amqp("first", { queueName: "first", messageEnvelope: null }), async (_data, { service }) => {
          await amqpPublish(service, 1, { routingKey: "last" });
        }),
      },
    });
    await using raw = await RawConnection.open(`${amqpUrl ?? ""}/%2F`);
    await raw.openChannel(1);
    const queue = `${scope.prefix}taken`;
    await raw.call(1, "QueueDeclare", { queue, exclusive: true });
    await raw.call(1, "QueueBind", { queue, exchange: "amq.topic", routingKey: `${scope.prefix}last` });
    await using _running = await start(Forwards);
    const table = new Map(Object.entries(values).map(([name, [value]]) => [name, value]));
    raw.send(
      methodFrame(1, "BasicPublish", { exchange: "amq.topic", routingKey: `${scope.prefix}first` }),
      frame(2, 1, headerPayload(table, 1)),
      bodyFrame(1, Buffer.from("x")),
    );
    const payload = await until(
      async () => {
        raw.method(1, "BasicGet", { queue, noAck: true });
        const answer = await raw.next();
        if (answer?.kind !== "method" || answer.name !== "BasicGetOk") return undefined;
        const header = await raw.next();
        return header?.kind === "header" ? header.payload : undefined;
      },
      { what: "the message that follows" },
    );
    // Behind class, weight, size, flags and the content type, which comes before the headers.
    const headersAt = 14 + 1 + (payload[14] ?? 0);
    const came = readTable(new ByteReader(payload, headersAt, payload.length, true));
    for (const [name, [sent, expected = sent]] of Object.entries(values)) {
      expect([name, came.get(name)]).toEqual([name, expected]);
    }
    // Their order is the broker's: RabbitMQ 4 sorts the headers of each message by name.
    expect([...came.keys()].toSorted()).toEqual(Object.keys(values).toSorted());
  });
});

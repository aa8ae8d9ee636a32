// Messages whose copy cannot be whole: they are dead-lettered all the same, and the message behind them is handled.
import { afterEach, expect, it } from "vitest";
import { type Broker, startBroker } from "../../src/amqp-broker/broker.ts";
import { amqp, RawBytes, Service, type ServiceOptions } from "../../src/index.ts";
import { amqpUrl, describeWithBroker, until } from "../support/broker.ts";
import { openForeign } from "../support/foreign-connection.ts";
import { createScope, start, type TestScope } from "../support/running.ts";

let broker: Broker | undefined;
afterEach(async () => {
  await broker?.stop();
  broker = undefined;
});

/** It fails on every message but "after", and takes one at a time. */
function failing(options: ServiceOptions, retry?: { readonly delays: readonly ["1s"] }) {
  class Fails extends Service {
    name = "fails";
    handled = 0;
    override messageEnvelope = RawBytes;
    override options = options;
    @amqp("odd", { queueName: "odd", prefetch: 1, ...(retry && { retry }) }) on(data: Buffer) {
      if (data.length !== 5) throw new RangeError("no");
      this.handled++;
    }
  }
  return new Fails();
}

/** The dead letter of one message, and whether the message behind it was handled. */
async function copyOf(
  scope: TestScope,
  url: string | undefined,
  content: Buffer,
  headers: Record<string, unknown>,
  service = failing(scope.options({ url })),
) {
  await using foreign = await openForeign(url);
  await using running = await start(service);
  await foreign.publish("amq.topic", `${scope.prefix}odd`, content, { headers });
  await foreign.publish("amq.topic", `${scope.prefix}odd`, "after");
  const deadLetter = await until(() => foreign.get(`${scope.prefix}odd.dlq`), { what: "the dead letter" });
  await until(() => service.handled === 1, { what: "the message behind it" });
  return { deadLetter, log: running.log, headers: deadLetter.properties.headers ?? {} };
}

const pauses = ({ msg }: { readonly msg: string }): boolean => msg.includes("the consumer pauses");

it("a body above the service's own maxMessageBytes is dead-lettered", async () => {
  broker = await startBroker({ maxMessageBytes: 64 * 1024 * 1024 });
  const content = Buffer.alloc(17 * 1024 * 1024);
  const { deadLetter, log } = await copyOf(createScope(), broker.url, content, {});
  expect([deadLetter.content.length, log.filter(pauses)]).toEqual([content.length, []]);
});

it("a body above the service's own maxMessageBytes waits for its retry", async () => {
  broker = await startBroker({ maxMessageBytes: 1024 * 1024 });
  const scope = createScope();
  const options = scope.options({ url: broker.url, maxMessageBytes: 1000 });
  const service = failing(options, { delays: ["1s"] });
  const { headers, log } = await copyOf(scope, broker.url, Buffer.alloc(2000), {}, service);
  expect([headers["x-tomodachi-attempts"], log.filter(pauses)]).toEqual([2, []]);
});

it("headers that do not fit into a small frame are omitted and named", async () => {
  broker = await startBroker({ frameMax: 8192 });
  const { headers, log } = await copyOf(createScope(), broker.url, Buffer.alloc(100_000), {
    small: "s",
    large: "l".repeat(5000),
  });
  expect(headers).toMatchObject({ "x-tomodachi-reason": "handler-error" });
  // Its own 8 KiB of headers and the message's large one do not fit; the small one does.
  expect(headers).toMatchObject({ small: "s" });
  expect(log.filter(pauses)).toEqual([]);
});

describeWithBroker("a header with a value that JavaScript cannot represent", () => {
  it.each<[string, Record<string, unknown>, unknown]>([
    ["a double below 64 bits", { odd: { "!": "double", value: -1e300 } }, -1e300],
    ["a time before 1970", { odd: { "!": "timestamp", value: (1n << 64n) - 1n } }, { value: 2 ** 64 }],
    ["a large integer", { odd: { "!": "int64", value: (1n << 62n) + 1n } }, 2 ** 62],
  ])("(%s) is unchanged in the copy", async (_what, headers, read) => {
    const scope = createScope();
    const copy = await copyOf(scope, amqpUrl, Buffer.from("b"), { ...headers, kept: "v" });
    expect(copy.headers).toMatchObject({ kept: "v", odd: read });
    expect(copy.headers["x-tomodachi-dropped-headers"]).toBeUndefined();
    expect(copy.log.filter(pauses)).toEqual([]);
  });
});

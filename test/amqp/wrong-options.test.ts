// Everything that is wrong with a service and its handlers is reported in one error, before anything connects.

import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { amqp, defineService, on, type ServiceClass, type ServiceOptions } from "../../src/index.ts";
import { connectForeign, describeWithBroker, until } from "../support/broker.ts";
import { createScope, failureOf, start } from "../support/running.ts";

function wrongService(options: unknown, more: object = {}): ServiceClass {
  return defineService({
    name: "orders",
    options: options as ServiceOptions,
    handlers: {
      first: on(amqp("a", { prefetch: 0 } as never), () => {}),
      right: on(amqp("b"), () => {}),
      second: on(amqp("c", { queueNam: "c" } as never), () => {}),
    },
    ...more,
  } as never);
}

describeWithBroker("names and keys that are too long or contain control characters", () => {
  const nothing = on(amqp("a"), () => {});
  it.each([
    ["options.amqp.queueNamePrefix", { options: { amqp: { queueNamePrefix: "a\nb" } } }],
    ["options.amqp.routingKeyPrefix", { options: { amqp: { routingKeyPrefix: "a\u001b[2J" } } }],
    ["The routing key has 257 bytes", { options: { amqp: { routingKeyPrefix: "k".repeat(256) } } }],
    ["The exchange name has 256 bytes", { options: { amqp: { exchangeName: "x".repeat(256) } } }],
    ["The exchange name", { options: { amqp: { exchangeName: "x\r" } } }],
    ["The uuid", { uuid: "u\n" }],
    ["The uuid", { uuid: "u".repeat(256) }],
    ["The name", { name: "orders\u0085" }],
    ["The queue name", { handlers: { on: on(amqp("a", { queueName: "q\t" }), () => {}) } }],
    ["The routing key", { handlers: { on: on(amqp("a\n"), () => {}) } }],
  ])("are refused before anything connects: %s", async (told, more) => {
    const own = { name: "orders", ...createScope().options() };
    const { options, ...rest } = more as { readonly options?: ServiceOptions };
    const amqpOptions = { ...createScope().options().amqp, ...options?.amqp };
    const parts = { ...own, handlers: { nothing }, ...rest, options: { amqp: amqpOptions } };
    const failure = await failureOf(defineService(parts as never));
    expect(failure.message).toContain(told);
    // Its shown text is escaped.
    expect(failure.message.replaceAll("\n  - ", "")).not.toMatch(/\p{Cc}/u);
  });
});

describe("a service with wrong options", () => {
  it("and wrong options of handlers: one error names all of them by their place", async () => {
    const failure = await failureOf(wrongService({ amqp: { prefetch: -1, topolgy: "python" }, aqmp: {} }));
    expect(failure).toMatchObject({ code: "ERR_CONFIGURATION" });
    expect(failure.message.split("\n")).toEqual([
      'The service "orders" is configured wrongly:',
      expect.stringContaining('options has no option "aqmp". Did you mean "amqp"?'),
      expect.stringContaining("options.amqp.prefetch must be"),
      expect.stringContaining('options.amqp has no option "topolgy". Did you mean "topology"?'),
      expect.stringMatching(/orders\.first is configured wrongly:$/),
      expect.stringContaining("options.prefetch must be"),
      expect.stringMatching(/orders\.second is configured wrongly:$/),
      expect.stringContaining('options has no option "queueNam". Did you mean "queueName"?'),
    ]);
  });

  it("checks handlers with the valid options: two that share a queue in the python profile are no problem", async () => {
    const handler = on(amqp("a", { queueName: "shared", competing: true }), () => {});
    const options = { amqp: { topology: "python", prefetch: 0 } };
    const failure = await failureOf(wrongService(options, { handlers: { one: handler, two: handler } }));
    expect(failure.message.split("\n")).toHaveLength(2);
  });

  it("and an invalid envelope: the handlers' own mistakes are reported too", async () => {
    const failure = await failureOf(wrongService({}, { messageEnvelope: "json" }));
    expect(failure.message).toContain("messageEnvelope must be");
    expect(failure.message).toMatch(/orders\.first is configured wrongly/);
  });

  it("and a URL that cannot be used: the handlers' own mistakes are reported as well", async () => {
    const failure = await failureOf(wrongService({ amqp: { url: "http://secret@host" } }));
    expect(failure.message).toMatch(/orders\.first is configured wrongly[\s\S]*options\.amqp\.url cannot be used/);
    expect(failure.message).not.toContain("secret");
  });
});

describeWithBroker("a handler that returns an unusable result", () => {
  it.each([
    ["a generator object", (): unknown => steps()],
    ["a stream", async (): Promise<unknown> => Readable.from(["a"])],
    ["a generator object, at a run that is repeated in the process", (): unknown => steps(), { quick: 1, delays: [] }],
  ])("fails, and its message is dead-lettered: %s", async (_kind, handler, retry?: object) => {
    const scope = createScope();
    const handlers = {
      on: on(amqp("key", { queueName: "unread", ...(retry && { retry }) } as never), handler as never),
    };
    await using running = await start(defineService({ name: "unread", options: scope.options(), handlers }));
    await using foreign = await connectForeign();
    await foreign.publish("amq.topic", `${scope.prefix}key`, "a");
    const deadLetter = await until(() => foreign.get(`${scope.prefix}unread.dlq`), { what: "the dead letter" });
    expect(JSON.stringify(deadLetter.properties.headers)).toContain("ERR_HANDLER_RESULT");
    expect(
      running.log.some(({ msg }) => msg.includes("returned a") && msg.includes("which the framework does not read")),
    ).toBe(true);
  });
});

function* steps(): Generator<number> {
  yield 1;
}

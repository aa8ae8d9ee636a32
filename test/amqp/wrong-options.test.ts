// Everything that is wrong with a service and its handlers is told by one error, before anything connects.
import { describe, expect, it } from "vitest";
import { amqp, defineService, on, type ServiceClass, type ServiceOptions } from "../../src/index.ts";
import { failureOf } from "../support/running.ts";

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

describe("a service with wrong options", () => {
  it("and handlers with wrong options: one error names all of them, by their place", async () => {
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

  it("checks handlers by the options that are right: two that share a queue in the python profile are none", async () => {
    const handler = on(amqp("a", { queueName: "shared", competing: true }), () => {});
    const options = { amqp: { topology: "python", prefetch: 0 } };
    const failure = await failureOf(wrongService(options, { handlers: { one: handler, two: handler } }));
    expect(failure.message.split("\n")).toHaveLength(2);
  });

  it("and an envelope that is none: the handlers' own mistakes are told as well", async () => {
    const failure = await failureOf(wrongService({}, { messageEnvelope: "json" }));
    expect(failure.message).toContain("messageEnvelope must be");
    expect(failure.message).toMatch(/orders\.first is configured wrongly/);
  });

  it("and a URL that cannot be used: the handlers' own mistakes are told as well", async () => {
    const failure = await failureOf(wrongService({ amqp: { url: "http://secret@host" } }));
    expect(failure.message).toMatch(/orders\.first is configured wrongly[\s\S]*options\.amqp\.url cannot be used/);
    expect(failure.message).not.toContain("secret");
  });
});

// No span stays open: also where a stop does not wait for a handler, and each is ended once.
import { afterAll, beforeEach, expect, it } from "vitest";
import { amqp, amqpPublish, defineService, on, type Service } from "../../src/index.ts";
import { createDeferred } from "../../src/util/deferred.ts";
import { describeWithBroker, until } from "../support/broker.ts";
import { createScope, start } from "../support/running.ts";
import { hasFailed, startTracing } from "../support/tracing.ts";

const tracing = startTracing();
afterAll(() => tracing.stop());
beforeEach(() => tracing.reset());

describeWithBroker("a handler that a stop does not wait for", () => {
  it.each([
    ["one message", {}],
    ["a batch", { batch: { size: 1, wait: "10ms" } }],
  ] as const)("has its span ended with the reason: %s", async (_what, options) => {
    const scope = createScope();
    const held = createDeferred();
    let begun = false;
    const hangs = defineService({
      name: "hangs",
      options: { ...scope.options(), terminationGracePeriodSeconds: 0 },
      handlers: {
        on: on(amqp("key", { queueName: "hangs", ...options }), async () => {
          begun = true;
          await held.promise;
        }),
      },
    });
    const running = await start(hangs);
    const [service] = running.services as [Service];
    await amqpPublish(service, "x", { routingKey: "key" });
    await until(() => begun, { what: "the run" });
    await running.stop();
    const names = () => tracing.spans().map(({ name }) => name);
    const handled = "batch" in options ? 2 : 1;
    const expected = ["publish amq.topic", ...Array.from({ length: handled }, () => `process ${scope.prefix}hangs`)];
    await until(() => names().length === expected.length, { what: "the spans" });
    const processed = tracing.spans().filter(({ name }) => name.startsWith("process"));
    for (const span of processed) {
      expect(hasFailed(span)).toBe(true);
      expect(span.attributes["error.type"]).toBe("ERR_SERVICE_STOPPING");
    }
    held.resolve();
    await held.promise;
    expect(names().sort()).toEqual(expected.sort());
  });
});

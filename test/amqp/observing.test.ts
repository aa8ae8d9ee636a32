// What observers of a run receive, from a publish to the last copy, and what they may add.
import { expect, it } from "vitest";
import {
  type AmqpContext,
  amqp,
  amqpPublish,
  amqpRequest,
  createLogger,
  defineService,
  event,
  JsonBase,
  on,
  Reject,
  request,
  type StandardSchema,
} from "../../src/index.ts";
import type { ObserverSource } from "../../src/service/combine-observers.ts";
import type { RunObserver } from "../../src/service/observer.ts";
import { runServicesWith } from "../../src/service/runner.ts";
import type { Service } from "../../src/service/service.ts";
import { connectForeign, describeWithBroker, describeWithPrivateBroker, operator, until } from "../support/broker.ts";
import { createScope, type TestScope } from "../support/running.ts";

const anything = {
  "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) },
} as const satisfies StandardSchema<unknown, unknown>;

/** Records its calls in short form; each mark is added to messages and copies as a header. */
function note(told: string[], marks: readonly string[] = []): RunObserver {
  const added = Object.fromEntries(marks.map((mark) => [mark, "added"]));
  const end = (error: unknown): string => (error === undefined ? "ok" : (error as { name: string }).name);
  return {
    sending: ({ kind, template = "-" }) => {
      told.push(`${kind} ${template}`);
      return {
        built: ({ messageId, bytes }) => {
          told.push(`built ${messageId !== undefined || kind === "reply"} ${bytes > 0}`);
          return added;
        },
        ended: ({ error, returned = false }) =>
          void told.push(`${kind} ended ${end(error)}${returned ? " returned" : ""}`),
      };
    },
    delivered: ({ handler, template, attempt, isRetry, server, timestamp }) => {
      told.push(`delivered ${handler} ${template} attempt ${attempt}${isRetry ? " retry" : ""}`);
      expect(server?.port).toBeGreaterThan(0);
      expect(Math.abs((timestamp ?? 0) - Date.now() / 1000)).toBeLessThan(60);
      return {
        around: (work) => work(),
        called: () => void told.push(`called ${handler}`),
        runsAgain: ({ pauseMs, error }) => void told.push(`again ${pauseMs > 0} ${end(error)}`),
        copying: () => added,
        copied: (copy) => void told.push(`copied ${copy.kind} ${copy.reason} ${end(copy.error)}`),
        ended: ({ outcome, duplicate, error }) =>
          void told.push(`ended ${outcome.kind}${duplicate ? " duplicate" : ""} ${end(error)}`),
      };
    },
    batch: ({ keys }) => {
      told.push(`batch of ${keys.length}`);
      return { ended: (error) => void told.push(`batch ended ${end(error)}`) };
    },
  };
}

async function startWatched(
  sources: readonly ObserverSource[],
  service: Parameters<typeof runServicesWith>[1][number],
) {
  const logger = await createLogger({ form: "disabled" });
  const parts = sources.map((observerOf) => async () => ({ observerOf }));
  const run = await runServicesWith(parts, [service], { logger, environment: {} });
  return { run, service: run.services[0] as Service, [Symbol.asyncDispose]: async () => void (await run.stop()) };
}

function definition(scope: TestScope, handlers: Parameters<typeof defineService>[0]["handlers"]) {
  return defineService({
    name: `${scope.prefix}watched`,
    messageEnvelope: JsonBase,
    options: scope.options(),
    handlers,
  });
}

describeWithBroker("an observer of a run", () => {
  it("sees a message from its publish through its retries to its dead letter, and adds headers to each", async () => {
    const scope = createScope();
    const paid = event("order.{id}.paid", { schema: anything });
    const told: string[] = [];
    const headers: unknown[] = [];
    // Long enough for the confirm of the copy to come before the message returns, on another connection.
    const retry = { quick: 1, delays: ["2s"], jitter: 0 } as const;
    const service = definition(scope, {
      onPaid: on(amqp(paid, { queueName: "paid", retry }), async (_data: unknown, context: AmqpContext) => {
        headers.push(context.headers["mark"], context.headers["own"]);
        throw new TypeError("no");
      }),
    });
    await using foreign = await connectForeign();
    await using running = await startWatched([() => note(told, ["mark", "own"])], service);
    await amqpPublish(running.service, paid, { total: 1 }, { params: { id: "17" }, headers: { own: "given" } });
    await until(() => told.at(-1)?.startsWith("ended dead-letter") === true, { what: "the dead letter" });
    const ofPublish = /^(publish|built)/;
    expect(told.filter((line) => ofPublish.test(line))).toEqual([
      "publish order.{id}.paid",
      "built true true",
      "publish ended ok",
    ]);
    expect(told.filter((line) => !ofPublish.test(line))).toEqual([
      "delivered onPaid order.{id}.paid attempt 1",
      "called onPaid",
      "again true TypeError",
      "called onPaid",
      "copied retry handler-error TypeError",
      "ended retry TypeError",
      "delivered onPaid order.{id}.paid attempt 3 retry",
      "called onPaid",
      "copied dead-letter handler-error TypeError",
      "ended dead-letter TypeError",
    ]);
    expect(headers).toEqual(["added", "added", "added", "added", "added", "added"]);
    const dead = await foreign.get(`${scope.prefix}paid.dlq`);
    expect(dead?.properties.headers).toMatchObject({ mark: "added", own: "added" });
  });

  it("sees a duplicate, which is not handled, and a rejected message", async () => {
    const scope = createScope();
    const told: string[] = [];
    const service = definition(scope, {
      once: on(amqp("once", { queueName: "once", deduplicate: "messageId" }), async (data: unknown) => {
        if (data === "bad") throw new Reject("no");
      }),
    });
    await using running = await startWatched([() => note(told)], service);
    const send = (data: string, messageId: string): Promise<void> =>
      amqpPublish(running.service, data, { routingKey: "once", messageId });
    await send("good", "1");
    await until(() => told.includes("ended acknowledge ok"), { what: "the first" });
    await send("good", "1");
    await until(() => told.includes("ended acknowledge duplicate ok"), { what: "the duplicate" });
    await send("bad", "2");
    await until(() => told.includes("ended dead-letter Reject"), { what: "the rejected one" });
    expect(told.filter((line) => line.startsWith("called"))).toHaveLength(2);
    expect(told).toContain("copied dead-letter rejected Reject");
  });

  it("sees a request and its reply, an error reply, and failed publishes", async () => {
    const scope = createScope();
    const price = request("price.{article}.get", { reply: anything, schema: anything });
    const told: string[] = [];
    const service = definition(scope, {
      answer: on(amqp(price, { queueName: "price" }), async (data: unknown) => {
        if (data === "bad") throw new TypeError("no price");
        return 7;
      }),
    });
    await using running = await startWatched([() => note(told)], service);
    expect(await amqpRequest(running.service, price, "good", { params: { article: "bread" } })).toBe(7);
    await until(() => told.includes("ended acknowledge ok"), { what: "the end of the handler" });
    expect(told).toContain("reply price.{article}.get");
    expect(told).toContain("reply ended ok");
    expect(told).toContain("request ended ok");
    told.length = 0;
    await expect(amqpRequest(running.service, price, "bad", { params: { article: "bread" } })).rejects.toThrow(
      "no price",
    );
    await until(() => told.includes("ended acknowledge TypeError"), { what: "the end of the failed one" });
    expect(told).toContain("request ended AmqpRemoteError");
    told.length = 0;
    const nobody = { routingKey: "nobody" };
    await amqpPublish(running.service, 1, nobody);
    await expect(amqpPublish(running.service, 1, { ...nobody, mandatory: true })).rejects.toThrow("no queue");
    await expect(amqpPublish(running.service, 1, {} as typeof nobody)).rejects.toThrow("routingKey");
    await amqpPublish(running.service, 1, { ...nobody, wait: false });
    await until(() => told.filter((line) => line.startsWith("publish ended")).length === 4, { what: "four ends" });
    expect(told.filter((line) => line.startsWith("publish ended"))).toEqual([
      "publish ended ok returned",
      "publish ended AmqpPublishError",
      "publish ended ConfigurationError",
      "publish ended ok returned",
    ]);
  });

  it("sees a batch together with its messages, and two observers may be used", async () => {
    const scope = createScope();
    const [first, second]: [string[], string[]] = [[], []];
    const service = definition(scope, {
      many: on(amqp("many", { queueName: "many", batch: { size: 2, wait: "10m" } }), async () => {}),
    });
    const sources = [() => note(first), () => undefined, () => note(second)];
    await using running = await startWatched(sources, service);
    await Promise.all([1, 2].map((id) => amqpPublish(running.service, { id }, { routingKey: "many" })));
    for (const told of [first, second]) {
      await until(() => told.filter((line) => line.startsWith("ended")).length === 2, { what: "both ends" });
      expect(told.filter((line) => line.startsWith("batch"))).toEqual(["batch of 2", "batch ended ok"]);
      expect(told.filter((line) => line.startsWith("called"))).toHaveLength(2);
    }
  });
});

describeWithPrivateBroker("an observer of a run", () => {
  it("sees when connections open, are lost and return", async () => {
    const scope = createScope();
    const told: string[] = [];
    const service = definition(scope, { any: on(amqp("any", { queueName: "any" }), async () => {}) });
    const source: ObserverSource = () => ({
      connection: (event) => {
        expect(event.server?.port).toBeGreaterThan(0);
        told.push(`${event.purpose} ${event.kind}${event.kind === "opened" ? ` ${event.again}` : ""}`);
      },
    });
    await using running = await startWatched([source], service);
    expect([...told].sort()).toEqual(["consuming opened false", "publishing opened false"]);
    await operator().closeConnectionsOf(`${scope.prefix}watched`);
    const again = ["consuming lost", "consuming opened true", "publishing lost", "publishing opened true"];
    await until(() => again.every((line) => told.includes(line)), { what: "connections that come back" });
    expect(running.run.state).toBe("running");
  });
});

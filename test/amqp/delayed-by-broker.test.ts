// Queues in which RabbitMQ 4.3 delays returned messages itself; with an older broker the start reports that nothing is delayed.
import { expect, it } from "vitest";
import { type AmqpContext, amqp, amqpPublish, Requeue, Service } from "../../src/index.ts";
import { createDeferred } from "../../src/util/deferred.ts";
import { isAtLeast } from "../conformance/broker-version.ts";
import { brokerKind, connectForeign, describeWithBroker, until } from "../support/broker.ts";
import { createScope, failureOf, start, type TestScope } from "../support/running.ts";

type DelayType = "all" | "failed" | "returned";

const minMs = 1500;
/** Two processes have two clocks, and a timer of the broker may be early by its own precision. */
const toleranceMs = 100;

/** The embedded broker accepts the arguments and delays nothing. */
async function delays(): Promise<boolean> {
  if (brokerKind === "embedded") return false;
  await using foreign = await connectForeign();
  return isAtLeast(foreign, 4, 3);
}

/** The handling of each message; it records when each run started. */
function jobs(scope: TestScope, type: DelayType, act: (context: AmqpContext, runs: number) => unknown) {
  const runs: { readonly id: string; readonly at: number; readonly attempt: number }[] = [];
  class Jobs extends Service {
    name = "jobs";
    override options = scope.options();

    @amqp("job", {
      queueName: "jobs",
      prefetch: 1,
      retry: false,
      queueArguments: { "x-delayed-retry-type": type, "x-delayed-retry-min": minMs, "x-delayed-retry-max": 60_000 },
    })
    async onJob(id: string, context: AmqpContext) {
      runs.push({ id, at: performance.now(), attempt: context.attempt });
      await act(context, runs.filter((run) => run.id === id).length);
    }
  }
  return { Jobs, runs };
}

function waitOf(runs: readonly { readonly at: number }[], which: number): number {
  return (runs[which]?.at ?? 0) - (runs[which - 1]?.at ?? 0);
}

describeWithBroker("a queue that delays by itself", () => {
  it.each(["returned", "all"] as const)(
    "delays each requeue of a handler, and then delivers the message (%s)",
    async (type) => {
      const { Jobs, runs } = jobs(createScope(), type, (_context, count) => {
        if (count <= 2) throw new Requeue("not yet");
      });
      await using running = await start(Jobs);
      const [service] = running.services as [Service];
      await amqpPublish(service, "a", { routingKey: "job" });
      await until(() => runs.length === 3, { what: "the third run", timeoutMs: 30_000 });
      expect(runs.map(({ id }) => id)).toEqual(["a", "a", "a"]);
      const banner = running.run.describe().join("\n");
      expect(banner).toContain(
        `the broker delays messages that return (x-delayed-retry-type "${type}", from ${minMs} ms`,
      );
      if (!(await delays())) return;
      for (const which of [1, 2]) expect(waitOf(runs, which)).toBeGreaterThan(minMs - toleranceMs);
    },
  );

  it("delivers the other messages in the meantime", async () => {
    const published = createDeferred();
    const { Jobs, runs } = jobs(createScope(), "returned", async ({ body }, count) => {
      if (body.toString() !== "a" || count > 1) return;
      await published.promise;
      throw new Requeue("not yet");
    });
    await using running = await start(Jobs);
    const [service] = running.services as [Service];
    await amqpPublish(service, "a", { routingKey: "job" });
    await until(() => runs.length === 1, { what: "the first run" });
    // It is in the queue before the delay begins, however slow the machine is.
    await amqpPublish(service, "b", { routingKey: "job" });
    published.resolve();
    await until(() => runs.length === 3, { what: "all runs", timeoutMs: 30_000 });
    if (await delays()) expect(runs.map(({ id }) => id)).toEqual(["a", "b", "a"]);
    else expect(runs.map(({ id }) => id).sort()).toEqual(["a", "a", "b"]);
  });

  it("dead-letters a message that fails for good at once", async () => {
    const scope = createScope();
    const { Jobs, runs } = jobs(scope, "all", () => {
      throw new Error("broken");
    });
    await using foreign = await connectForeign();
    await using running = await start(Jobs);
    const [service] = running.services as [Service];
    await amqpPublish(service, "a", { routingKey: "job" });
    const dead = async (): Promise<boolean> => (await foreign.queueInfo(`${scope.prefix}jobs.dlq`))?.messageCount === 1;
    await until(dead, { what: "the dead letter" });
    expect(runs).toHaveLength(1);
  });

  it("is reported by a warning if the broker does not know the arguments", async () => {
    const { Jobs } = jobs(createScope(), "all", () => {});
    await using running = await start(Jobs);
    const warnings = running.log.filter(({ level, msg }) => level === 40 && msg.includes("x-delayed-retry-type"));
    const knows = brokerKind === "embedded" || (await delays());
    expect(warnings).toHaveLength(knows ? 0 : 1);
  });

  it("does not start together with delayed retries", async () => {
    class Twice extends Service {
      name = "twice";
      override options = createScope().options();
      @amqp("job", { retry: { delays: ["1s"] }, queueArguments: { "x-delayed-retry-type": "all" } }) async on() {}
    }
    expect((await failureOf(Twice)).message).toContain("would both delay the same message");
  });
});

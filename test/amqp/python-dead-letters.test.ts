// Dead letters of default subscriptions in the python profile, where each instance has its own queue: one dead-letter queue
// for all of them.
import { expect, it } from "vitest";
import { resolveConnectionOptions } from "../../src/amqp-client/options.ts";
import { DeadLetterBrowser, deadLetterQueuesOf } from "../../src/dead-letters/index.ts";
import { amqp, amqpPublish, JsonBase, Service } from "../../src/index.ts";
import { createSilentLogger } from "../../src/log/logger.ts";
import { amqpUrl, describeWithBroker, until } from "../support/broker.ts";
import { createScope, start, type TestScope } from "../support/running.ts";

/** One instance of a service whose handler fails while `state` says so. Python's `uuid` is random, as ours is. */
function createInstance(scope: TestScope, uuid: string, state: { fails: boolean }, handled: string[]): Service {
  class Orders extends Service {
    name = "orders";
    override uuid = uuid;
    override messageEnvelope = JsonBase;
    override options = scope.options({ topology: "python", queueTtl: 60 });
    @amqp("order.paid") onPaid(id: string) {
      if (state.fails) throw new RangeError("no");
      handled.push(`${uuid} ${id}`);
    }
  }
  return new Orders();
}

describeWithBroker("dead letters of default subscriptions in the python profile", () => {
  it("are visible to a later instance, and each is replayed to the instance where it failed", async () => {
    const scope = createScope();
    const state = { fails: true };
    const handled: string[] = [];
    const instance = (uuid: string): Service => createInstance(scope, uuid, state, handled);
    const first = instance("first");
    await using running = await start(first);
    const stopped = await start(instance("second"));
    await amqpPublish(first, "7", { routingKey: "order.paid" });

    // Like `tomodachi dlq list service.ts`: by an instance that never ran.
    const [planned] = deadLetterQueuesOf(instance("a third"), {}, createSilentLogger());
    const queues = planned?.queues ?? [];
    expect(queues).toEqual([`${scope.prefix}orders.onPaid:order.paid.dlq`]);
    const [queue = ""] = queues;
    const browser = new DeadLetterBrowser(resolveConnectionOptions({ url: amqpUrl }, {}), createSilentLogger());
    try {
      await browser.open();
      await until(async () => (await browser.count(queue)) === 2, { what: "the dead letter of each instance" });
      await stopped.stop();
      state.fails = false;
      const { signal } = new AbortController();
      await browser.work({ queue, action: { kind: "replay" }, signal, matches: () => true });
      expect(await browser.count(queue)).toBe(0);
    } finally {
      await browser.close();
    }
    await until(() => handled.includes("first 7"), { what: "the replay to the running instance" });
    await using again = await start(instance("second"));
    await until(() => handled.length === 2, { what: "the replay to the instance that came back" });
    expect(handled).toEqual(["first 7", "second 7"]);
    void [running, again];
  });

  it("can be moved to a running instance when their own is gone", async () => {
    const scope = createScope();
    const state = { fails: true };
    const handled: string[] = [];
    const gone = createInstance(scope, "gone", state, handled);
    const stopped = await start(gone);
    await amqpPublish(gone, "7", { routingKey: "order.paid" });
    const [first] = deadLetterQueuesOf(gone, {}, createSilentLogger());
    const queues = first?.queues ?? [];
    const [queue = ""] = queues;
    const browser = new DeadLetterBrowser(resolveConnectionOptions({ url: amqpUrl }, {}), createSilentLogger());
    try {
      await browser.open();
      await until(async () => (await browser.count(queue)) === 1, { what: "its dead letter" });
      await stopped.stop();
      state.fails = false;
      const declared: string[] = [];
      await using running = await start(createInstance(scope, "here", state, handled));
      for (const { msg } of running.log) declared.push(...(msg.match(/[0-9a-f]{64}/g) ?? []));
      const target = `${scope.prefix}${declared[0]}`;
      const { signal } = new AbortController();
      await browser.work({ queue, action: { kind: "move", to: target }, signal, matches: () => true });
      await until(() => handled.includes("here 7"), { what: "the message in the instance that runs" });
      expect(await browser.count(queue)).toBe(0);
    } finally {
      await browser.close();
    }
  });
});

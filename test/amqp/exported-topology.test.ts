// The output of `tomodachi topology` is sufficient: its definitions are imported, a login gets exactly its permissions, and
// the service runs.
import { expect, it } from "vitest";
import { resolveConnectionOptions } from "../../src/amqp-client/options.ts";
import { DeadLetterBrowser } from "../../src/dead-letters/index.ts";
import { amqp, amqpPublish, amqpRequest, Service } from "../../src/index.ts";
import { createSilentLogger } from "../../src/log/logger.ts";
import { connectForeign, createVirtualHost, describeWithPrivateBroker, operator, until } from "../support/broker.ts";
import { exported, importDefinitions, loginFor, refusals } from "../support/declared-elsewhere.ts";
import { type RunningServices, start } from "../support/running.ts";

/** A service that needs one object of every kind. */
function shopOn(url: string, declare: boolean | "verify", topology: "reliable" | "python") {
  const seen: string[] = [];
  class Shop extends Service {
    name = "shop";
    override options = {
      amqp: { url, declare, topology, exchangeName: "shop.events", retry: { delays: ["100ms"] as const } },
    };

    @amqp("order.*.paid", { queueName: "shop-paid", previousQueueNames: ["shop-old"] })
    async onPaid(text: string) {
      seen.push(text);
      if (text === "fail" && seen.filter((one) => one === text).length <= 2) throw new Error("no");
    }

    @amqp("price.get", { queueName: "shop-prices", reply: true })
    async price() {
      return "5";
    }
  }
  return { Shop, seen };
}

/** Handles, retries, dead-letters and answers. */
async function runs({ services }: RunningServices, seen: readonly string[], count: () => Promise<number | undefined>) {
  const [service] = services as [Service];
  await amqpPublish(service, "once", { routingKey: "order.1.paid" });
  await amqpPublish(service, "fail", { routingKey: "order.2.paid" });
  expect(await amqpRequest(service, "price.get", "bread")).toBe("5");
  await until(() => seen.filter((text) => text === "fail").length === 2, { what: "the retry" });
  await until(async () => (await count()) === 1, { what: "the dead letter" });
}

describeWithPrivateBroker("the topology that is printed", () => {
  it.each([
    [false, "run", "reliable"],
    ["verify", "verify", "reliable"],
    [false, "run", "python"],
  ] as const)(
    "is sufficient for a service with declare: %j and the permissions to %s (topology %s)",
    { timeout: 120_000 },
    async (declare, purpose, profile) => {
      await using host = await createVirtualHost();
      const topology = exported(shopOn(host.url, declare, profile).Shop);
      await importDefinitions(host, topology);
      const { Shop, seen } = shopOn(await loginFor(host, topology, purpose), declare, profile);
      await using running = await start(Shop);
      await using foreign = await connectForeign(host.url);
      await runs(running, seen, async () => (await foreign.queueInfo("shop-paid.dlq"))?.messageCount);
      const options = resolveConnectionOptions({ url: await loginFor(host, topology, "dlq") }, {});
      const browser = new DeadLetterBrowser(options, createSilentLogger());
      await browser.open();
      const { signal } = new AbortController();
      await browser.work({ queue: "shop-paid.dlq", action: { kind: "replay" }, signal, matches: () => true });
      await browser.close();
      await until(() => seen.filter((text) => text === "fail").length === 3, { what: "the replay" });
      expect(refusals(running)).toEqual([]);
    },
  );

  it("has the permissions of a login that declares everything itself", { timeout: 120_000 }, async () => {
    await using host = await createVirtualHost();
    const topology = exported(shopOn(host.url, true, "reliable").Shop);
    const { Shop, seen } = shopOn(await loginFor(host, topology, "declare"), true, "reliable");
    await using running = await start(Shop);
    await using foreign = await connectForeign(host.url);
    await runs(running, seen, async () => (await foreign.queueInfo("shop-paid.dlq"))?.messageCount);
    expect(refusals(running)).toEqual([]);
  });

  it("is exactly what the service declares", { timeout: 120_000 }, async () => {
    await using host = await createVirtualHost();
    const { topology } = exported(shopOn(host.url, true, "reliable").Shop);
    await using running = await start(shopOn(host.url, true, "reliable").Shop);
    void running;
    const standing = await operator().listQueues(host.name);
    const byName = (one: { readonly name: string }, other: { readonly name: string }) =>
      one.name < other.name ? -1 : 1;
    expect(standing.map(({ name, arguments: args }) => ({ name, arguments: args })).sort(byName)).toEqual(
      [...topology.queues].sort(byName),
    );
  });
});

// What `tomodachi topology` prints is enough: its definitions are imported, a login gets exactly its permissions, and the service runs.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, it } from "vitest";
import { resolveConnectionOptions } from "../../src/amqp-client/options.ts";
import { DeadLetterBrowser } from "../../src/dead-letters/index.ts";
import { amqp, amqpPublish, amqpRequest, Service, type ServiceClass } from "../../src/index.ts";
import { createSilentLogger } from "../../src/log/logger.ts";
import {
  type ExportedTopology,
  exportTopology,
  type LoginPurpose,
  topologyDefinitions,
  virtualHostsOf,
} from "../../src/topology-export/index.ts";
import { loginPermissions } from "../../src/topology-export/virtual-host.ts";
import {
  brokerKind,
  connectForeign,
  createVirtualHost,
  ctl,
  describeWithPrivateBroker,
  operator,
  uniqueName,
  until,
  type VirtualHost,
} from "../support/broker.ts";
import { type RunningServices, start } from "../support/running.ts";

/** A service that needs one of everything. */
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

function exported(source: ServiceClass): ExportedTopology {
  const [topology] = exportTopology(new source(), { environment: {}, publishesTo: [] }, createSilentLogger());
  return topology as ExportedTopology;
}

/** As an operator does it on RabbitMQ; the embedded broker has no import, so there each thing is declared. */
async function importDefinitions(host: VirtualHost, topology: ExportedTopology): Promise<void> {
  const definitions = topologyDefinitions(virtualHostsOf([topology]));
  if (brokerKind === "rabbitmq") {
    const { HOME: home = "" } = inject("rabbitMq")?.environment ?? {};
    const file = join(home, `${host.name}.json`);
    writeFileSync(file, JSON.stringify(definitions));
    await ctl("import_definitions", file);
    return;
  }
  await using foreign = await connectForeign(host.url);
  const { exchanges, queues, bindings } = topology.topology;
  for (const { name, type, arguments: args } of exchanges) {
    await foreign.channel.assertExchange(name, type, { arguments: args });
  }
  for (const { name, arguments: args } of queues) await foreign.channel.assertQueue(name, { arguments: args });
  for (const { queue, exchange, routingKey } of bindings) await foreign.channel.bindQueue(queue, exchange, routingKey);
}

/** A login of the virtual host with the permissions of one purpose, and no others; gives its URL. */
async function loginFor(host: VirtualHost, topology: ExportedTopology, purpose: LoginPurpose): Promise<string> {
  const name = uniqueName("login");
  await operator().addUser(name, "secret");
  const [virtualHost] = virtualHostsOf([topology]);
  if (!virtualHost) throw new Error("there is no virtual host");
  await operator().setPermissions(host.name, loginPermissions(virtualHost, purpose), name);
  const url = new URL(host.url);
  url.username = name;
  url.password = "secret";
  return url.href;
}

/** Log lines about a permission. */
function refusals({ log }: RunningServices): readonly unknown[] {
  return log.filter((line) => JSON.stringify(line).includes("ACCESS_REFUSED"));
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
    "is all that a service with declare: %j needs, with the permissions to %s (topology %s)",
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

// Three processes with one schedule: the one that publishes is killed, stopped, frozen, and the broker restarts.
import { afterAll, beforeAll, expect, it } from "vitest";
import type { RabbitMqNode } from "../../scripts/rabbitmq.ts";
import { startFaultProxy } from "../../src/testing/fault-proxy.ts";
import type { Started } from "../cli/temporary-project.ts";
import { amqpUrl, describeWithBroker, until } from "../support/broker.ts";
import { describeWithOwnNode, startOwnNode } from "./own-node.ts";
import { faultTimeoutMs } from "./support/scale.ts";
import { holds, ScheduledFleet, widestGap } from "./support/scheduled-fleet.ts";

/** What a process that ends with its run may leave to be run again, each time. */
const mayRepeat = 1;

describeWithBroker("a schedule of three processes", () => {
  it("continues when the publishing process is killed, also a second time", { timeout: faultTimeoutMs }, async () => {
    await using fleet = new ScheduledFleet();
    const url = amqpUrl ?? "";
    const instances = await Promise.all([fleet.start(url), fleet.start(url), fleet.start(url)]);
    for (let kill = 0; kill < 2; kill++) {
      await fleet.handledMore(4);
      const holder = await fleet.holder(instances);
      holder.child.kill("SIGKILL");
      await holder.ended;
      instances.splice(instances.indexOf(holder), 1);
      await fleet.handledMore(4);
    }
    expect(fleet.repeated.size).toBeLessThanOrEqual(2 * mayRepeat);
    // Others ask every second at due times, and the broker sees a killed process at once.
    expect(widestGap(fleet.handled)).toBeLessThan(15_000);
    expect(new Set(await fleet.stop())).toEqual(new Set([0]));
  });

  it("continues at once when the publishing process stops", { timeout: faultTimeoutMs }, async () => {
    await using fleet = new ScheduledFleet({ missed: "all" });
    const url = amqpUrl ?? "";
    const instances = await Promise.all([fleet.start(url), fleet.start(url), fleet.start(url)]);
    await fleet.handledMore(4);
    while (instances.length > 1) {
      const holder = await fleet.holder(instances);
      holder.child.kill("SIGTERM");
      expect((await holder.ended).code).toBe(0);
      instances.splice(instances.indexOf(holder), 1);
      await fleet.handledMore(4);
    }
    expect(await fleet.stop()).toEqual([0]);
    expect(fleet.repeated).toEqual(new Map());
    // Nothing is missing: each due time follows the one before.
    expect(widestGap(fleet.handled)).toBe(fleet.everyMs);
  });

  it("continues when the publishing process is frozen, and when it wakes up", {
    timeout: faultTimeoutMs,
  }, async () => {
    await using fleet = new ScheduledFleet();
    const url = amqpUrl ?? "";
    const instances = await Promise.all([fleet.start(url), fleet.start(url), fleet.start(url)]);
    await fleet.handledMore(4);
    const holder = await fleet.holder(instances);
    holder.child.kill("SIGSTOP");
    const others = instances.filter((one) => one !== holder);
    await fleet.holder(others);
    await fleet.handledMore(4);
    holder.child.kill("SIGCONT");
    await until(() => !holds(holder.written()), { what: "it to notice", timeoutMs: 30_000 });
    await fleet.handledMore(4);
    expect(fleet.repeated.size).toBeLessThanOrEqual(mayRepeat);
    expect(new Set(await fleet.stop())).toEqual(new Set([0]));
  });

  it("continues when the link of the publishing process is frozen", { timeout: faultTimeoutMs }, async () => {
    await using fleet = new ScheduledFleet();
    const proxies = await Promise.all([1, 2, 3].map(() => startFaultProxy({ target: amqpUrl ?? "" })));
    try {
      const instances: Started[] = [];
      for (const { url } of proxies) instances.push(await fleet.start(url));
      await fleet.handledMore(4);
      const holder = await fleet.holder(instances);
      const proxy = proxies[instances.indexOf(holder)];
      proxy?.stall("both");
      await fleet.holder(instances.filter((one) => one !== holder));
      await fleet.handledMore(4);
      proxy?.resume();
      await fleet.handledMore(4);
      await until(() => !holds(holder.written()), { what: "it to notice", timeoutMs: 30_000 });
      expect(fleet.repeated.size).toBeLessThanOrEqual(mayRepeat);
      expect(new Set(await fleet.stop())).toEqual(new Set([0]));
    } finally {
      for (const proxy of proxies) await proxy[Symbol.asyncDispose]();
    }
  });
});

describeWithOwnNode("a schedule of three processes, and a broker that restarts", () => {
  let node: RabbitMqNode;
  beforeAll(async () => {
    node = await startOwnNode("schedule");
  }, 120_000);
  afterAll(() => node?.stop());

  it("continues, and misses no due time if none may be missed", { timeout: 180_000 }, async () => {
    await using fleet = new ScheduledFleet({ missed: "all", everyMs: 1000 });
    await Promise.all([fleet.start(node.url), fleet.start(node.url), fleet.start(node.url)]);
    await fleet.handledMore(4);
    await node.ctl("stop_app");
    const during = Date.now();
    await until(() => Date.now() > during + 3000, { what: "three seconds without a broker" });
    await node.ctl("start_app");
    await until(() => (fleet.handled.at(-1) ?? 0) > Date.now() - 3000, { what: "the present", timeoutMs: 90_000 });
    await fleet.handledMore(4);
    expect(widestGap(fleet.handled)).toBe(1000);
    expect(fleet.repeated.size).toBeLessThanOrEqual(mayRepeat);
    expect(new Set(await fleet.stop())).toEqual(new Set([0]));
  });
});

// Several connections of one service: two virtual hosts of a broker, and a second broker.
import { expect, it } from "vitest";
import { z } from "zod";
import { startBroker } from "../../src/amqp-broker/index.ts";
import {
  type AmqpContext,
  amqp,
  amqpPublish,
  amqpRequest,
  defineOptions,
  event,
  JsonBase,
  request,
  Service,
} from "../../src/index.ts";
import { createDeferred } from "../../src/util/deferred.ts";
import { connectForeign, createVirtualHost, describeWithPrivateBroker, operator, until } from "../support/broker.ts";
import { createScope, failureOf, start, type TestScope } from "../support/running.ts";

const sent = event("order.{id}.sent", { schema: z.object({ total: z.number() }) });
const price = request("price.get", { schema: z.string(), reply: z.number() });

/** A service with a handler on each connection, which records its messages. */
function bridge(scope: TestScope, legacyUrl: string) {
  const seen: [by: string, data: unknown][] = [];
  class Bridge extends Service {
    name = "bridge";
    override messageEnvelope = JsonBase;
    override options = defineOptions({
      amqp: { ...scope.options().amqp, connections: { legacy: { url: legacyUrl, queueNamePrefix: "old." } } },
    });

    @amqp("order.paid") async onPaid(data: unknown) {
      seen.push(["default", data]);
    }
    @amqp("order.paid", { connection: "legacy", retry: { quick: 0, delays: [] } }) async onOld(data: unknown) {
      seen.push(["legacy", data]);
      if (data === "broken") throw new Error("broken");
    }
    @amqp(sent, { connection: "legacy" }) async onSent({ total }: { total: number }, { params }: AmqpContext) {
      seen.push(["legacy", [total, params["id"]]]);
    }
    @amqp(price, { connection: "legacy" }) async onPrice(article: string): Promise<number> {
      return article.length;
    }
  }
  return { Bridge, seen };
}

describeWithPrivateBroker("a service with a second virtual host", () => {
  it("consumes, publishes and sends requests by the named connection, with and without contracts", async () => {
    await using other = await createVirtualHost();
    const { Bridge, seen } = bridge(createScope(), other.url);
    await using running = await start(Bridge);
    const [service] = running.services as [Service];
    await amqpPublish(service, "new", { routingKey: "order.paid" });
    await amqpPublish(service, "also new", { routingKey: "order.paid", connection: "default" });
    await amqpPublish(service, "old", { routingKey: "order.paid", connection: "legacy" });
    await amqpPublish(service, sent, { total: 5 }, { params: { id: "7" }, connection: "legacy" });
    await until(() => seen.length === 4, { what: "four messages" });
    expect(new Set(seen)).toEqual(
      new Set([
        ["default", "new"],
        ["default", "also new"],
        ["legacy", "old"],
        ["legacy", [5, "7"]],
      ]),
    );
    expect(await amqpRequest(service, price, "bread", { connection: "legacy" })).toBe(5);
    expect(await amqpRequest(service, "price.get", "egg", { connection: "legacy" })).toBe(3);
    await expect(amqpRequest(service, price, "bread")).rejects.toMatchObject({ code: "ERR_AMQP_UNROUTABLE" });
  });

  it("names each connection in banner and health, and dead-letters on the broker of the message", async () => {
    await using other = await createVirtualHost();
    const scope = createScope();
    const { Bridge } = bridge(scope, other.url);
    await using running = await start(Bridge);
    const [service] = running.services as [Service];
    await amqpPublish(service, "broken", { routingKey: "order.paid", connection: "legacy" });
    await using legacy = await connectForeign(other.url);
    const queue = "old.bridge.onOld:order.paid.dlq";
    await until(async () => (await legacy.queueInfo(queue))?.messageCount === 1, { what: "the dead letter" });
    const banner = running.run.describe();
    expect(banner.filter((line) => line.startsWith("bridge on "))).toHaveLength(2);
    expect(banner.join("\n")).toMatch(/, connection "legacy"\n {2}onOld: /);
    // The copy may be in its queue before its confirm is here.
    const isConfirmed = (): boolean => service.health().transports[0]?.publisher?.unconfirmed === 0;
    await until(isConfirmed, { what: "the confirm of the copy" });
    const [transport] = service.health().transports;
    expect(transport).toMatchObject({ healthy: true, publisher: { waiting: 0, unconfirmed: 0, blocked: false } });
    const consumers = transport?.consumers.map(({ handler, connection }) => [handler, connection]);
    expect(consumers).toContainEqual(["onPaid", undefined]);
    expect(consumers).toContainEqual(["onOld", "legacy"]);
    expect(transport?.connections.filter(({ connection }) => connection === "legacy")).toHaveLength(2);
  });

  it("continues on one connection while the other is lost, reports that, and recovers", async () => {
    await using other = await createVirtualHost();
    const { Bridge, seen } = bridge(createScope(), other.url);
    await using running = await start(Bridge);
    const [service] = running.services as [Service];
    await operator().closeConnections("test", other.name);
    await amqpPublish(service, "new", { routingKey: "order.paid" });
    await amqpPublish(service, "old", { routingKey: "order.paid", connection: "legacy" });
    await until(() => seen.length === 2, { what: "both messages" });
    await until(() => service.health().healthy, { what: "both connections" });
    expect(running.log.filter(({ msg }) => msg.includes("order.paid") && msg.includes("reached no queue"))).toEqual([]);
    // rabbitmqctl may take half a minute on a busy machine.
  }, 120_000);

  it("is stopped by one deadline for all connections, each after its runs", async () => {
    await using other = await createVirtualHost();
    const scope = createScope();
    const ended: string[] = [];
    let begun = 0;
    const held = createDeferred();
    class Slow extends Service {
      name = "slow";
      override options = defineOptions({
        amqp: { ...scope.options().amqp, connections: { legacy: { url: other.url } } },
      });
      async #hold(by: string): Promise<void> {
        begun++;
        await held.promise;
        ended.push(by);
      }
      @amqp("go") async onGo() {
        await this.#hold("default");
      }
      @amqp("go", { connection: "legacy" }) async onOld() {
        await this.#hold("legacy");
      }
    }
    const running = await start(Slow);
    const [service] = running.services as [Service];
    await amqpPublish(service, "x", { routingKey: "go" });
    await amqpPublish(service, "x", { routingKey: "go", connection: "legacy" });
    await until(() => begun === 2, { what: "both runs" });
    const stopped = running.stop();
    held.resolve();
    expect(await stopped).toBe(0);
    expect(ended.sort()).toEqual(["default", "legacy"]);
    await using legacy = await connectForeign(other.url);
    const queue = `${scope.prefix}slow.onOld:go`;
    expect(await legacy.queueInfo(queue)).toMatchObject({ messageCount: 0, consumerCount: 0 });
  });
});

describeWithPrivateBroker("a service with a second broker", () => {
  it("publishes by a connection without handlers, from the first publish on", async () => {
    await using broker = await startBroker();
    const scope = createScope();
    class Sender extends Service {
      name = "sender";
      override options = defineOptions({
        amqp: { ...scope.options().amqp, routingKeyPrefix: "", connections: { legacy: { url: broker.url } } },
      });
      @amqp("never") onNever() {}
    }
    await using legacy = await connectForeign(broker.url);
    await legacy.channel.assertQueue("inbox");
    await legacy.channel.bindQueue("inbox", "amq.topic", "hello");
    await using running = await start(Sender);
    const [service] = running.services as [Service];
    expect(running.run.describe().filter((line) => line.includes("legacy"))).toEqual([]);
    await amqpPublish(service, "text", { routingKey: "hello", connection: "legacy", wait: false });
    await until(async () => (await legacy.queueInfo("inbox"))?.messageCount === 1, { what: "the message" });
  });
});

describeWithPrivateBroker("a name of no connection", () => {
  class Wrong extends Service {
    name = "wrong";
    override options = defineOptions({
      amqp: { ...createScope().options().amqp, connections: { legacy: { host: "127.0.0.1" } } },
    });
    @amqp("a", { connection: "legcy" }) onA() {}
    @amqp("b", { connection: "lagacy", prefetch: 0 }) onB() {}
    @amqp("c", { prefetch: 0 }) onC() {}
  }

  it("fails the start, with everything else that is wrong", async () => {
    const failure = await failureOf(Wrong);
    expect(failure.message).toMatch(/wrong\.onA: options\.connection is "legcy".*Did you mean "legacy"\?/);
    expect(failure.message).toMatch(/wrong\.onB: options\.connection is "lagacy"/);
    expect(failure.message).toMatch(/wrong\.onC[\s\S]*options\.prefetch must/);
  });

  it("fails a publish and a request; a publish that is not awaited is logged", async () => {
    await using other = await createVirtualHost();
    const { Bridge } = bridge(createScope(), other.url);
    await using running = await start(Bridge);
    const [service] = running.services as [Service];
    const wrong = { routingKey: "order.paid", connection: "legcy" };
    const expected = { code: "ERR_CONFIGURATION", message: expect.stringContaining('Did you mean "legacy"?') };
    await expect(amqpPublish(service, "x", wrong)).rejects.toMatchObject(expected);
    await expect(
      amqpPublish(service, sent, { total: 1 }, { params: { id: "1" }, connection: "legcy" }),
    ).rejects.toMatchObject(expected);
    await expect(amqpRequest(service, "price.get", "x", { connection: "legcy" })).rejects.toMatchObject(expected);
    await amqpPublish(service, "x", { ...wrong, wait: false });
    const lines = running.log.filter(({ msg }) => msg === "a publish with wait: false failed");
    expect(lines).toHaveLength(1);
  });
});

// Services behind a proxy that breaks their connections: nothing is lost, and a test sees it.
import { expect, it } from "vitest";
import { startBroker } from "../../src/amqp-broker/broker.ts";
import { amqp, amqpPublish, defineOptions, JsonBase, Service } from "../../src/index.ts";
import { type FaultProxy, startFaultProxy } from "../../src/testing/fault-proxy.ts";
import { startService } from "../../src/testing/start-service.ts";
import type { TestApp } from "../../src/testing/test-app.ts";
import { until } from "../support/broker.ts";
import { describeOnBothBrokers, type TestedBroker } from "./brokers.ts";

class Numbers extends Service {
  name = "numbers";
  override messageEnvelope = JsonBase;
  override options = defineOptions({ amqp: { heartbeat: 1 } });
  readonly doubled = new Set<number>();

  @amqp("number") async onNumber(number: number) {
    await amqpPublish(this, number * 2, { routingKey: "doubled" });
  }
  @amqp("doubled") onDoubled(number: number) {
    this.doubled.add(number);
  }
}

interface Scene extends AsyncDisposable {
  readonly app: TestApp<Numbers>;
  readonly proxy: FaultProxy;
}

/** The service behind a proxy, before the broker that is tested. */
async function behindProxy({ url }: TestedBroker): Promise<Scene> {
  const broker = url === undefined ? await startBroker() : undefined;
  const proxy = await startFaultProxy({ target: url ?? broker?.url ?? "", seed: 11 });
  const app = await startService(Numbers, { url: proxy.url, timeout: "20000ms" });
  const end = async (): Promise<void> => {
    await app.stop();
    await proxy.stop();
    await broker?.stop();
  };
  return { app, proxy, [Symbol.asyncDispose]: end };
}

const numbers = Array.from({ length: 200 }, (_, at) => at);
const send = (app: TestApp<Numbers>): Promise<unknown> =>
  Promise.all(numbers.map((number) => app.publish(number, { routingKey: "number" })));
const complete = (app: TestApp<Numbers>): boolean => app.service.doubled.size === numbers.length;

describeOnBothBrokers("a service behind a fault proxy", (broker) => {
  it.each([false, true])(
    "loses nothing when its connections are cut (reset: %s), and becomes idle again",
    async (reset) => {
      await using scene = await behindProxy(broker);
      const { app, proxy } = scene;
      const sent = send(app);
      await app.handled("onNumber", { count: 20 });
      proxy.cut({ reset });
      await sent;
      await app.idle();
      expect(complete(app)).toBe(true);
      expect(proxy.accepted).toBeGreaterThan(2);
    },
  );

  it("loses nothing when a connection is cut inside a frame", async () => {
    await using scene = await behindProxy(broker);
    const { app, proxy } = scene;
    for (const direction of ["toBroker", "toClient"] as const) {
      const before = proxy.accepted;
      proxy.cutAfter(direction, 5001);
      await send(app);
      await app.idle();
      expect(complete(app)).toBe(true);
      expect(proxy.accepted).toBeGreaterThan(before);
      app.service.doubled.clear();
    }
  });

  it("continues to work when everything arrives in small pieces, or slowly", async () => {
    await using scene = await behindProxy(broker);
    const { app, proxy } = scene;
    proxy.split({ maxChunk: 40 });
    await send(app);
    await app.idle();
    expect(complete(app)).toBe(true);
    proxy.split(undefined);
    proxy.slow({ delay: "5ms" });
    await app.publish(1000, { routingKey: "number" });
    expect((await app.handled("onDoubled", { where: ({ data }) => data === 2000 })).data).toBe(2000);
  });

  it("is not idle while its messages are delayed in the proxy", async () => {
    await using scene = await behindProxy(broker);
    const { app, proxy } = scene;
    await app.publish(1, { routingKey: "number" });
    await app.idle();
    proxy.stall("toClient");
    const sent = send(app);
    await expect(app.idle({ timeout: "100ms" })).rejects.toMatchObject({ code: "ERR_TESTING_TIMEOUT" });
    proxy.resume();
    await sent;
    await app.idle();
    expect(app.service.doubled.size).toBe(numbers.length);
  });

  it("detects a half-open connection by its heartbeats", async () => {
    await using scene = await behindProxy(broker);
    const { app, proxy } = scene;
    proxy.freeze();
    const frozen = proxy.connections;
    const sent = send(app);
    await until(() => proxy.accepted >= 2 * frozen, { what: "new connections" });
    await sent;
    // The service may notice before the broker does, which until then holds what it sent into the frozen connection.
    await until(() => complete(app), { what: "every number" });
    await app.idle();
    expect(complete(app)).toBe(true);
  });
});

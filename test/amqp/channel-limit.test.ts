// More handlers than a connection has channels: they start, and consume again after a connection was lost.
import { expect, it, vi } from "vitest";
import { type Broker, startBroker } from "../../src/amqp-broker/index.ts";
import { AmqpChannel } from "../../src/amqp-client/channel.ts";
import { Session } from "../../src/amqp-client/session/session.ts";
import { amqp, amqpPublish, defineService, on, runServices, type ServiceRun } from "../../src/index.ts";
import { createSilentLogger } from "../../src/log/logger.ts";
import { RetryTiers } from "../../src/transports/amqp/topology/retry-tiers.ts";
import { until } from "../support/broker.ts";

interface Many {
  readonly run: ServiceRun;
  /** Publishes to each handler and waits until all have it. */
  reachAll(): Promise<void>;
}

async function startMany(broker: Broker, count: number, exchangeName: string): Promise<Many> {
  const got = new Set<string>();
  const where = { exchangeName };
  const indexes = Array.from({ length: count }, (_, index) => index);
  const handler = (index: number) => on(amqp(`k.${index}`, { queueName: `q${index}`, ...where }), add);
  const add = (data: string): void => void got.add(data);
  const handlers = Object.fromEntries(indexes.map((index) => [`h${index}`, handler(index)]));
  const service = defineService({ name: "many", options: { amqp: { url: broker.url } }, handlers });
  const run = await runServices([service], { logger: createSilentLogger(), environment: {} });
  const [running] = run.services;
  return {
    run,
    async reachAll() {
      got.clear();
      for (const index of indexes)
        await amqpPublish(running as never, `${index}`, { routingKey: `k.${index}`, ...where, mandatory: true });
      await until(() => got.size === count, { what: "every handler" });
    },
  };
}

const isWell = ({ run }: Many): boolean => run.health().every(({ healthy }) => healthy);

/** Resolves when a connection is lost. It looks in every turn, because all may be well again after a few. */
function lossOf(many: Many): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => void (isWell(many) ? setImmediate(look) : resolve());
    look();
  });
}

it.each([
  [40, 120, "amq.topic"],
  [40, 60, "events"],
  [200, 505, "amq.topic"],
])(
  "starts on a broker with channel_max %i: %i handlers on %s",
  { timeout: 120_000 },
  async (channelMax, count, exchange) => {
    const broker = await startBroker({ channelMax });
    const many = await startMany(broker, count, exchange);
    await many.reachAll();
    const told = lossOf(many);
    broker.closeConnections("closed by a test");
    await told;
    await until(() => isWell(many), { what: "all consumers" });
    await many.reachAll();
    await many.run.stop();
    await broker.stop();
  },
);

it("a service starts even if the first connection is lost while a handler on another one has its retry queue declared there", async () => {
  const broker = await startBroker({ channelMax: 20 });
  const opened = vi.spyOn(Session, "open");
  const original = RetryTiers.prototype.declare;
  let handlers = 0;
  const declare = vi.spyOn(RetryTiers.prototype, "declare").mockImplementation(async function (
    this: RetryTiers,
    ...given
  ) {
    // Sixteen channels of a connection are kept free, so four handlers fit on the first one.
    if (++handlers === 12) (await opened.mock.results[0]?.value)?.fail(new Error("lost by a test"));
    return original.apply(this, given);
  });
  const names = Array.from({ length: 14 }, (_, index) => `h${index}`);
  const retrying = (name: string) => on(amqp(name, { retry: { delays: ["1s"] } }), () => {});
  const service = defineService({
    name: "many",
    options: { amqp: { url: broker.url } },
    handlers: Object.fromEntries(names.map((name) => [name, retrying(name)])),
  });
  const run = await runServices([service], { logger: createSilentLogger(), environment: {} });
  expect(handlers).toBeGreaterThan(names.length);
  await until(() => run.health().every(({ healthy }) => healthy), { what: "all consumers" });
  await run.stop();
  declare.mockRestore();
  opened.mockRestore();
  await broker.stop();
});

it("declares nothing twice after a reconnect to a broker that kept everything", { timeout: 60_000 }, async () => {
  const broker = await startBroker();
  const many = await startMany(broker, 30, "events");
  await many.reachAll();
  const declared = vi.spyOn(AmqpChannel.prototype, "assertQueue");
  broker.closeConnections("closed by a test");
  await many.reachAll();
  await until(() => isWell(many), { what: "all consumers" });
  const names = declared.mock.calls.map(([name]) => name);
  declared.mockRestore();
  expect(names.length).toBe(new Set(names).size);
  await many.run.stop();
  await broker.stop();
});

it("declares everything before it publishes to a broker that returned empty", { timeout: 60_000 }, async () => {
  const broker = await startBroker();
  const many = await startMany(broker, 10, "events");
  await many.reachAll();
  await broker.stop();
  const empty = await startBroker({ port: broker.port });
  await many.reachAll();
  await many.run.stop();
  await empty.stop();
});

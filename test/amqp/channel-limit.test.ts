// More handlers than a connection has channels.
import { expect, it } from "vitest";
import { startBroker } from "../../src/amqp-broker/index.ts";
import { amqp, amqpPublish, defineService, on, runServices } from "../../src/index.ts";
import { createSilentLogger } from "../../src/log/logger.ts";
import { until } from "../support/broker.ts";

it.each([
  [40, 120, undefined],
  [40, 60, "events"],
])(
  "starts on a broker with channel_max %i: %i handlers on %s",
  { timeout: 60_000 },
  async (channelMax, count, exchangeName) => {
    const broker = await startBroker({ channelMax });
    const got = new Set<string>();
    const handlers = Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `h${index}`,
        on(amqp(`k.${index}`, { queueName: `q${index}`, ...(exchangeName && { exchangeName }) }), (data: string) => {
          got.add(data);
        }),
      ]),
    );
    const service = defineService({ name: "many", options: { amqp: { url: broker.url } }, handlers });
    const run = await runServices([service], { logger: createSilentLogger(), environment: {} });
    const [running] = run.services;
    for (let index = 0; index < count; index++) {
      const routingKey = `k.${index}`;
      await amqpPublish(running as never, `${index}`, {
        routingKey,
        ...(exchangeName && { exchangeName }),
        mandatory: true,
      });
    }
    await until(() => got.size === count, { what: "every handler" });
    expect(got.size).toBe(count);
    await run.stop();
    await broker.stop();
  },
);

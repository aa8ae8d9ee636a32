// The limits and URLs of hosted brokers (Amazon MQ, CloudAMQP), as settings of a RabbitMQ of the test's own.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findRelease, type RabbitMqNode, startRabbitMq } from "../../scripts/rabbitmq.ts";
import { freePorts } from "../../scripts/rabbitmq-settings.ts";
import { amqp, amqpPublish, amqpRequest, defineService, on, Service } from "../../src/index.ts";
import { until } from "../support/broker.ts";
import { failureOf, start } from "../support/running.ts";
import { type Certificates, hasOpenssl, makeCertificates } from "./certificates.ts";

const describeHere = findRelease() && hasOpenssl() ? describe : describe.skip;

describeHere("a hosted broker", () => {
  let node: RabbitMqNode;
  let certificates: Certificates;
  let port = 0;

  beforeAll(async () => {
    certificates = makeCertificates("unused");
    [port = 0] = await freePorts(1);
    // The least frame_max of RabbitMQ 4.1 and later; 3.10 takes less.
    const limits = ["channel_max = 200", "frame_max = 8192", "heartbeat = 120"];
    node = await startRabbitMq({ config: [...certificates.serverConfig(port), ...limits] });
    // CloudAMQP gives each customer a virtual host that is called like the user.
    await node.ctl("add_vhost", "abcdefgh");
    await node.ctl("add_user", "abcdefgh", "p@ss/word");
    await node.ctl("set_permissions", "-p", "abcdefgh", "abcdefgh", ".*", ".*", ".*");
  }, 180_000);

  afterAll(async () => {
    await node?.stop();
    certificates?.[Symbol.dispose]();
  });

  function shopOn(url: string, more: object = {}) {
    const seen: number[] = [];
    class Shop extends Service {
      name = "shop";
      override options = { amqp: { url, tls: { ca: certificates.ca }, ...more } };

      @amqp("large", { queueName: "large" })
      async onLarge(text: string) {
        seen.push(text.length);
      }

      @amqp("price.get", { queueName: "price", reply: true })
      async price() {
        return "5";
      }
    }
    return { Shop, seen };
  }

  it.each([
    [
      "CloudAMQP: the virtual host is the user's name",
      () => `amqps://abcdefgh:p%40ss%2Fword@localhost:${port}/abcdefgh`,
    ],
    ["Amazon MQ: a host and a port, and the virtual host is /", () => `amqps://guest:guest@localhost:${port}`],
    ["Amazon MQ, with a slash at the end", () => `amqps://guest:guest@localhost:${port}/`],
  ])("is reached by its URL, and accepts messages larger than its frames (%s)", async (_what, url) => {
    const { Shop, seen } = shopOn(url());
    await using running = await start(Shop);
    const [service] = running.services as [Service];
    await amqpPublish(service, "x".repeat(100_000), { routingKey: "large" });
    await until(() => seen.includes(100_000), { what: "the message" });
    expect(await amqpRequest(service, "price.get", "bread")).toBe("5");
  });

  it("runs more handlers than a connection has channels", { timeout: 120_000 }, async () => {
    const seen = new Set<string>();
    const handlers = Object.fromEntries(
      Array.from({ length: 230 }, (_unused, number) => {
        const options = { queueName: `many-${number}`, queueType: "classic" as const, declare: { queue: true } };
        return [`on${number}`, on(amqp(`many.${number}`, options), (text: string) => void seen.add(text))];
      }),
    );
    const url = `amqps://abcdefgh:p%40ss%2Fword@localhost:${port}/abcdefgh`;
    const options = { amqp: { url, tls: { ca: certificates.ca }, topology: "python" as const } };
    await using running = await start(defineService({ name: "many", options, handlers }) as never);
    const [service] = running.services as [Service];
    for (const number of [0, 199, 229]) await amqpPublish(service, `text ${number}`, { routingKey: `many.${number}` });
    await until(() => seen.size === 3, { what: "messages by several connections" });
  });

  it("requires two connections for a service, and the error says so when the plan allows fewer", async () => {
    await node.ctl("add_vhost", "small");
    await node.ctl("set_permissions", "-p", "small", "guest", ".*", ".*", ".*");
    const url = `amqps://guest:guest@localhost:${port}/small`;
    await node.ctl("set_vhost_limits", "-p", "small", '{"max-connections": 2}');
    const { Shop, seen } = shopOn(url);
    const running = await start(Shop);
    await amqpPublish(running.services[0] as Service, "two", { routingKey: "large" });
    await until(() => seen.length === 1, { what: "the message" });
    await running.stop();
    await node.ctl("set_vhost_limits", "-p", "small", '{"max-connections": 1}');
    // RabbitMQ counts a connection shortly after it has opened it: the second may come before that, and is accepted.
    const error = await until(
      () => failureOf(shopOn(url, { connectTimeoutSeconds: 2 }).Shop).catch(() => false as const),
      {
        timeoutMs: 40_000,
        what: "a start that is refused",
      },
    );
    expect(error).toMatchObject({ code: "ERR_AMQP_VIRTUAL_HOST" });
    expect(error.message).toMatch(/connection limit/);
  });
});

// Messages about several connections of a service: errors name the right options, and a failed start declares nothing.
import { expect, it } from "vitest";
import { startBroker } from "../../src/amqp-broker/index.ts";
import {
  type AmqpBrokerOptions,
  amqp,
  amqpPublish,
  createLogger,
  defineOptions,
  runServices,
  Service,
} from "../../src/index.ts";
import { freePort } from "../cli/free-port.ts";
import { createVirtualHost, describeWithPrivateBroker, operator } from "../support/broker.ts";
import { createScope, failureOf, start, type TestScope } from "../support/running.ts";

/** One handler on each connection; both have the same name, so that only the connection differs. */
function bridge(scope: TestScope, legacy: AmqpBrokerOptions, own: Partial<AmqpBrokerOptions> = {}) {
  return class Bridge extends Service {
    name = "bridge";
    override options = defineOptions({
      operations: { port: 0 },
      amqp: { ...scope.options().amqp, ...own, connections: { legacy } },
    });

    @amqp("order.paid", { queueName: "paid" })
    @amqp("order.paid", { queueName: "paid", connection: "legacy" })
    async onPaid() {}
  };
}

const place = "options.amqp.connections.legacy";

describeWithPrivateBroker("an error of a named connection", () => {
  const broken = (): never => {
    throw new Error("the vault is shut");
  };

  it.each<[string, (url: string) => Promise<AmqpBrokerOptions>, string, string]>([
    [
      "that reaches nobody",
      async () => ({ host: "127.0.0.1", port: await freePort(), connectTimeoutSeconds: 0.2 }),
      "ERR_AMQP_UNREACHABLE",
      `set its address: ${place}.`,
    ],
    [
      "that is refused",
      async (url) => ({ url: url.replace(/\/\/.*@/, "//guest:wrong@") }),
      "ERR_AMQP_ACCESS_REFUSED",
      `Check username and password (${place})`,
    ],
    [
      "whose password function throws",
      async (url) => ({ url: url.replace(/\/\/.*@/, "//guest@"), password: broken, connectTimeoutSeconds: 0.2 }),
      "ERR_AMQP_CREDENTIALS",
      `the function ${place}.password threw the vault is shut`,
    ],
    [
      "whose password function gives nothing",
      async (url) => ({ url: url.replace(/\/\/.*@/, "//guest@"), password: (() => undefined) as never }),
      "ERR_AMQP_CONNECTION_OPTIONS",
      `The function ${place}.password must return a non-empty string`,
    ],
  ])("%s names its options, not environment variables", async (_what, legacy, code, text) => {
    await using other = await createVirtualHost();
    const error = await failureOf(bridge(createScope(), await legacy(other.url)));
    expect(error).toMatchObject({ code });
    expect(error.message).toContain(text);
    expect(error.message).not.toContain("TOMODACHI");
  });

  it("about a time limit names the option of the connection, or the inherited one", async () => {
    await using other = await createVirtualHost();
    const long = { url: other.url, timeoutSeconds: 1000 };
    const own = await failureOf(bridge(createScope(), { ...long, consumerTimeoutSeconds: 60 }));
    expect(own.message).toContain(`raise consumer_timeout in RabbitMQ and ${place}.consumerTimeoutSeconds.`);
    const byDefault = await failureOf(bridge(createScope(), long));
    expect(byDefault.message).toContain(`and ${place}.consumerTimeoutSeconds.`);
    const inherited = await failureOf(bridge(createScope(), long, { consumerTimeoutSeconds: 60 }));
    expect(inherited.message).toContain("and options.amqp.consumerTimeoutSeconds.");
  });

  it("of the default connection still names the variable", async () => {
    const options = { url: `amqp://127.0.0.1:${await freePort()}`, connectTimeoutSeconds: 0.2 };
    const error = await failureOf(bridge(createScope(), { host: "127.0.0.1" }, options));
    expect(error.message).toContain("set its address: options.amqp or TOMODACHI_AMQP_URL.");
  });
});

describeWithPrivateBroker('declare: "verify" with several connections', () => {
  it("reports in one error what is missing on each of them", async () => {
    await using one = await createVirtualHost();
    await using two = await createVirtualHost();
    const verify = { declare: "verify", queueNamePrefix: "", exchangeName: "shop" } as const;
    const error = await failureOf(bridge(createScope(), { ...verify, url: two.url }, { ...verify, url: one.url }));
    expect(error).toMatchObject({ code: "ERR_AMQP_TOPOLOGY_MISSING" });
    const parts = error.message.split('The service "bridge" does not declare the following').slice(1);
    expect(parts).toHaveLength(2);
    for (const [at, { name }] of [one, two].entries()) {
      const lines = parts[at]?.split("\n").filter((line) => line.startsWith("  - "));
      expect(parts[at]).toContain(`/${name} does not have it:`);
      expect(lines).toEqual(['  - the exchange "shop"', '  - the queue "paid"', '  - the queue "paid.dlq"']);
    }
  });

  it("changes nothing on the other connection when the start fails", async () => {
    await using one = await createVirtualHost();
    await using two = await createVirtualHost();
    const declare = "verify" as const;
    const error = await failureOf(bridge(createScope(), { declare, url: two.url }, { url: one.url }));
    expect(error).toMatchObject({ code: "ERR_AMQP_TOPOLOGY_MISSING" });
    expect(await operator().listQueues(one.name)).toEqual([]);
  });

  it("of two services fails with the first, and logs the second", async () => {
    await using host = await createVirtualHost();
    const service = (name: string) =>
      class extends Service {
        name = name;
        override options = defineOptions({ amqp: { url: host.url, declare: "verify" } });
        @amqp("key") async on() {}
      };
    const lines: string[] = [];
    const logger = await createLogger({ destination: { write: (line: string) => void lines.push(line) } });
    const run = runServices([service("a"), service("b")], { logger, environment: {} });
    await expect(run).rejects.toMatchObject({ message: expect.stringContaining('the queue "a.on:key"') });
    const also = lines.filter((line) => line.includes("the start also failed for another reason"));
    expect(also).toHaveLength(1);
    expect(also[0]).toContain("b.on:key.dlq");
  });
});

describeWithPrivateBroker("several connections in metrics and log", () => {
  it("are distinguished, and no series appears twice", async () => {
    await using other = await startBroker();
    await using running = await start(
      bridge(createScope(), { url: other.url, queueNamePrefix: "" }, { queueNamePrefix: "" }),
    );
    const url = /operations port: (\S+)/.exec(running.log.map(({ msg }) => msg).join("\n"))?.[1];
    const text = await (await fetch(`${url}/metrics`)).text();
    const series = text.split("\n").flatMap((line) => (line.startsWith("#") ? [] : [line.replace(/ [^ ]+$/, "")]));
    expect(series.filter((one, at) => series.indexOf(one) !== at)).toEqual([]);
    const up = series.filter((one) => one.startsWith("tomodachi_connection_up"));
    expect(up.map((one) => /purpose="(\w+)"(?:,connection="(\w+)")?/.exec(one)?.slice(1).join(" ")).sort()).toEqual([
      "consuming ",
      "consuming legacy",
      "publishing ",
      "publishing legacy",
    ]);
    const opened = running.log.filter(({ msg }) => msg.includes("connection to") && msg.includes("is open"));
    expect(opened.map(({ connection }) => connection).sort()).toEqual(["legacy", "legacy", undefined, undefined]);
  });

  it("stay readable when a publish names an exchange that is not a string", async () => {
    await using other = await startBroker();
    await using running = await start(bridge(createScope(), { url: other.url }));
    const [service] = running.services as [Service];
    for (const exchangeName of [{}, 5, Symbol("x"), Object.create(null), ["a"]]) {
      const wrong = { routingKey: "key", exchangeName } as never;
      await expect(amqpPublish(service, "x", wrong)).rejects.toMatchObject({ code: "ERR_CONFIGURATION" });
    }
    const url = /operations port: (\S+)/.exec(running.log.map(({ msg }) => msg).join("\n"))?.[1];
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
  });
});

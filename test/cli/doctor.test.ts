// `tomodachi doctor` as it is typed, against the embedded broker and a RabbitMQ.
import { createServer } from "node:http";
import { afterAll, describe, expect, it } from "vitest";
import { startBroker } from "../../src/amqp-broker/broker.ts";
import type { Diagnosis } from "../../src/doctor/index.ts";
import { amqpUrl, connectForeign, describeWithBroker, uniqueName } from "../support/broker.ts";
import { freePort } from "./free-port.ts";
import { TemporaryProject } from "./temporary-project.ts";

const prefix = `${uniqueName("t")}.`;

const project = new TemporaryProject({
  "package.json": '{ "type": "module" }',
  "service/service.ts": `import { amqp, defineService, on } from "tomodachi";
export default defineService({
  name: "shop",
  options: { amqp: { queueNamePrefix: ${JSON.stringify(prefix)}, exchangeName: ${JSON.stringify(`${prefix}shop`)} } },
  handlers: { onPaid: on(amqp("order.*.paid", { queueName: "paid" }), () => {}) },
});`,
  "wrong.ts": `import { amqp, defineService, on } from "tomodachi";
export default defineService({ name: "wrong", handlers: { on: on(amqp("a", { prefech: 1 }), () => {}) } });`,
});
const broker = await startBroker();
afterAll(async () => {
  project.remove();
  await broker.stop();
});

const run = (...words: readonly string[]) => project.run(["doctor", ...words, "--management", "none"]);

interface DoctorDocument {
  readonly starts: boolean;
  readonly brokers: readonly Diagnosis[];
}

describe("tomodachi doctor", () => {
  it("reports the state of the broker in whole sentences, and why other parts are unknown", async () => {
    const { code, stdout, stderr } = await run("service/", "--broker", broker.url);
    expect([code, stderr]).toEqual([0, ""]);
    const lines = stdout.split("\n");
    expect(lines[0]).toMatch(/^amqp:\/\/guest@127\.0\.0\.1:\d+\/ {2}for shop$/);
    expect(stdout).toContain("    ok       It has no alarm, and accepts publishes.\n");
    expect(stdout).toContain("Default queue type: unknown, because AMQP cannot show it.");
    expect(stdout).toContain("Clock difference: unknown, because AMQP does not show the broker's time.");
    expect(stdout).toContain(`The start creates 1 exchange and 2 queues: ${prefix}shop, ${prefix}paid, `);
    expect(stdout.trimEnd().split("\n").at(-1)).toBe("The service would start: no finding prevents it.");
  });

  it("checks only the broker without services", async () => {
    const { code, stdout } = await run("--url", broker.url);
    expect(code).toBe(0);
    expect(stdout).toContain("ok       embedded broker ");
    expect(stdout).not.toContain("Permissions");
    expect(stdout).toContain("The broker can be used.");
  });

  it("ends with 1 if the services would not start, and says how to fix it", async () => {
    await using foreign = await connectForeign(broker.url);
    await foreign.channel.assertExchange(`${prefix}shop`, "direct", { durable: true });
    const { code, stdout } = await run("service/", "--broker", broker.url);
    expect(code).toBe(1);
    expect(stdout).toContain(
      `PROBLEM  The exchange "${prefix}shop" exists with type "direct" where the service declares "topic"`,
    );
    expect(stdout).toContain(
      "             -> Give the subscription the exchangeType of the existing exchange, or another exchangeName.",
    );
    expect(stdout).toContain("The service would not start: 1 problem, marked PROBLEM above.");
    await foreign.channel.deleteExchange(`${prefix}shop`);
  });

  it("reports an alarm, which blocks publishes", async () => {
    broker.setAlarm("low on memory");
    const { code, stdout } = await run("service/", "--broker", broker.url);
    broker.setAlarm(undefined);
    expect(code).toBe(0);
    expect(stdout).toContain("warning  It has an alarm (low on memory), and accepts no publishes");
    expect(stdout).toContain("Permissions to publish: not tested, because the broker has an alarm");
  });

  it("ends with 1 if no broker answers", async () => {
    const { code, stdout } = await run("service/", "--url", `amqp://guest:secret@127.0.0.1:${await freePort()}`);
    expect(code).toBe(1);
    expect(stdout).toContain("PROBLEM  Unable to connect [amqp] to 127.0.0.1:");
    expect(stdout).not.toContain("secret");
  });

  it("calls the named management API, and reports why that failed", async () => {
    const server = createServer((_request, response) => response.writeHead(401).end("{}"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { readonly port: number };
    const url = `http://127.0.0.1:${port}`;
    const { code, stdout } = await project.run(["doctor", "--url", broker.url, "--management", url]);
    await new Promise((resolve) => server.close(resolve));
    expect(code).toBe(0);
    expect(stdout).toContain(`The management API was not used: ${url} answers 401 (the user needs the tag management`);
  });

  it.each([
    [["service/", "--target", "four"], 2, '--target cannot be "four"'],
    [["service/", "--url", "http://a"], 2, "--broker is not an AMQP URL."],
    [["service/", "--ulr", "amqp://a"], 2, "Did you mean `--broker`? See `tomodachi doctor --help`"],
    [["wrong.ts"], 1, 'Did you mean "prefetch"?'],
  ] as const)("refuses %j and says why", async (words, code, text) => {
    const ended = await run(...words);
    expect(ended.stderr).toContain(text);
    expect(ended).toMatchObject({ code, stdout: "" });
  });

  it("never shows a wrong --management, which may contain a password", async () => {
    const ended = await project.run(["doctor", "--management", "http://me:secret@host:15672"]);
    expect(ended.code).toBe(2);
    expect(ended.stderr).not.toContain("secret");
  });
});

describeWithBroker("tomodachi doctor on a RabbitMQ", () => {
  it("prints one JSON document", async () => {
    const { code, stdout } = await run("service/", "--broker", amqpUrl ?? "", "--json", "--target", "4.3");
    expect(code).toBe(0);
    const { starts, brokers } = JSON.parse(stdout) as DoctorDocument;
    expect(starts).toBe(true);
    expect(brokers[0]?.services).toEqual(["shop"]);
    expect(brokers[0]?.broker).toMatchObject({ product: "RabbitMQ", cluster: expect.any(String) });
    expect(brokers[0]?.sections.map(({ title }) => title)).toEqual([
      "Broker",
      "Version",
      "Permissions",
      "Exchanges, queues and bindings",
      "Upgrade to RabbitMQ 4.3",
    ]);
  });
});

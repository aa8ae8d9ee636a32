// `tomodachi trace` as it is typed: which handlers a key reaches, and each reason for which nothing arrives.
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { startBroker } from "../../src/amqp-broker/broker.ts";
import type { DeliveryTrace } from "../../src/delivery-trace/index.ts";
import { amqpUrl, connectForeign, describeWithBroker, uniqueName, until } from "../support/broker.ts";
import { freePort } from "./free-port.ts";
import { type Started, TemporaryProject } from "./temporary-project.ts";

const prefix = `${uniqueName("t")}.`;

const project = new TemporaryProject({
  "package.json": '{ "type": "module" }',
  "service/service.ts": `import { amqp, defineService, on } from "tomodachi";
export default defineService({
  name: "shop",
  options: { amqp: { queueNamePrefix: ${JSON.stringify(prefix)}, routingKeyPrefix: "prod.", exchangeName: ${JSON.stringify(`${prefix}shop`)} } },
  handlers: {
    onPaid: on(amqp("order.*.paid", { queueName: "paid", prefetch: 1 }), () => new Promise(() => {})),
    onSent: on(amqp("order.*.sent", { queueName: "sent" }), () => {}),
    onNews: on(amqp("news.#", { competing: false, exchangeName: "amq.topic" }), () => {}),
    onAudit: on(amqp("#", { queueName: "audit", exchangeName: ${JSON.stringify(`${prefix}audit`)} }), () => {}),
  },
});`,
});
const broker = await startBroker();
afterAll(async () => {
  project.remove();
  await broker.stop();
});

const started: Started[] = [];
afterEach(async () => {
  for (const one of started.splice(0)) {
    one.child.kill("SIGKILL");
    await one.ended;
  }
});

const trace = (...words: readonly string[]) => project.run(["trace", ...words, "--broker", broker.url]);

describe("tomodachi trace", () => {
  it("shows before the first start which bindings match, why others do not, and what is missing", async () => {
    const { code, stdout, stderr } = await trace("order.1.paid", "service/");
    expect([code, stderr]).toEqual([1, ""]);
    expect(stdout).toContain(
      `"order.1.paid" published to the exchange "${prefix}shop", on the wire as "prod.order.1.paid"`,
    );
    expect(stdout).toContain(`NO   The exchange "${prefix}shop" does not exist`);
    expect(stdout).toContain(`NO   shop.onPaid: "prod.order.*.paid" matches; queue ${prefix}paid`);
    expect(stdout).toContain('The queue does not exist: no instance of "shop" has started');
    expect(stdout).toContain('-    shop.onSent: word 4 of "prod.order.*.sent" is "sent", and the key has "paid"');
    expect(stdout).toContain(`-    shop.onAudit: its queue is bound to the exchange "${prefix}audit"`);
    expect(stdout).toContain("It does not arrive: it cannot be published.");
  });

  it("distinguishes a consumer that takes messages, a paused one, one at its prefetch, and none", {
    timeout: 120_000,
  }, async () => {
    const port = await freePort();
    const environment = {
      TOMODACHI_AMQP_URL: broker.url,
      TOMODACHI_OPERATIONS_PORT: String(port),
      TOMODACHI_OPERATIONS_TOKEN: "a-token-of-the-test",
    };
    const instance = project.start(["run", "service/"], { environment });
    started.push(instance);
    await instance.seen("Ready.");
    const operations = ["--operations", `http://127.0.0.1:${port}`];
    const well = await trace("order.1.paid", "service/", ...operations);
    expect(well.stdout).toContain("It arrives at shop.onPaid.");
    expect(well.stdout).toContain(`queue ${prefix}paid (0 waiting, 1 consumer)`);
    expect(well.code).toBe(0);
    // The handler of this one never ends.
    await using foreign = await connectForeign(broker.url);
    await foreign.publish(`${prefix}shop`, "prod.order.1.paid", "x");
    await until(async () => (await foreign.queueInfo(`${prefix}paid`))?.messageCount === 0, { what: "the delivery" });
    const full = await trace("order.1.paid", "service/", ...operations);
    expect(full.stdout).toContain(
      'The consumer in the running "shop" is at its prefetch: 1 of 1 messages are in flight',
    );
    expect(full.code).toBe(1);
    const headers = { authorization: "Bearer a-token-of-the-test" };
    await fetch(`http://127.0.0.1:${port}/pause?handler=onSent`, { method: "POST", headers });
    const paused = await trace("order.1.sent", "service/", ...operations);
    expect(paused.stdout).toContain('The consumer in the running "shop" is paused by POST /pause');
    expect(paused.code).toBe(1);
    instance.child.kill("SIGKILL");
    await instance.ended;
    await until(async () => (await foreign.queueInfo(`${prefix}sent`))?.consumerCount === 0, { what: "no consumer" });
    const gone = await trace("order.1.sent", "service/");
    expect(gone.stdout).toContain('The queue has no consumer: no instance of "shop" runs');
    expect(gone.stdout).toContain("It does not arrive");
  });

  it("does not claim to have read the queue of an instance", async () => {
    const { code, stdout } = await trace("news.today", "service/", "--exchange", "amq.topic");
    expect(code).toBe(0);
    expect(stdout).toContain('?    shop.onNews: "prod.news.#" matches; queue ');
    expect(stdout).toContain("shop.onNews:news.#.<instance>");
    expect(stdout).toContain(
      "It should arrive, because the services declare a matching binding. The broker did not show whether it does.",
    );
  });

  it("reports that nothing matches, and which exchange would reach a handler", async () => {
    const { code, stdout } = await trace("weather.today", "service/", "--exchange", "amq.topic");
    expect(code).toBe(1);
    expect(stdout).toContain(
      `-    shop.onAudit: its queue is bound to the exchange "${prefix}audit", not to "amq.topic". Through that exchange it would match`,
    );
    expect(stdout).toContain(
      'It reaches no queue of these services: no binding of the exchange "amq.topic" matches.\n',
    );
  });

  it("suggests a similar key that a handler gets, as it is typed, without the prefix", async () => {
    const same = ["service/", "--exchange", "amq.topic"];
    const { code, stdout } = await trace("noews.today", ...same);
    expect(code).toBe(1);
    expect(stdout).toContain('no binding of the exchange "amq.topic" matches. Did you mean the key "news.today"?\n');
    const traceOf = async (key: string) => {
      const json = await trace(key, ...same, "--json");
      return (JSON.parse(json.stdout) as { readonly brokers: readonly [DeliveryTrace] }).brokers[0];
    };
    expect((await traceOf("noews.today")).similarKey).toBe("news.today");
    expect((await traceOf("weather.today")).similarKey).toBeNull();
    expect((await traceOf("news.today")).similarKey).toBeNull();
    const audited = await trace("order.1.piad", "service/");
    expect(audited.stdout).toContain('Did you mean the key "order.1.paid"?');
  });

  it("shows what the services declare if the broker cannot be read", async () => {
    const url = `amqp://guest:secret@127.0.0.1:${await freePort()}`;
    const { code, stdout } = await project.run(["trace", "order.1.paid", "service/", "--url", url]);
    expect(code).toBe(1);
    expect(stdout).toContain("The broker was not checked: Unable to connect");
    expect(stdout).toContain(
      "It should arrive, because the services declare a matching binding. The broker did not show whether it does.",
    );
    expect(stdout).not.toContain("secret");
  });

  it.each([
    [[], "`tomodachi trace` needs a routing key and a service."],
    [["service/"], "Try `tomodachi trace order.42.paid --service service/`"],
    [["order.*.paid", "service/"], "is a pattern"],
    [["order.1.paid", "service/", "--operations", "9090"], "--operations is not the URL"],
    [["order.1.paid", "service/", "--target", "4.3"], "--target is not an option of `tomodachi trace`"],
  ] as const)("refuses %j and says why", async (words, text) => {
    const ended = await trace(...words);
    expect(ended.stderr).toContain(text);
    expect(ended).toMatchObject({ code: 2, stdout: "" });
  });
});

describeWithBroker("tomodachi trace on a RabbitMQ", () => {
  it("prints one JSON document", async () => {
    const words = ["trace", "order.1.paid", "service/", "--url", amqpUrl ?? "", "--json"];
    const { code, stdout } = await project.run(words);
    expect(code).toBe(1);
    const { arrives, brokers } = JSON.parse(stdout) as {
      readonly arrives: boolean;
      readonly brokers: readonly DeliveryTrace[];
    };
    expect(arrives).toBe(false);
    expect(brokers[0]?.brokerUnseen).toBeNull();
    expect(brokers[0]?.publish).toEqual([expect.stringContaining("does not exist")]);
    expect(brokers[0]?.matched[0]).toMatchObject({ service: "shop", handler: "onPaid", state: null });
  });
});

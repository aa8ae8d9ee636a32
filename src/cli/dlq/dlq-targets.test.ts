/** Which broker `tomodachi dlq` asks. */
import { describe, expect, it } from "vitest";
import { amqp, defineOptions, Service } from "../../index.ts";
import { createSilentLogger } from "../../log/logger.ts";
import { findTargets } from "./dlq-targets.ts";

/** Host and port of the broker for one queue. */
function endpoints(environment: Readonly<Record<string, string>>, url?: string): unknown {
  const targets = findTargets(
    [],
    { queues: ["orders"], url, connection: undefined },
    environment,
    createSilentLogger(),
  );
  return targets.flatMap(({ connection }) => connection.endpoints.map(({ host, port }) => `${host}:${port}`));
}

class Orders extends Service {
  name = "orders";
  override options = defineOptions({ amqp: { queueNamePrefix: "p." } });
  @amqp("order.paid", { queueName: "paid-v2", previousQueueNames: ["paid"] }) on() {}
}

class Python extends Service {
  name = "python";
  override options = defineOptions({ amqp: { topology: "python" } });
  @amqp("order.paid") on() {}
}

describe("the queues of tomodachi dlq", () => {
  const targets = (service: Service) =>
    findTargets([service], { queues: [], url: undefined, connection: undefined }, {}, createSilentLogger());

  it("include those of previous names, whose messages go to the current queue", () => {
    const [target] = targets(new Orders());
    expect(target?.queues.map(({ name, hidden }) => [name, hidden])).toEqual([
      ["p.paid-v2.dlq", false],
      ["p.paid.dlq", true],
      ["p.orders.lost.dlq", true],
    ]);
    expect(target?.movedTo).toEqual(new Map([["p.paid", "p.paid-v2"]]));
  });

  it.each([
    ["p.paid-v3", "p.paid-v2"],
    ["paid-v2", "p.paid-v2"],
    ["PAID-V2.dlq", "p.paid-v2"],
    ["lost", "p.orders.lost"],
  ])("are suggested if --queue %s is not one of them: %s is meant", (word, meant) => {
    const find = () =>
      findTargets([new Orders()], { queues: [word], url: undefined, connection: undefined }, {}, createSilentLogger());
    expect(find).toThrow(`matches --queue "${word}". Did you mean "${meant}"? They have: p.paid-v2.dlq, `);
  });

  it("are not guessed without a similar name", () => {
    const settings = { queues: ["weather*"], url: undefined, connection: undefined };
    const find = () => findTargets([new Orders()], settings, {}, createSilentLogger());
    expect(find).toThrow('matches --queue "weather*". They have: ');
  });

  it("are the same for every instance, also in the python profile", () => {
    const [one, other] = [new Python(), new Python()].map((service) => targets(service)[0]?.queues[0]?.name);
    expect([one, other]).toEqual(["python.on:order.paid.dlq", "python.on:order.paid.dlq"]);
  });
});

class Both extends Service {
  name = "both";
  override options = defineOptions({
    amqp: {
      connections: { legacy: { url: "amqp://old:5673/shop", queueNamePrefix: "l." }, unused: { host: "other" } },
    },
  });
  @amqp("order.paid") onPaid() {}
  @amqp("order.sent", { connection: "legacy" }) onSent() {}
}

describe("the connections of tomodachi dlq", () => {
  const find = (connection?: string) => {
    const settings = { queues: [], url: "amqp://given:5672", connection };
    const targets = findTargets([new Both()], settings, {}, createSilentLogger());
    return targets.map(({ connection: { endpoints, vhost }, queues }) => [endpoints[0]?.host, vhost, queues[0]?.name]);
  };

  it("are all with subscriptions, or the named one; a URL belongs to the default one", () => {
    const first = ["given", "/", "both.onPaid:order.paid.dlq"];
    const legacy = ["old", "shop", "l.both.onSent:order.sent.dlq"];
    expect(find()).toEqual([first, legacy]);
    expect(find("default")).toEqual([first]);
    expect(find("legacy")).toEqual([legacy]);
  });

  it("suggest the similar name when none matches", () => {
    expect(() => find("legcy")).toThrow(/the connection "legcy" \(--connection\)\. Did you mean "legacy"\?/);
    expect(() => find("unused")).toThrow("They have: default, legacy.");
  });
});

describe("the broker of tomodachi dlq", () => {
  it("is the one on RabbitMQ's port by default", () => {
    expect(endpoints({})).toEqual(["127.0.0.1:5672"]);
  });

  it("is the embedded broker of local runs, if their variable changes its port", () => {
    expect(endpoints({ TOMODACHI_BROKER_PORT: "5700" })).toEqual(["127.0.0.1:5700"]);
  });

  it("is the named one, whatever the port of the embedded one is", () => {
    const embedded = { TOMODACHI_BROKER_PORT: "5700" };
    expect(endpoints({ ...embedded, TOMODACHI_AMQP_HOST: "rabbit" })).toEqual(["rabbit:5672"]);
    expect(endpoints({ ...embedded, TOMODACHI_AMQP_PORT: "5800" })).toEqual(["127.0.0.1:5800"]);
    expect(endpoints({ ...embedded, TOMODACHI_AMQP_URL: "amqp://other:1" }, "amqp://named:2")).toEqual(["named:2"]);
  });
});

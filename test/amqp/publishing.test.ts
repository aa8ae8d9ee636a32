// Publishing: what is sent, what is known when a publish resolves, and that a failure affects only itself.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { type AmqpContext, amqp, amqpPublish, JsonBase, Service } from "../../src/index.ts";
import { connectForeign, describeWithBroker, uniqueName, until } from "../support/broker.ts";
import { createScope, start } from "../support/running.ts";

interface BuildCase {
  readonly name: string;
  readonly topic: string;
  readonly payload: string;
  readonly parsed: { readonly data: { readonly js_exact: boolean; readonly plain?: unknown } };
}
const vectors = JSON.parse(readFileSync(new URL("../vectors/tomodachi-python.json", import.meta.url), "utf8")) as {
  readonly json_build: { readonly cases: readonly BuildCase[] };
};

describeWithBroker("amqpPublish", () => {
  it("sends persistent messages with content type, id, timestamp and app id, and every option it is given", async () => {
    const scope = createScope();
    class Sender extends Service {
      name = "sender";
      override messageEnvelope = JsonBase;
      override options = scope.options();
      override startService() {}
    }
    await using foreign = await connectForeign();
    const queue = uniqueName("sent");
    await foreign.channel.assertQueue(queue, { exclusive: true });
    await foreign.channel.bindQueue(queue, "amq.topic", `${scope.prefix}#`);
    await foreign.channel.bindQueue(queue, "amq.topic", "other.key");
    await using running = await start(
      class extends Sender {
        override startedService() {}
      },
    );
    const [service] = running.services as [Service];
    await amqpPublish(service, { a: 1 }, { routingKey: "key" });
    const first = await foreign.get(queue);
    const parsed = JSON.parse(first?.content.toString() ?? "") as { data: unknown; metadata: Record<string, unknown> };
    expect(parsed).toMatchObject({ service: { name: "sender", uuid: service.uuid }, data: { a: 1 } });
    expect(parsed.metadata).toMatchObject({
      topic: "key",
      data_encoding: "raw",
      protocol_version: "tomodachi-json-base--1.0.0",
    });
    expect(first?.properties).toMatchObject({
      contentType: "application/json",
      deliveryMode: 2,
      appId: "sender",
      messageId: parsed.metadata["message_uuid"],
    });
    expect(first?.properties.timestamp).toBeGreaterThan(1_700_000_000);

    await amqpPublish(service, Buffer.from("raw"), {
      routingKey: "other.key",
      routingKeyPrefix: null,
      messageEnvelope: null,
      headers: { h: "v" },
      priority: 3,
      expiration: "1m",
      correlationId: "c",
      replyTo: "r",
      messageId: "mine",
      type: "t",
      contentType: "text/mine",
    });
    const second = await foreign.get(queue);
    expect(second?.content.toString()).toBe("raw");
    expect(second?.properties).toMatchObject({
      headers: { h: "v" },
      priority: 3,
      expiration: "60000",
      correlationId: "c",
      replyTo: "r",
      messageId: "mine",
      type: "t",
      contentType: "text/mine",
    });
  });

  it("warns once about a key that reaches no queue, and rejects when mandatory", async () => {
    const scope = createScope();
    class Lonely extends Service {
      name = "lonely";
      override options = scope.options();
      override startedService() {}
    }
    await using running = await start(Lonely);
    const [service] = running.services as [Service];
    await amqpPublish(service, "a", { routingKey: "nobody" });
    await amqpPublish(service, "b", { routingKey: "nobody" });
    expect(running.log.filter(({ msg }) => msg.includes("reached no queue"))).toHaveLength(1);
    await expect(amqpPublish(service, "c", { routingKey: "nobody", mandatory: true })).rejects.toMatchObject({
      code: "ERR_AMQP_UNROUTABLE",
    });
  });

  it("rejects for a missing exchange with the broker's message, and affects no consumer and no other publish", async () => {
    const scope = createScope();
    const seen: string[] = [];
    class Busy extends Service {
      name = "busy";
      override options = scope.options();
      @amqp("key") on(data: string) {
        seen.push(data);
      }
    }
    await using running = await start(Busy);
    const [service] = running.services as [Service];
    const missing = `${scope.prefix}nowhere`;
    const results = await Promise.allSettled(
      Array.from({ length: 40 }, (_, index) =>
        amqpPublish(service, `${index}`, { routingKey: "key", ...(index % 4 === 3 ? { exchangeName: missing } : {}) }),
      ),
    );
    const reserved = amqpPublish(service, "x", { routingKey: "key", exchangeName: "amq.nowhere" });
    const after = Array.from({ length: 10 }, (_, index) =>
      amqpPublish(service, `after ${index}`, { routingKey: "key" }),
    );
    await expect(reserved).rejects.toMatchObject({ code: "ERR_AMQP_EXCHANGE_NOT_FOUND" });
    await Promise.all(after);
    const failed = results.filter((result) => result.status === "rejected");
    expect(failed).toHaveLength(10);
    expect(failed[0]?.reason).toMatchObject({ code: "ERR_AMQP_EXCHANGE_NOT_FOUND", replyCode: 404 });
    expect(String(failed[0]?.reason)).toContain(`no exchange '${missing}'`);
    await until(() => new Set(seen).size === 40, { what: "the other forty" });
  });

  it("resolves at once with wait: false and logs the failure", async () => {
    const scope = createScope();
    class Hasty extends Service {
      name = "hasty";
      override options = scope.options();
      override startedService() {}
    }
    await using running = await start(Hasty);
    const [service] = running.services as [Service];
    await amqpPublish(service, "x", { routingKey: "key", exchangeName: `${scope.prefix}nowhere`, wait: false });
    await until(() => running.log.some(({ msg }) => msg.includes("wait: false failed")), { what: "the log line" });
  });

  it("refuses before sending: no key, a long key, an object without an envelope, a large body", async () => {
    const scope = createScope();
    class Careful extends Service {
      name = "careful";
      override options = scope.options({ maxMessageBytes: 10 });
      override startedService() {}
    }
    await using running = await start(Careful);
    const [service] = running.services as [Service];
    const code = async (data: unknown, options: object): Promise<unknown> => {
      try {
        await amqpPublish(service, data, options as never);
        return "nothing";
      } catch (error) {
        return (error as { code?: unknown }).code;
      }
    };
    expect(await code("x", {})).toBe("ERR_CONFIGURATION");
    expect(await code("x", { routingKey: "k", prioity: 1 })).toBe("ERR_CONFIGURATION");
    expect(await code("x", { routingKey: "ö".repeat(40) })).toBe("ERR_AMQP_ROUTING_KEY_TOO_LONG");
    expect(await code({ a: 1 }, { routingKey: "k" })).toBe("ERR_AMQP_PAYLOAD");
    expect(await code("12345678901", { routingKey: "k" })).toBe("ERR_AMQP_MESSAGE_TOO_LARGE");
    expect(await code("x", { routingKey: "k", priority: 1000 })).toBe("ERR_CONFIGURATION");
    for (const expiration of [-1, 5000, Number.NaN, "60 sec", "60"]) {
      expect(await code("x", { routingKey: "k", expiration })).toBe("ERR_CONFIGURATION");
    }
    expect(await code("x", { routingKey: "k", exchangeName: 5 })).toBe("ERR_CONFIGURATION");
    expect(await code("x", { routingKey: "k", headers: { CC: "a" } })).toBe("ERR_CONFIGURATION");
    expect(await code("x", { routingKey: "k", headers: { at: new Date() } })).toBe("ERR_AMQP_PUBLISH_INVALID");
    expect(await code("x", { routingKey: "k", headers: { ratio: 1 / 0 } })).toBe("ERR_AMQP_PUBLISH_INVALID");
    expect(await code("x", { routingKey: "k" })).toBe("nothing");
  });

  it("delivers every payload that Python built with the right data, and builds equivalent ones", async () => {
    const scope = createScope();
    const seen = new Map<string, unknown>();
    class Reader extends Service {
      name = "reader";
      override messageEnvelope = JsonBase;
      override options = scope.options();
      @amqp("#") on(data: unknown, { messageUuid }: AmqpContext) {
        seen.set(messageUuid ?? "", data);
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Reader);
    void running;
    const exact = vectors.json_build.cases.filter(({ parsed }) => parsed.data.js_exact);
    for (const { payload } of vectors.json_build.cases) await foreign.publish("amq.topic", `${scope.prefix}k`, payload);
    await until(() => seen.size === vectors.json_build.cases.length, { what: "every payload" });
    const uuidOf = (payload: string): string => /"message_uuid": "([^"]+)"/.exec(payload)?.[1] ?? "";
    for (const { payload, parsed } of exact) {
      if (parsed.data.plain === undefined) continue;
      expect(seen.get(uuidOf(payload))).toEqual(parsed.data.plain);
    }
    expect(exact.length).toBeGreaterThan(25);
  });
});

// Headers that go on from a foreign message: whatever its sender wrote, no publish of the handler fails for it.
import { expect, it } from "vitest";
import {
  type AmqpContext,
  amqp,
  amqpPublish,
  amqpRequest,
  defineOptions,
  defineService,
  JsonBase,
  on,
} from "../../src/index.ts";
import { connectForeign, describeWithBroker, until } from "../support/broker.ts";
import { createScope, start, type TestScope } from "../support/running.ts";

interface Seen {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly correlationId: string | undefined;
}

const own = { "x-own": "o".repeat(1000) };

/** Handles "first" with a publish and a request, and notes what comes of both. */
function forwarding(scope: TestScope, propagateHeaders: readonly string[]) {
  const published: Seen[] = [];
  const asked: Seen[] = [];
  const failed: unknown[] = [];
  const Forwards = defineService({
    name: `${scope.prefix}forwards`,
    messageEnvelope: JsonBase,
    options: defineOptions({ ...scope.options({ propagateHeaders }), asyncContext: true }),
    handlers: {
      first: on(amqp("first", { queueName: "first", messageEnvelope: null }), async (_data, { service }) => {
        try {
          await amqpPublish(service, 1, { routingKey: "last", headers: own });
          await amqpRequest(service, "asked", 1, { headers: own });
        } catch (error) {
          failed.push(error);
        }
      }),
      enveloped: on(amqp("enveloped", { queueName: "enveloped" }), async (_data: unknown, { service }) => {
        await amqpPublish(service, 1, { routingKey: "last" });
      }),
      asked: on(amqp("asked", { queueName: "asked", reply: true }), async (_data: unknown, context: AmqpContext) => {
        asked.push(context);
        return 1;
      }),
      last: on(amqp("last", { queueName: "last" }), async (_data: unknown, context: AmqpContext) => {
        published.push(context);
      }),
    },
  });
  return { Forwards, published, asked, failed };
}

describeWithBroker("propagated headers of a foreign message", () => {
  it("are left out where a publish has no room for them, and the publish goes out", async () => {
    const scope = createScope();
    const { Forwards, published, asked, failed } = forwarding(scope, ["x-tenant", "x-large", "x-small"]);
    await using running = await start(Forwards);
    const [sender] = running.services;
    if (!sender) throw new Error("no service");
    // All of it fits into a frame of 131072 bytes, with little beside it.
    const headers = { "x-tenant": "acme", "x-large": "l".repeat(130_500), "x-small": 7 };
    for (let sent = 0; sent < 3; sent++) {
      await amqpPublish(sender, "x", { routingKey: "first", messageEnvelope: null, headers });
    }
    await until(() => asked.length + failed.length === 3, { what: "three requests" });
    expect(failed).toEqual([]);
    for (const { headers: got } of [...published, ...asked]) {
      expect(got).toMatchObject({
        ...own,
        "x-tenant": "acme",
        "x-small": 7,
        "x-tomodachi-causation-id": expect.any(String),
      });
      expect(got).not.toHaveProperty("x-large");
    }
    expect(published).toHaveLength(3);
    const warnings = running.log.filter(({ msg }) => msg.includes('"x-large"'));
    expect(warnings.map(({ msg, handler }) => [msg, handler])).toEqual([
      [
        'The header "x-large" of this message is not propagated, because a publish had no room for it: all headers must fit into one frame (frame_max) (logged once per header).',
        "first",
      ],
    ]);
  });

  it("are warned about once for each name, however many messages come", async () => {
    const scope = createScope();
    const { Forwards, asked, failed } = forwarding(scope, ["x-deep", "x-deeper"]);
    await using foreign = await connectForeign();
    await using running = await start(Forwards);
    let deep: unknown = "bottom";
    for (let level = 0; level < 40; level++) deep = { deep };
    for (let sent = 0; sent < 5; sent++) {
      await foreign.publish("amq.topic", `${scope.prefix}first`, "x", {
        headers: { "x-deep": deep, "x-deeper": [deep] },
      });
    }
    await until(() => asked.length === 5, { what: "five messages" });
    expect(failed).toEqual([]);
    const warned = running.log
      .filter(({ msg }) => msg.includes("is not propagated"))
      .map(({ msg }) => msg.slice(0, 26));
    expect(warned).toEqual(['The header "x-deep" of thi', 'The header "x-deeper" of t']);
  });

  it("may come in hundreds, and in any case of letters, of which only the written one goes on", async () => {
    const scope = createScope();
    const names = Array.from({ length: 300 }, (_, at) => `x-${at}`);
    const { Forwards, published, asked, failed } = forwarding(scope, [...names, "x-*", "#"]);
    await using foreign = await connectForeign();
    await using _running = await start(Forwards);
    const headers = Object.fromEntries(names.map((name, at) => [at === 7 ? name.toUpperCase() : name, at]));
    await foreign.publish("amq.topic", `${scope.prefix}first`, "x", {
      headers: { ...headers, "x-*": "star", other: 1 },
    });
    await until(() => asked.length === 1, { what: "the request" });
    const {
      "x-tomodachi-causation-id": _cause,
      "X-7": _seven,
      ...rest
    } = { ...headers, "x-*": "star" } as Record<string, unknown>;
    expect(failed).toEqual([]);
    expect(published[0]?.headers).toMatchObject({ ...rest, ...own });
    expect(Object.keys(published[0]?.headers ?? {})).toHaveLength(301);
  });

  it("and ids of any length fail no publish", async () => {
    const scope = createScope();
    const { Forwards, published } = forwarding(scope, []);
    await using foreign = await connectForeign();
    await using running = await start(Forwards);
    const metadata = {
      message_uuid: "u".repeat(200_000),
      protocol_version: "tomodachi-json-base--1.0.0",
      data_encoding: "raw",
    };
    const body = JSON.stringify({ service: { name: "s", uuid: "u" }, metadata, data: 1 });
    await foreign.publish("amq.topic", `${scope.prefix}enveloped`, body, { messageId: "short" });
    await until(() => published.length === 1 || running.log.some(({ level }) => level >= 50), { what: "the message" });
    expect(published[0]?.headers["x-tomodachi-causation-id"]).toBe("short");
    expect(published[0]?.correlationId).toBe("short");
  });
});

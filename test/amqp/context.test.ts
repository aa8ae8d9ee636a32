// The current context: it exists below a handler, and its values are added to what the handler sends.
import { setTimeout as later } from "node:timers/promises";
import { expect, it } from "vitest";
import {
  type AmqpContext,
  amqp,
  amqpPublish,
  amqpRequest,
  currentContext,
  defineOptions,
  defineService,
  getLogger,
  JsonBase,
  on,
  runServices,
  type ServiceOptions,
} from "../../src/index.ts";
import { connectForeign, describeWithBroker, until } from "../support/broker.ts";
import { createScope, start, type TestScope } from "../support/running.ts";

type Handlers = Parameters<typeof defineService>[0]["handlers"];

function service(scope: TestScope, handlers: Handlers, amqpOptions: ServiceOptions["amqp"] = {}) {
  const options = defineOptions({ ...scope.options(amqpOptions), asyncContext: true });
  return defineService({ name: `${scope.prefix}follows`, messageEnvelope: JsonBase, options, handlers });
}

/** Called somewhere below a handler, without a parameter from it. */
async function below(): Promise<string> {
  await later(1);
  await Promise.all([later(1), later(2)]);
  getLogger().info("below");
  return currentContext<AmqpContext>()?.routingKey ?? "nothing";
}

describeWithBroker("context", () => {
  it("exists inside each of many concurrent handlers, and nowhere else", async () => {
    const scope = createScope();
    const seen: [string, string][] = [];
    const Follows = service(scope, {
      any: on(amqp("any.*", { queueName: "any" }), async (_data: unknown, context: AmqpContext) => {
        seen.push([context.routingKey, await below()]);
      }),
      many: on(amqp("many", { queueName: "many", batch: { size: 2, wait: "10m" } }), async () => {
        seen.push(["batch", await below()]);
      }),
    });
    await using running = await start(Follows);
    const [sender] = running.services;
    if (!sender) throw new Error("no service");
    const keys = Array.from({ length: 20 }, (_, at) => `any.${at}`);
    await Promise.all([...keys, "many", "many"].map((routingKey) => amqpPublish(sender, 1, { routingKey })));
    await until(() => seen.length === 21, { what: "all handlers" });
    expect(seen.filter(([of]) => of !== "batch").every(([of, known]) => of === known)).toBe(true);
    expect(seen.find(([of]) => of === "batch")).toEqual(["batch", "nothing"]);
    expect(currentContext()).toBeUndefined();
    const line = running.log.find(({ msg, routingKey }) => msg === "below" && routingKey === "any.7");
    expect(line).toMatchObject({ handler: "any", messageId: expect.any(String) });
  });

  it("adds the conversation, the cause and the forwarded headers to what a handler sends", async () => {
    const scope = createScope();
    const seen: Record<string, unknown>[] = [];
    const note = (context: AmqpContext): void => {
      const { correlationId, causationId, headers, properties, messageUuid } = context;
      const { "x-tenant": tenant, "x-secret": secret } = headers;
      seen.push({ correlationId, causationId, tenant, secret, property: properties.correlationId, id: messageUuid });
    };
    const handlers = {
      first: on(amqp("first", { queueName: "first" }), async (_data: unknown, context: AmqpContext) => {
        note(context);
        await amqpRequest(context.service, "asked", 1);
      }),
      asked: on(amqp("asked", { queueName: "asked", reply: true }), async (_data: unknown, context: AmqpContext) => {
        note(context);
        await amqpPublish(context.service, 1, { routingKey: "last", wait: false, headers: { "x-tenant": "own" } });
        return 1;
      }),
      last: on(amqp("last", { queueName: "last" }), async (_data: unknown, context: AmqpContext) => note(context)),
    };
    await using running = await start(service(scope, handlers, { propagateHeaders: ["x-tenant"] }));
    const [sender] = running.services;
    if (!sender) throw new Error("no service");
    await amqpPublish(sender, 1, { routingKey: "first", headers: { "x-tenant": "acme", "x-secret": "no" } });
    await until(() => seen.length === 3, { what: "three messages" });
    const [first, asked, last] = seen;
    // A publish outside of a handler starts a conversation with its own id.
    expect(first).toMatchObject({ correlationId: first?.["id"], causationId: undefined, tenant: "acme", secret: "no" });
    expect(asked).toMatchObject({ correlationId: first?.["id"], causationId: first?.["id"], tenant: "acme" });
    expect(asked?.["property"]).not.toBe(first?.["id"]);
    expect(asked?.["secret"]).toBeUndefined();
    expect(last).toMatchObject({ correlationId: first?.["id"], causationId: asked?.["id"], tenant: "own" });
    expect(last?.["property"]).toBe(first?.["id"]);
  });

  it("continues the conversation of another program's message, and keeps what a publish sets itself", async () => {
    const scope = createScope();
    const seen: (string | undefined)[] = [];
    const Follows = service(scope, {
      first: on(
        amqp("first", { queueName: "first", messageEnvelope: null }),
        async (text: string, { service: own }) => {
          await amqpPublish(own, 1, { routingKey: "last", ...(text === "own" && { correlationId: "mine" }) });
        },
      ),
      last: on(amqp("last", { queueName: "last" }), async (_data: unknown, context: AmqpContext) => {
        seen.push(context.correlationId, context.causationId);
      }),
    });
    await using foreign = await connectForeign();
    await using _running = await start(Follows);
    const send = (text: string): Promise<void> =>
      foreign.publish("amq.topic", `${scope.prefix}first`, text, { correlationId: "talk", messageId: `id-${text}` });
    await send("given");
    await until(() => seen.length === 2, { what: "the first" });
    await send("own");
    await until(() => seen.length === 4, { what: "the second" });
    expect(seen).toEqual(["talk", "id-given", "mine", "id-own"]);
  });

  it("forwards headers of every type unchanged, and fails no publish for one that cannot be sent", async () => {
    const scope = createScope();
    const seen: Readonly<Record<string, unknown>>[] = [];
    const names = [
      "x-språk",
      "x-bytes",
      "x-time",
      "x-large",
      "x-table",
      "x-nothing",
      "x-deep",
      "toString",
      "__proto__",
    ];
    const Follows = service(
      scope,
      {
        first: on(amqp("first", { queueName: "first", messageEnvelope: null }), async (_data, { service: own }) => {
          await amqpPublish(own, 1, { routingKey: "last" });
        }),
        last: on(amqp("last", { queueName: "last" }), async (_data: unknown, context: AmqpContext) => {
          seen.push(context.headers);
        }),
      },
      { propagateHeaders: [...names, "x-bytes"] },
    );
    await using foreign = await connectForeign();
    await using running = await start(Follows);
    let deep: unknown = "bottom";
    for (let level = 0; level < 40; level++) deep = { deep };
    const headers = {
      "x-språk": "grüße 🐇",
      "x-bytes": Buffer.from([0, 255, 128]),
      "x-time": { "!": "timestamp", value: 1_700_000_000 },
      "x-large": 2 ** 60,
      "x-table": { list: [1, "two", { three: true }], half: 0.5 },
      "x-nothing": null,
    };
    await foreign.publish("amq.topic", `${scope.prefix}first`, "x", {
      headers: { ...headers, "x-deep": deep, other: 1 },
    });
    await until(() => seen.length === 1, { what: "the message that follows" });
    expect(seen[0]).toEqual({
      ...headers,
      "x-large": 2n ** 60n,
      "x-tomodachi-causation-id": seen[0]?.["x-tomodachi-causation-id"],
    });
    expect(running.log.map(({ msg }) => msg)).toContain(
      'The header "x-deep" of this message is not propagated, because a publish cannot carry it: it is nested deeper than 32 levels, or contains itself (logged once per header).',
    );
    await foreign.publish("amq.topic", `${scope.prefix}first`, "x", { headers: { toString: "own" } });
    await until(() => seen.length === 2, { what: "the second" });
    expect(Object.entries(seen[1] ?? {})).toContainEqual(["toString", "own"]);
  });

  it("is off by default: its error says how to switch it on, and no message changes", async () => {
    const scope = createScope();
    const seen: unknown[] = [];
    const options = defineOptions(scope.options());
    const Off = defineService({
      name: "off",
      messageEnvelope: JsonBase,
      options,
      handlers: {
        any: on(amqp("any", { queueName: "any" }), async (_data: unknown, { properties, headers }: AmqpContext) => {
          getLogger().info("by the service");
          try {
            currentContext();
          } catch (error) {
            seen.push((error as { readonly code: string }).code, properties.correlationId, headers);
          }
        }),
      },
    });
    await using running = await start(Off);
    const [sender] = running.services;
    if (!sender) throw new Error("no service");
    await amqpPublish(sender, 1, { routingKey: "any" });
    await until(() => seen.length > 0, { what: "the handler" });
    expect(seen).toEqual(["ERR_CONTEXT_OFF", undefined, {}]);
    expect(running.log.find(({ msg }) => msg === "by the service")).toMatchObject({ service: "off" });
    const wrong = defineOptions(scope.options({ propagateHeaders: ["x-tenant"] }));
    const Wrong = defineService({ name: "wrong", options: wrong, handlers: { any: on(amqp("any"), async () => {}) } });
    await expect(runServices([Wrong])).rejects.toThrow("propagateHeaders needs options.asyncContext: true");
  });

  it.each([
    ["CC", 'the broker acts on "CC"'],
    ["x-tomodachi-attempts", "only the framework writes"],
    ["BCC", 'the broker acts on "BCC"'],
    ["x-death", 'the broker acts on "x-death"'],
    ["x-first-death-queue", 'the broker acts on "x-first-death-queue"'],
    ["x-delivery-count", 'the broker acts on "x-delivery-count"'],
    ["", "a name is empty"],
    ["å".repeat(128), "it has a name of 256 bytes; AMQP allows 255"],
    ["half \ud83d", "half a character"],
    [5, "number is not a name"],
    [null, "null is not a name"],
    [["x-tenant"], "a list is not a name"],
    [undefined, "undefined is not a name"],
  ])("refuses to forward %j as a header", async (name, why) => {
    const given = { propagateHeaders: ["x-tenant", name as string] };
    const Wrong = service(createScope(), { any: on(amqp("any"), async () => {}) }, given);
    await expect(runServices([Wrong])).rejects.toThrow(why);
  });

  it.each([
    ["a string", "x-tenant"],
    ["an object", { "x-tenant": true }],
    ["a Set", new Set(["x-tenant"])],
    ["true", true],
    // biome-ignore lint/suspicious/noSparseArray: an empty place is what is tried
    ["a list with an empty place", [, "x-tenant"]],
  ])("refuses %s instead of a list of headers", async (_what, given) => {
    const Wrong = service(
      createScope(),
      { any: on(amqp("any"), async () => {}) },
      { propagateHeaders: given as never },
    );
    await expect(runServices([Wrong])).rejects.toThrow("options.amqp.propagateHeaders must be a list of header names");
  });
});

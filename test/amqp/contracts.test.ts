// Schemas and contracts on a broker: which messages are accepted or dead-lettered, and how a contract works on both sides.
import { type } from "arktype";
import * as v from "valibot";
import { expect, it } from "vitest";
import { z } from "zod";
import {
  type AmqpContext,
  amqp,
  amqpPublish,
  type ContextOf,
  defineService,
  type EventData,
  event,
  JsonBase,
  on,
  RawBytes,
  Service,
  type StandardSchema,
} from "../../src/index.ts";
import { connectForeign, describeWithBroker, uniqueName, until } from "../support/broker.ts";
import { createScope, failureOf, start } from "../support/running.ts";

const message = (data: unknown): string =>
  JSON.stringify({
    service: { name: "python-service", uuid: "u" },
    metadata: {
      message_uuid: crypto.randomUUID(),
      protocol_version: "tomodachi-json-base--1.0.0",
      timestamp: 1,
      topic: "t",
      data_encoding: "raw",
    },
    data,
  });

const schemas: readonly (readonly [name: string, schema: StandardSchema])[] = [
  ["zod", z.object({ id: z.string(), total: z.string().transform(Number) })],
  ["zod, async", z.object({ id: z.string(), total: z.string().transform(async (text) => Number(text)) })],
  ["valibot", v.object({ id: v.string(), total: v.pipe(v.string(), v.transform(Number)) })],
  [
    "valibot, async",
    v.objectAsync({
      id: v.string(),
      total: v.pipeAsync(
        v.string(),
        v.transformAsync(async (text) => Number(text)),
      ),
    }),
  ],
  ["arktype", type({ id: "string", total: "string.numeric.parse" })],
];

describeWithBroker("a schema", () => {
  it.each(schemas)(
    "of %s passes its output to the handler, and dead-letters invalid messages",
    async (_name, schema) => {
      const scope = createScope();
      const seen: unknown[] = [];
      const Orders = defineService({
        name: "orders",
        options: scope.options(),
        messageEnvelope: JsonBase,
        handlers: {
          onPaid: on(amqp("paid", { queueName: "paid", schema }), (order) => {
            seen.push(order);
          }),
        },
      });
      await using foreign = await connectForeign();
      await using running = await start(Orders);
      await foreign.publish("amq.topic", `${scope.prefix}paid`, message({ id: "1", total: 5 }));
      await foreign.publish("amq.topic", `${scope.prefix}paid`, message({ id: "2", total: "7.5" }));
      await until(() => seen.length === 1, { what: "the one that fits" });
      const copy = await until(() => foreign.get(`${scope.prefix}paid.dlq`), { what: "the one that does not" });
      expect(seen).toEqual([{ id: "2", total: 7.5 }]);
      expect(copy.properties.headers).toMatchObject({
        "x-tomodachi-reason": "schema",
        "x-tomodachi-error-class": "SchemaError",
        "x-tomodachi-error-code": "ERR_SCHEMA_REFUSED",
        "x-tomodachi-handler": "onPaid",
        "x-tomodachi-attempts": 1,
      });
      const issues: unknown = JSON.parse(String(copy.properties.headers?.["x-tomodachi-schema-issues"]));
      expect(issues).toEqual([{ path: "total", message: expect.stringMatching(/string|number/) }]);
      expect(JSON.parse(copy.content.toString())).toMatchObject({ data: { id: "1", total: 5 } });
      expect(running.log.filter(({ level, reason }) => level === 50 && reason === "schema")).toHaveLength(1);
      await until(async () => (await foreign.queueInfo(`${scope.prefix}paid`))?.messageCount === 0, {
        what: "the acks",
      });
    },
  );

  it("checks strings and bytes if no envelope parses them", async () => {
    const scope = createScope();
    const seen: unknown[] = [];
    class Plain extends Service {
      name = "plain";
      override options = scope.options();
      @amqp("text", { queueName: "text", schema: z.string().regex(/^\d+$/).transform(Number) }) text(count: number) {
        seen.push(count);
      }
      @amqp("bytes", { messageEnvelope: RawBytes, schema: z.instanceof(Buffer) }) bytes(body: Buffer) {
        seen.push(body);
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Plain);
    void running;
    await foreign.publish("amq.topic", `${scope.prefix}text`, "twelve");
    await foreign.publish("amq.topic", `${scope.prefix}text`, "12");
    await until(() => seen.length === 1, { what: "the number" });
    await foreign.publish("amq.topic", `${scope.prefix}bytes`, Buffer.from([1, 2]));
    await until(() => seen.length === 2, { what: "the bytes" });
    expect(seen).toEqual([12, Buffer.from([1, 2])]);
    const copy = await until(() => foreign.get(`${scope.prefix}text.dlq`), { what: "the text that is no number" });
    expect(copy.content.toString()).toBe("twelve");
  });

  it("that throws also dead-letters the message, and the next one is handled", async () => {
    const scope = createScope();
    const seen: unknown[] = [];
    const broken = z.string().refine((text) => {
      if (text === "bad") throw new Error("no database");
      return true;
    });
    class Throwing extends Service {
      name = "throwing";
      override options = scope.options();
      @amqp("key", { queueName: "q", schema: broken }) take(text: string) {
        seen.push(text);
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Throwing);
    void running;
    await foreign.publish("amq.topic", `${scope.prefix}key`, "bad");
    await foreign.publish("amq.topic", `${scope.prefix}key`, "good");
    await until(() => seen.length === 1, { what: "the next one" });
    const copy = await until(() => foreign.get(`${scope.prefix}q.dlq`), { what: "the copy" });
    expect(seen).toEqual(["good"]);
    expect(copy.properties.headers).toMatchObject({
      "x-tomodachi-reason": "schema",
      "x-tomodachi-error-code": "ERR_SCHEMA_FAILED",
      "x-tomodachi-error-message": expect.stringContaining("no database"),
    });
  });

  it.each([
    ["one after another in their lanes", { orderingKey: () => "one key" }],
    ["all at once", {}],
  ])("that never answers blocks nothing forever, with messages %s", async (_name, order) => {
    const scope = createScope();
    const seen: unknown[] = [];
    const waiting = z.string().refine((text) => (text === "bad" ? new Promise<boolean>(() => {}) : true));
    class Waiting extends Service {
      name = "waiting";
      override options = scope.options();
      @amqp("key", { queueName: "q", schema: waiting, timeoutSeconds: 0.2, prefetch: 1, ...order }) take(text: string) {
        seen.push(text);
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Waiting);
    void running;
    await foreign.publish("amq.topic", `${scope.prefix}key`, "bad");
    await foreign.publish("amq.topic", `${scope.prefix}key`, "good");
    await until(() => seen.length === 1, { what: "the next one" });
    const copy = await until(() => foreign.get(`${scope.prefix}q.dlq`), { what: "the copy" });
    expect(copy.properties.headers).toMatchObject({
      "x-tomodachi-reason": "schema",
      "x-tomodachi-error-code": "ERR_SCHEMA_FAILED",
      "x-tomodachi-error-message": expect.stringContaining("did not finish within 0.2 s"),
    });
  });

  it("that never answers fails a publish in time, and sends nothing", async () => {
    const scope = createScope();
    const seen: unknown[] = [];
    const Publishing = defineService({
      name: "publishing",
      options: scope.options({ publishTimeoutSeconds: 0.2 }),
      handlers: {
        take: on(amqp("key", { messageEnvelope: null }), (text: string) => {
          seen.push(text);
        }),
      },
    });
    await using running = await start(Publishing);
    const [service] = running.services as [Service];
    const schema = z.string().refine((text) => (text === "bad" ? new Promise<boolean>(() => {}) : true));
    const publish = (text: string): Promise<void> => amqpPublish(service, text, { routingKey: "key", schema });
    await expect(publish("bad")).rejects.toMatchObject({
      code: "ERR_AMQP_PUBLISH_TIMEOUT",
      message: expect.stringContaining('"key" was not built within publishTimeoutSeconds (0.2)'),
    });
    await publish("good");
    await until(() => seen.length > 0, { what: "the one that was sent" });
    expect(seen).toEqual(["good"]);
  });

  it("that reports very many issues still results in a copy, with as many issues as fit", async () => {
    const scope = createScope();
    class Many extends Service {
      name = "many";
      override options = scope.options();
      override messageEnvelope = JsonBase;
      @amqp("key", { queueName: "q", schema: z.array(z.string()) }) take() {}
    }
    await using foreign = await connectForeign();
    await using running = await start(Many);
    const numbers = Array.from({ length: 5000 }, (_, index) => index);
    await foreign.publish("amq.topic", `${scope.prefix}key`, message(numbers));
    const copy = await until(() => foreign.get(`${scope.prefix}q.dlq`), { what: "the copy" });
    const header = String(copy.properties.headers?.["x-tomodachi-schema-issues"]);
    expect(Buffer.byteLength(header)).toBeLessThanOrEqual(2000);
    const issues = JSON.parse(header) as { path?: string; more?: number }[];
    expect(issues[0]).toMatchObject({ path: "0" });
    expect(issues.at(-1)).toEqual({ more: 5000 - (issues.length - 1) });
    const [line] = running.log.filter(({ reason }) => reason === "schema");
    expect(JSON.stringify(line).length).toBeLessThan(5000);
  });
});

describeWithBroker("a contract", () => {
  const orderPaid = event("order.{id}.paid", {
    schema: z.object({ total: z.string().transform(Number) }),
    envelope: JsonBase,
    version: 2,
  });

  it("connects publisher and handler: key, parameters, envelope and data", async () => {
    const scope = createScope();
    const seen: unknown[] = [];
    class Orders extends Service {
      name = "orders";
      override options = scope.options();
      override startedService() {}
    }
    class Shipping extends Service {
      name = "shipping";
      override options = scope.options();
      @amqp(orderPaid, { queueName: "ship" })
      ship(order: EventData<typeof orderPaid>, context: ContextOf<typeof orderPaid>) {
        const { params, message, routingKey, pattern, headers } = context;
        seen.push([order, params, message.data, routingKey, pattern, headers]);
      }
    }
    await using running = await start(Orders, Shipping);
    const [orders] = running.services as [Orders];
    await amqpPublish(orders, orderPaid, { total: "12.5" }, { params: { id: "å/1" }, mandatory: true });
    await until(() => seen.length === 1, { what: "the order" });
    expect(seen).toEqual([
      [
        { total: 12.5 },
        { id: "å/1" },
        { total: "12.5" },
        "order.å/1.paid",
        "order.*.paid",
        { "x-tomodachi-event-version": 2 },
      ],
    ]);
  });

  it("refuses to send what does not match it", async () => {
    const scope = createScope();
    class Orders extends Service {
      name = "orders";
      override options = scope.options();
      override startedService() {}
    }
    await using foreign = await connectForeign();
    const queue = uniqueName("bound");
    await foreign.channel.assertQueue(queue, { autoDelete: true });
    await foreign.channel.bindQueue(queue, "amq.topic", `${scope.prefix}#`);
    await using running = await start(Orders);
    const [orders] = running.services as [Orders];
    const wrong = { total: 5 } as unknown as { total: string };
    await expect(amqpPublish(orders, orderPaid, wrong, { params: { id: "1" } })).rejects.toMatchObject({
      code: "ERR_SCHEMA_REFUSED",
      message: expect.stringContaining("total: "),
      issues: [{ path: ["total"] }],
    });
    await expect(amqpPublish(orders, orderPaid, { total: "5" }, { params: { id: "1.2" } })).rejects.toMatchObject({
      code: "ERR_AMQP_KEY_PARAMETER",
    });
    await expect(
      amqpPublish(orders, orderPaid, { total: "5" }, { params: { id: "x".repeat(255) } }),
    ).rejects.toMatchObject({ code: "ERR_AMQP_ROUTING_KEY_TOO_LONG" });
    // These are not awaited: they must be logged, and must not end the process.
    await amqpPublish(orders, orderPaid, { total: "5" }, { params: { id: "" }, wait: false });
    await amqpPublish(orders, orderPaid, wrong, { params: { id: "1" }, wait: false });
    const told = (): unknown[] =>
      running.log.filter(({ msg }) => msg === "a publish with wait: false failed").map(({ err }) => err);
    await until(() => told().length === 2, { what: "both in the log" });
    expect(told()).toMatchObject([{ code: "ERR_AMQP_KEY_PARAMETER" }, { code: "ERR_SCHEMA_REFUSED" }]);
    await amqpPublish(orders, orderPaid, { total: "5" }, { params: { id: "1" } });
    const sent = await until(() => foreign.get(queue), { what: "the one that fits" });
    expect(sent.fields.routingKey).toBe(`${scope.prefix}order.1.paid`);
    expect(await foreign.get(queue)).toBeUndefined();
  });

  it("accepts messages of senders without it, and reads the parameters from their keys", async () => {
    const scope = createScope();
    const seen: unknown[] = [];
    const Shipping = defineService({
      name: "shipping",
      options: scope.options(),
      handlers: {
        ship: on(amqp(orderPaid, { queueName: "ship" }), (order, { params }) => {
          seen.push([order.total, params.id]);
        }),
      },
    });
    await using foreign = await connectForeign();
    await using running = await start(Shipping);
    void running;
    await foreign.publish("amq.topic", `${scope.prefix}order.a-1.paid`, message({ total: "1" }));
    await foreign.publish("amq.topic", `${scope.prefix}order.a-2.paid`, message({ sum: "2" }), {
      headers: { "x-tomodachi-event-version": 1 },
    });
    await until(() => seen.length === 1, { what: "the order" });
    const copy = await until(() => foreign.get(`${scope.prefix}ship.dlq`), { what: "the order of another version" });
    expect(seen).toEqual([[1, "a-1"]]);
    expect(copy.properties.headers).toMatchObject({
      "x-tomodachi-reason": "schema",
      "x-tomodachi-event-version": 1,
      "x-tomodachi-error-message": expect.stringContaining(
        "The message is of version 1, this contract is of version 2.",
      ),
    });
  });

  it("dead-letters a message whose handler reads parameters that its key does not contain", async () => {
    const scope = createScope();
    const seen: unknown[] = [];
    class Shipping extends Service {
      name = "shipping";
      override options = scope.options();
      @amqp(orderPaid, { queueName: "ship" })
      ship({ total }: EventData<typeof orderPaid>, context: ContextOf<typeof orderPaid>) {
        if (total > 1) seen.push(context.params);
        else seen.push(total);
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Shipping);
    void running;
    await foreign.publish("", `${scope.prefix}ship`, message({ total: "1" }));
    await foreign.publish("", `${scope.prefix}ship`, message({ total: "2" }));
    const copy = await until(() => foreign.get(`${scope.prefix}ship.dlq`), { what: "the copy" });
    expect(copy.properties.headers).toMatchObject({
      "x-tomodachi-reason": "handler-error",
      "x-tomodachi-error-code": "ERR_AMQP_KEY_MISMATCH",
    });
    expect(seen).toEqual([1]);
  });

  it("gives the same parameters to a delayed run", async () => {
    const scope = createScope();
    const seen: unknown[] = [];
    const Shipping = defineService({
      name: "shipping",
      options: scope.options({ retry: { delays: ["50ms"] } }),
      handlers: {
        ship: on(amqp(orderPaid, { queueName: "ship" }), (order, { params, attempt }) => {
          seen.push([order, params, attempt]);
          if (attempt === 1) throw new Error("not yet");
        }),
      },
    });
    await using running = await start(Shipping);
    const [shipping] = running.services as [Service];
    await amqpPublish(shipping, orderPaid, { total: "5" }, { params: { id: "1" } });
    await until(() => seen.length === 2, { what: "the second run" });
    expect(seen).toEqual([
      [{ total: 5 }, { id: "1" }, 1],
      [{ total: 5 }, { id: "1" }, 2],
    ]);
  });

  it("sets the exchange for both sides", async () => {
    const scope = createScope();
    const exchangeName = uniqueName("contracts");
    const moved = event("stock.{from}.{to}", { schema: z.string(), exchangeName, envelope: null });
    const seen: unknown[] = [];
    class Stock extends Service {
      name = "stock";
      override options = scope.options();
      override messageEnvelope = JsonBase;
      @amqp(moved) on(text: string, { params, exchangeName: from }: ContextOf<typeof moved>) {
        seen.push([text, params, from]);
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Stock);
    const [stock] = running.services as [Stock];
    await amqpPublish(stock, moved, "5 pieces", { params: { from: "a", to: "b" } });
    await until(() => seen.length === 1, { what: "the message" });
    expect(seen).toEqual([["5 pieces", { from: "a", to: "b" }, exchangeName]]);
    await running.stop();
    await foreign.channel.deleteExchange(exchangeName);
  });

  it("shares a queue with a contract of equal options, and each gives its own parameters", async () => {
    const scope = createScope();
    const schema = z.string();
    const opened = event("door.{door}.opened", { schema, envelope: null });
    const rung = event("bell.{bell}.{times}.rung", { schema, envelope: null });
    const seen: unknown[] = [];
    class Porter extends Service {
      name = "porter";
      override options = scope.options();
      @amqp(opened, { queueName: "hall" })
      @amqp(rung, { queueName: "hall" })
      hear(_text: string, { params }: AmqpContext) {
        seen.push(params);
      }
    }
    await using running = await start(Porter);
    const [porter] = running.services as [Porter];
    await amqpPublish(porter, opened, "", { params: { door: "front" } });
    await amqpPublish(porter, rung, "", { params: { bell: "back", times: "2" } });
    await until(() => seen.length === 2, { what: "both" });
    expect(seen).toEqual(expect.arrayContaining([{ door: "front" }, { bell: "back", times: "2" }]));
  });

  it("fails a start whose options contradict it", async () => {
    const scope = createScope();
    const contradiction =
      (options: object): (() => unknown) =>
      () =>
        amqp(orderPaid, options as never);
    expect(contradiction({ schema: z.string() })).toThrow(/The contract already sets options\.schema/);
    expect(contradiction({ exchangeType: "fanout" })).toThrow(/parameters of a key \(id\) need a topic exchange/);
    class Slip extends Service {
      name = "slip";
      override options = scope.options();
      @amqp(orderPaid, { prefech: 1 } as never) on() {}
    }
    expect(await failureOf(Slip)).toMatchObject({ message: expect.stringContaining('Did you mean "prefetch"?') });
    class NoSchema extends Service {
      name = "no-schema";
      override options = scope.options();
      @amqp("key", { schema: { parse: () => 1 } } as never) on() {}
    }
    expect(await failureOf(NoSchema)).toMatchObject({
      code: "ERR_CONFIGURATION",
      message: expect.stringContaining("options.schema must be a Standard Schema"),
    });
  });
});

const changed = event("user.{email:encoded}.changed", { schema: z.string(), envelope: JsonBase });

describeWithBroker("an encoded parameter of a contract", () => {
  it("carries an e-mail address in the key, and another value is dead-lettered without a retry", async () => {
    const scope = createScope();
    const seen: unknown[] = [];
    const runs: string[] = [];
    class Users extends Service {
      name = "users";
      override messageEnvelope = JsonBase;
      override options = scope.options({ retry: { delays: ["50ms"], quick: 2 } });
      @amqp(changed, { queueName: "changed" }) onChanged(
        _name: string,
        { params, routingKey }: ContextOf<typeof changed>,
      ) {
        seen.push([params.email, routingKey]);
      }
      @amqp("rename", { queueName: "rename" }) async onRename(email: string) {
        runs.push(email);
        await amqpPublish(this, changed, "Ada", { params: { email } });
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Users);
    const [service] = running.services as [Service];
    for (const email of ["ada@example.com", "", "å*#%2E"]) await amqpPublish(service, email, { routingKey: "rename" });
    await until(() => seen.length === 2, { what: "two changes" });
    expect(seen).toEqual([
      ["ada@example.com", "user.ada@example%2Ecom.changed"],
      ["å*#%2E", "user.å%2A%23%252E.changed"],
    ]);
    const copy = await until(() => foreign.get(`${scope.prefix}rename.dlq`), { what: "the dead letter" });
    expect(copy.properties.headers).toMatchObject({
      "x-tomodachi-error-code": "ERR_AMQP_KEY_PARAMETER",
      "x-tomodachi-attempts": 1,
    });
    expect(runs).toHaveLength(3);
  });
});

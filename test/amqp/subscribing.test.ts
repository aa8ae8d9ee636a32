// Which instance gets which message: patterns, competing and per-instance queues, order, concurrency, and the handler's arguments.
import { expect, it } from "vitest";
import {
  type AmqpContext,
  amqp,
  amqpPublish,
  defineService,
  getService,
  JsonBase,
  on,
  RawBytes,
  Service,
} from "../../src/index.ts";
import { amqpUrl, connectForeign, describeWithBroker, until } from "../support/broker.ts";
import { createScope, failureOf, start } from "../support/running.ts";

describeWithBroker("a subscription", () => {
  it("matches wildcards, and tells the handler the key of the message", async () => {
    const scope = createScope();
    const seen: Record<string, unknown>[] = [];
    class Wild extends Service {
      name = "wild";
      override options = scope.options();
      @amqp("order.#", { queueName: "q" })
      @amqp("invoice.*.sent", { queueName: "q" })
      on(data: string, context: AmqpContext) {
        const { routingKey, pattern, exchangeName, queueName, headers, redelivered, attempt, message, messageUuid } =
          context;
        const { messageId } = context.properties;
        const body = context.body.toString();
        const same = context.service === getService("wild");
        const { aborted } = context.signal;
        seen.push({
          data,
          routingKey,
          pattern,
          exchangeName,
          queueName,
          headers,
          redelivered,
          attempt,
          message,
          messageUuid,
          messageId,
          body,
          same,
          aborted,
        });
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Wild);
    void running;
    const send = (key: string): Promise<void> =>
      foreign.publish("amq.topic", `${scope.prefix}${key}`, key, { messageId: "m", headers: { h: 1 } });
    await send("order.åäö");
    await send("other");
    await send("order");
    await send("invoice.7.sent");
    await until(() => seen.length === 3, { what: "three messages" });
    expect(seen[0]).toEqual({
      data: "order.åäö",
      routingKey: "order.åäö",
      pattern: "order.#",
      exchangeName: "amq.topic",
      queueName: `${scope.prefix}q`,
      headers: { h: 1 },
      redelivered: false,
      attempt: 1,
      message: "order.åäö",
      messageUuid: undefined,
      messageId: "m",
      body: "order.åäö",
      same: true,
      aborted: false,
    });
    expect(seen.map(({ pattern }) => pattern)).toEqual(["order.#", "order.#", "invoice.*.sent"]);
  });

  it("shares the messages of a queue between instances, and gives each service its own copy", async () => {
    const scope = createScope();
    const seen = { a: [] as string[], b: [] as string[], other: [] as string[] };
    const worker = (list: string[], name: string) =>
      defineService({
        name,
        options: scope.options({ prefetch: 1 }),
        handlers: { work: on(amqp("job"), (data: string) => void list.push(data)) },
      });
    await using foreign = await connectForeign();
    await using first = await start(worker(seen.a, "worker"));
    await using second = await start(worker(seen.b, "worker"));
    await using third = await start(worker(seen.other, "auditor"));
    void [first, second, third];
    for (let job = 0; job < 40; job++) await foreign.publish("amq.topic", `${scope.prefix}job`, `${job}`);
    await until(() => seen.other.length === 40 && seen.a.length + seen.b.length === 40, { what: "all jobs, twice" });
    expect(new Set([...seen.a, ...seen.b]).size).toBe(40);
    expect(seen.a.length).toBeGreaterThan(5);
    expect(seen.b.length).toBeGreaterThan(5);
  });

  it("gives every instance every message with competing: false, in queues that expire", async () => {
    const scope = createScope();
    const seen = [[] as string[], [] as string[]];
    class Everywhere extends Service {
      name = "everywhere";
      override options = scope.options();
      @amqp("news", { competing: false, queueName: "news" }) on(data: string, { queueName }: AmqpContext) {
        seen[queueName.endsWith(".one") ? 0 : 1]?.push(data);
      }
    }
    const instance = (uuid: string): Service => Object.assign(new Everywhere(), { uuid });
    await using foreign = await connectForeign();
    await using first = await start(instance("one"));
    await using second = await start(instance("two"));
    void [first, second];
    for (const text of ["x", "y"]) await foreign.publish("amq.topic", `${scope.prefix}news`, text);
    await until(() => seen.every((list) => list.length === 2), { what: "both messages in both" });
    expect(seen).toEqual([
      ["x", "y"],
      ["x", "y"],
    ]);
    expect(await foreign.queueInfo(`${scope.prefix}news.one`)).toBeDefined();
    expect(await foreign.queueInfo(`${scope.prefix}news.dlq`)).toBeDefined();
  });

  it("keeps the queue's order with concurrency 1, and otherwise runs that many handlers at once", async () => {
    const scope = createScope();
    const order: string[] = [];
    let running = 0;
    const most = { one: 0, three: 0 };
    const work = async (kind: "one" | "three"): Promise<void> => {
      running++;
      most[kind] = Math.max(most[kind], running);
      // The broker may deliver slowly: the first runs wait for others.
      for (let turn = 0; turn < 5 || (kind === "three" && most.three < 3); turn++) await new Promise(setImmediate);
      running--;
    };
    class Ordered extends Service {
      name = "ordered";
      override options = scope.options();
      @amqp("one", { concurrency: 1 }) async one(data: string) {
        await work("one");
        order.push(data);
      }
      @amqp("three", { concurrency: 3 }) async three() {
        await work("three");
        order.push("");
      }
    }
    await using foreign = await connectForeign();
    await using running2 = await start(Ordered);
    void running2;
    const sent = Array.from({ length: 50 }, (_, index) => `${index}`);
    for (const text of sent) await foreign.publish("amq.topic", `${scope.prefix}one`, text);
    await until(() => order.length === 50, { what: "fifty in order" });
    expect(order).toEqual(sent);
    await Promise.all(sent.map((text) => foreign.publish("amq.topic", `${scope.prefix}three`, text)));
    await until(() => order.length === 100, { what: "fifty more" });
    expect(most).toEqual({ one: 1, three: 3 });
  });

  it("inherits handlers, sees private members, and reaches several services of one process", async () => {
    const scope = createScope();
    const seen: string[] = [];
    class Parent extends Service {
      name = "parent";
      override options = scope.options();
      #secret = "private";
      @amqp("parent") on(data: string) {
        seen.push(`${this.name} ${this.#secret} ${data}`);
      }
    }
    class Child extends Parent {
      override name = "child";
      @amqp("child") more(data: string) {
        seen.push(`more ${data}`);
      }
    }
    await using running = await start(Parent, Child);
    await amqpPublish(running.services[0] as Service, "1", { routingKey: "parent" });
    await amqpPublish(running.services[1] as Service, "2", { routingKey: "child" });
    await until(() => seen.length === 3, { what: "three runs" });
    expect(seen.sort()).toEqual(["child private 1", "more 2", "parent private 1"]);
  });

  it("delivers bytes with RawBytes, and a decorator's envelope overrides the service's", async () => {
    const scope = createScope();
    const seen: unknown[] = [];
    class Mixed extends Service {
      name = "mixed";
      override messageEnvelope = JsonBase;
      override options = scope.options();
      @amqp("bytes", { messageEnvelope: RawBytes }) bytes(data: Buffer) {
        seen.push([...data]);
      }
      @amqp("text", { messageEnvelope: null }) text(data: string) {
        seen.push(data);
      }
      @amqp("json") json(data: { readonly a: number }, { metadata }: AmqpContext) {
        seen.push([data, (metadata as { topic: string }).topic]);
      }
    }
    await using running = await start(Mixed);
    const [service] = running.services as [Service];
    await amqpPublish(service, Buffer.from([0, 255]), { routingKey: "bytes", messageEnvelope: RawBytes });
    await until(() => seen.length === 1, { what: "bytes" });
    await amqpPublish(service, "plain", { routingKey: "text", messageEnvelope: null });
    await until(() => seen.length === 2, { what: "text" });
    await amqpPublish(service, { a: 1 }, { routingKey: "json" });
    await until(() => seen.length === 3, { what: "json" });
    expect(seen).toEqual([[0, 255], "plain", [{ a: 1 }, "json"]]);
  });

  it("passes other options of the decorator to the envelope, which may refuse them at the start", async () => {
    const scope = createScope();
    const seen: unknown[] = [];
    const Spelled = {
      buildMessage: (_service: Service, _topic: string, data: unknown) => String(data),
      parseMessage: (payload: Buffer, options: { readonly alphabet: string }) => ({
        message: `${payload} in ${options.alphabet}`,
      }),
      validate({ alphabet }: { readonly alphabet?: string }) {
        if (alphabet === undefined) throw new Error("say which alphabet");
      },
    };
    class Letters extends Service {
      name = "letters";
      override options = scope.options();
      @amqp("letter", { messageEnvelope: Spelled, alphabet: "runes" }) on(data: string) {
        seen.push(data);
      }
    }
    class Wrong extends Service {
      name = "wrong";
      override options = scope.options();
      override messageEnvelope = Spelled;
      @amqp("letter") on() {}
    }
    await using running = await start(Letters);
    await amqpPublish(running.services[0] as Service, "odin", { routingKey: "letter" });
    await until(() => seen.length === 1, { what: "the letter" });
    expect(seen).toEqual(["odin in runes"]);
    expect((await failureOf(Wrong)).message).toContain("say which alphabet");
  });

  it("fails the start for an unknown option, and suggests a name", async () => {
    const scope = createScope();
    const slip = { prefech: 5 } as object;
    class Typo extends Service {
      name = "typo";
      override options = scope.options();
      override messageEnvelope = JsonBase;
      @amqp("key", slip) on() {}
    }
    const failure = await failureOf(Typo);
    expect(failure.code).toBe("ERR_CONFIGURATION");
    expect(failure.message).toContain('no option "prefech". Did you mean "prefetch"?');
  });

  it("is refused for a queue that another service of the process consumes", async () => {
    const scope = createScope();
    const named = (name: string, key: string) =>
      defineService({
        name,
        options: scope.options(),
        handlers: { on: on(amqp(key, { queueName: "both" }), () => {}) },
      });
    const failure = await failureOf(named("first", "one"), named("second", "two"));
    expect(failure.code).toBe("ERR_AMQP_QUEUE_SHARED");
    expect(failure.message).toContain(`"${scope.prefix}both"`);
  });

  it("warns once about messages that match no pattern, and handles them", async () => {
    const scope = createScope();
    const seen: string[] = [];
    const service = defineService({
      name: "strict",
      options: scope.options({ retry: { delays: ["1s"] } }),
      handlers: {
        on: on(amqp("ours.*", { queueName: "q" }), (data: string, { attempt }) => {
          seen.push(data);
          if (data === "ours" && attempt === 1) throw new Error("once more");
        }),
      },
    });
    await using foreign = await connectForeign();
    await using running = await start(service);
    await foreign.publish("amq.topic", `${scope.prefix}ours.1`, "ours");
    await until(() => seen.length === 2, { what: "the retry" });
    await foreign.channel.bindQueue(`${scope.prefix}q`, "amq.topic", `${scope.prefix}theirs.*`);
    for (const data of ["theirs", "theirs too"]) await foreign.publish("amq.topic", `${scope.prefix}theirs.1`, data);
    await until(() => seen.length === 4, { what: "all messages" });
    await running.stop();
    const warnings = running.log.filter(({ level, msg }) => level === 40 && msg.includes("which no pattern of"));
    expect(warnings).toMatchObject([{ routingKey: `${scope.prefix}theirs.1`, queue: `${scope.prefix}q` }]);
  });

  it("reports a refused login without the password", async () => {
    const url = new URL(amqpUrl ?? "");
    url.username = "nobody";
    url.password = "hunter2";
    const scope = createScope();
    class Locked extends Service {
      name = "locked";
      override options = scope.options({ url: url.href });
      @amqp("key") on() {}
    }
    const failure = await failureOf(Locked);
    expect(failure.code).toBe("ERR_AMQP_ACCESS_REFUSED");
    expect(failure.message).toContain('the user "nobody"');
    expect(failure.message).not.toContain("hunter2");
  });
});

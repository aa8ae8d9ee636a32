// A service under test: what the test sends, what the handlers got, what they sent, what was dead-lettered.
import { expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import {
  type AmqpContext,
  amqp,
  amqpPublish,
  type ContextOf,
  defineOptions,
  defineService,
  type EventData,
  event,
  exit,
  JsonBase,
  type MessageMiddleware,
  on,
  RawBytes,
  Reject,
  Requeue,
  Service,
} from "../../src/index.ts";
import { startService } from "../../src/testing/start-service.ts";
import { createVirtualClock } from "../../src/testing/virtual-clock.ts";
import { connectForeign, uniqueName, until } from "../support/broker.ts";
import { describeOnBothBrokers } from "./brokers.ts";

interface Order {
  readonly id: string;
  readonly total: number;
}

/** Names a broker that does not exist: the test's own must win. */
class Orders extends Service {
  name = "orders";
  override messageEnvelope = JsonBase;
  override options = defineOptions({
    amqp: { host: "192.0.2.1", port: 1, username: "nobody", password: "none", routingKeyPrefix: "shop." },
  });

  @amqp("order.paid", { queueName: "orders-paid" })
  async onPaid(order: Order, { routingKey }: AmqpContext) {
    if (order.total < 0) throw new RangeError(`a total of ${order.total}`);
    await amqpPublish(this, { id: order.id }, { routingKey: `${routingKey}.shipped`, headers: { by: "orders" } });
  }

  @amqp("order.cancelled")
  onCancelled(order: Order) {
    if (order.total === 0) throw new Reject("nothing to cancel");
  }
}

class Shipping extends Service {
  name = "shipping";
  override messageEnvelope = JsonBase;
  override options = defineOptions({ amqp: { routingKeyPrefix: "shop." } });

  @amqp("order.*.shipped") onShipped(_order: { readonly id: string }) {}
}

const order = (id: string, total = 1): Order => ({ id, total });

it("startService treats an empty URL, as from an unset variable, as none", async () => {
  await using app = await startService(Orders, { url: "" });
  expect(app.broker?.overview().queues.map(({ name }) => name)).toContain("orders-paid");
  expect([app.url, app.prefix]).toEqual([app.broker?.url, ""]);
});

describeOnBothBrokers("a service under test", (broker) => {
  it("receives what the test publishes, and the test receives what the handler got", async () => {
    await using app = await startService(Orders, broker);
    await app.publish(order("a"), { routingKey: "order.paid", correlationId: "c-1" });
    const run = await app.handled("onPaid");
    expectTypeOf(run.data).toEqualTypeOf<Order>();
    expect(run).toMatchObject({ service: "orders", handler: "onPaid", data: order("a"), outcome: "acknowledge" });
    expect(run.context.routingKey).toBe("order.paid");
    expect(run.context.properties).toMatchObject({ correlationId: "c-1", appId: "orders" });
    expect(run.context.metadata).toMatchObject({ topic: "order.paid" });
  });

  it("returns each run once, in order, to the waiting callers", async () => {
    await using app = await startService(Orders, broker);
    const [first, second] = [app.handled("onPaid"), app.handled("onPaid")];
    for (const id of ["a", "b", "c", "d", "e"]) await app.publish(order(id), { routingKey: "order.paid" });
    expect([(await first).data.id, (await second).data.id]).toEqual(["a", "b"]);
    const last = await app.handled("onPaid", { where: ({ data }) => data.id === "e" });
    expect(last.data.id).toBe("e");
    expect((await app.handled("onPaid", { count: 2 })).map(({ data }) => data.id)).toEqual(["c", "d"]);
    expect(app.runs("onPaid").map(({ data }) => data.id)).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("is idle when the whole conversation has ended", async () => {
    const steps: string[] = [];
    class Relay extends Service {
      name = "relay";
      @amqp("hop.#") async onHop(left: string) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        steps.push(left);
        if (left === "0") throw new Error("the end");
        await amqpPublish(this, String(Number(left) - 1), { routingKey: "hop.next", wait: false });
      }
    }
    await using app = await startService([Relay, Shipping], broker);
    await Promise.all(["8", "5", "3"].map((hops) => app.publish(hops, { routingKey: "hop.first" })));
    await app.idle();
    expect(steps).toHaveLength(9 + 6 + 4);
    expect(await app.deadLetters("onHop")).toHaveLength(3);
    await app.idle();
  });

  it("is not idle while a message is on its way, however large it is", async () => {
    class Large extends Service {
      name = "large";
      override messageEnvelope = RawBytes;
      @amqp("large") onLarge(_body: Buffer) {}
    }
    await using app = await startService(Large, broker);
    const body = Buffer.alloc(4 * 1024 * 1024);
    for (let round = 1; round <= 3; round++) {
      await app.publish(body, { routingKey: "large" });
      await app.idle();
      expect(app.runs("onLarge").length).toBe(round);
    }
  });

  it("lists what the services published, without the test's own publishes", async () => {
    await using app = await startService([Orders, Shipping], broker);
    await app.publish(order("a"), { routingKey: "order.paid" });
    const shipped = await app.nextPublished("order.#.shipped");
    expect(shipped).toMatchObject({
      service: "orders",
      routingKey: "order.paid.shipped",
      exchangeName: "amq.topic",
      data: { id: "a" },
      properties: { headers: { by: "orders" }, contentType: "application/json" },
      reachedQueue: true,
    });
    expect(JSON.parse(shipped.body.toString())).toMatchObject({ data: { id: "a" }, service: { name: "orders" } });
    const { service, data } = await app.handled("onShipped");
    expect([service, data]).toEqual(["shipping", { id: "a" }]);
    expect(app.published("order.paid")).toEqual([]);
    expect(app.published().map(({ routingKey }) => routingKey)).toEqual(["order.paid.shipped"]);
    await app.publish(order("b"), { routingKey: "order.paid", service: "shipping" });
    expect((await app.handled("onPaid", { where: ({ data }) => data.id === "b" })).context.properties.appId).toBe(
      "shipping",
    );
    await expect(app.publish("x", { routingKey: "order.paid", service: "shiping" })).rejects.toThrow(
      'There is no service "shiping". Did you mean "shipping"?',
    );
  });

  it("lists dead letters, and leaves them in their queue", async () => {
    await using app = await startService(Orders, broker);
    await app.publish(order("bad", -5), { routingKey: "order.paid" });
    await app.publish(order("none", 0), { routingKey: "order.cancelled" });
    await app.publish("no JSON", { routingKey: "order.paid", messageEnvelope: null });
    const deadLetters = await app.deadLetters("onPaid", { count: 2 });
    const [failed, unreadable] = [deadLetters.find(({ data }) => data), deadLetters.find(({ data }) => !data)];
    expect(failed).toMatchObject({
      reason: "handler-error",
      error: { name: "RangeError", message: "a total of -5", code: undefined },
      data: order("bad", -5),
      headers: { "x-tomodachi-handler": "onPaid", "x-tomodachi-attempts": 1 },
    });
    expect(failed?.error?.stack).toContain("onPaid");
    expect(unreadable).toMatchObject({ reason: "unreadable", error: { code: "ERR_ENVELOPE_UNREADABLE" } });
    expect(unreadable?.body.toString()).toBe("no JSON");
    for (const name of ["orders-paid", "orders-paid.dlq", deadLetters[0]?.queue ?? ""]) {
      expect(await app.deadLetters(name)).toHaveLength(2);
    }
    expect(await app.deadLetters("onCancelled", { count: 1 })).toMatchObject([{ reason: "rejected" }]);
    const failedRun = await app.handled("onPaid", { outcome: "dead-letter" });
    expect(failedRun.error).toBeInstanceOf(RangeError);
    await expect(app.deadLetters("orders-payed")).rejects.toMatchObject({
      code: "ERR_TESTING_USAGE",
      message: expect.stringContaining('Did you mean "orders-paid"?'),
    });
  });

  it("publishes by a contract, and shows the original data that a schema refused", async () => {
    const total = z.string().transform(Number);
    const paid = event("order.{id}.paid", { schema: z.object({ total }), envelope: JsonBase });
    class Accounts extends Service {
      name = "accounts";
      @amqp(paid, { queueName: "accounts" })
      onPaid(order: EventData<typeof paid>, { params }: ContextOf<typeof paid>) {
        if (order.total < 0) throw new RangeError(`a total of ${order.total} for ${params.id}`);
      }
    }
    await using app = await startService(Accounts, broker);
    await app.publish(paid, { total: "5" }, { params: { id: "1" } });
    const { data, context } = await app.handled("onPaid");
    expect([data, context.params]).toEqual([{ total: 5 }, { id: "1" }]);
    await app.publish({ total: 5 }, { routingKey: "order.2.paid", messageEnvelope: JsonBase });
    await app.publish(paid, { total: "-5" }, { params: { id: "3" }, service: "accounts" });
    const deadLetters = await app.deadLetters("onPaid", { count: 2 });
    expect(deadLetters.find(({ reason }) => reason === "schema")).toMatchObject({ data: { total: 5 } });
    expect(deadLetters.find(({ reason }) => reason === "handler-error")).toMatchObject({ data: { total: -5 } });
    expect(await app.nextPublished("#", { timeout: "50ms" }).catch(({ code }) => code)).toBe("ERR_TESTING_TIMEOUT");
    await expect(app.publish(paid, { total: "5" }, { params: { id: "" } })).rejects.toMatchObject({
      code: "ERR_AMQP_KEY_PARAMETER",
    });
  });

  it("publishes by a contract without an envelope in the envelope of the service", async () => {
    const paid = event("order.{id}.paid", { schema: z.object({ total: z.number() }) });
    class Accounts extends Service {
      name = "accounts";
      override messageEnvelope = JsonBase;
      @amqp(paid)
      onPaid(_order: EventData<typeof paid>) {}
    }
    await using app = await startService(Accounts, broker);
    await app.publish(paid, { total: 5 }, { params: { id: "1" } });
    expect((await app.handled("onPaid")).data).toEqual({ total: 5 });
  });

  it("reports what happened instead of the expected event", async () => {
    await using app = await startService([Orders, Shipping], broker);
    await app.publish(order("bad", -5), { routingKey: "order.paid" });
    await app.publish(order("bad", -5), { routingKey: "order.paid" });
    await app.publish(order("fine"), { routingKey: "order.cancelled" });
    await app.publish("{", { routingKey: "order.cancelled", messageEnvelope: null });
    await app.publish("none", { routingKey: "order.unknown", mandatory: false });
    await app.idle();
    const error = await app.handled("onPaid", { timeout: "50ms" }).catch((reason: unknown) => reason as Error);
    expect(error).toMatchObject({ code: "ERR_TESTING_TIMEOUT" });
    expect((error as Error).message.split("\n")).toEqual([
      'Waited 50 ms for "onPaid" to handle a message. What happened:',
      "  - orders.onPaid ran: dead-lettered (a total of -5) (2 times)",
      "  - orders.onCancelled ran: done",
      expect.stringMatching(/^ {2}- orders\.onCancelled was not called: dead-lettered \(.*JSON/),
      '  - the test published "order.paid" (2 times)',
      '  - the test published "order.cancelled" (2 times)',
      '  - the test published "order.unknown", which reached no queue',
      `  - orders.onCancelled is bound by "order.cancelled" (queue "${app.prefix}orders.onCancelled:order.cancelled")`,
      `  - orders.onPaid is bound by "order.paid" (queue "${app.prefix}orders-paid")`,
      `  - shipping.onShipped is bound by "order.*.shipped" (queue "${app.prefix}shipping.onShipped:order.*.shipped")`,
    ]);
    await expect(app.nextPublished("order.shipped", { count: 2, timeout: "10ms" })).rejects.toThrow(
      /^Waited 10 ms for 2 publishes by the key "order.shipped". What happened:/,
    );
    await expect(app.deadLetters("onCancelled", { count: 3, timeout: "10ms" })).rejects.toThrow(
      /^Waited 10 ms for 3 dead letters of "onCancelled"/,
    );
  });

  it("reports open work when it does not become idle", async () => {
    const ends: (() => void)[] = [];
    class Slow extends Service {
      name = "slow";
      @amqp("slow", { concurrency: 1, prefetch: 1 }) async onSlow() {
        await new Promise<void>((resolve) => ends.push(resolve));
      }
    }
    await using app = await startService(Slow, broker);
    for (const id of ["a", "b", "c"]) await app.publish(id, { routingKey: "slow" });
    const error = await app.idle({ timeout: "300ms" }).catch((reason: unknown) => reason as Error);
    expect((error as Error).message).toMatch(/^Waited 300 ms for all messages to be handled\. What happened:/);
    expect((error as Error).message).toContain("\n  - slow.onSlow is still running");
    expect((error as Error).message).toContain("\n  - slow.onSlow: 2 in the queue, 1 running");
    for (const run of [1, 2, 3]) {
      await until(() => ends.length === run, { what: "the next run" });
      ends.at(-1)?.();
      await app.handled("onSlow");
    }
    await app.idle();
  });

  it("refuses unknown names at once", async () => {
    await using app = await startService(Orders, broker);
    // @ts-expect-error There is no such method.
    await expect(app.handled("onPayed")).rejects.toMatchObject({
      code: "ERR_TESTING_USAGE",
      message: 'There is no handler "onPayed". Did you mean "onPaid"? Known: "onPaid", "onCancelled".',
    });
    await expect(app.publish(order("a"), { routingKey: "order.payed" })).rejects.toMatchObject({
      code: "ERR_AMQP_UNROUTABLE",
    });
    await expect(
      app.handled("onPaid", {
        where: () => {
          throw new Error("of the test");
        },
        timeout: "10ms",
      }),
    ).rejects.toThrow(/Waited|of the test/);
  });

  it("distinguishes data for the handler from messages that middleware stopped", async () => {
    const guard: MessageMiddleware = async (next, { message }) => {
      if (message !== "keep back") await next({ data: `${message}!` });
    };
    class Guarded extends Service {
      name = "guarded";
      override messageMiddleware = [guard];
      @amqp("guarded") onGuarded(_text: string) {}
    }
    await using app = await startService(Guarded, broker);
    for (const text of ["keep back", "go"]) await app.publish(text, { routingKey: "guarded" });
    expect((await app.handled("onGuarded")).data).toBe("go!");
    await expect(app.handled("onGuarded", { timeout: "10ms" })).rejects.toThrow(
      "guarded.onGuarded was not called: middleware did not call next()",
    );
  });

  it("ends the waits of a test when the services stop on their own, and returns their exit code", async () => {
    class Ends extends Service {
      name = "ends";
      @amqp("end") onEnd() {
        exit(3);
      }
    }
    await using app = await startService(Ends, broker);
    const waiting = app.handled("onEnd", { count: 2 });
    await app.publish("now", { routingKey: "end" });
    await expect(waiting).rejects.toMatchObject({ code: "ERR_TESTING_STOPPED", message: /exit code 3/ });
    await expect(app.idle()).rejects.toMatchObject({ code: "ERR_TESTING_STOPPED" });
    expect([await app.ended, await app.stop()]).toEqual([3, 3]);
    await expect(app.handled("onEnd", { count: 2 })).rejects.toMatchObject({ code: "ERR_TESTING_STOPPED" });
  });

  it("separates two apps that run at the same time, and leaves nothing behind", async () => {
    const foreign = broker.url === undefined ? undefined : await connectForeign(broker.url);
    const apps = await Promise.all([startService(Orders, broker), startService(Orders, broker)]);
    await Promise.all(apps.map((app, at) => app.publish(order(`${at}`, -1), { routingKey: "order.paid" })));
    for (const [at, app] of apps.entries()) {
      const deadLetters = await app.deadLetters("onPaid", { count: 1 });
      expect(deadLetters.map(({ data }) => data)).toEqual([order(`${at}`, -1)]);
    }
    const queues = apps.map(({ prefix }) => `${prefix}orders-paid.dlq`);
    await Promise.all(apps.map((app) => app.stop()));
    class Fails extends Orders {
      override startedService() {
        throw new Error("not today");
      }
    }
    const prefix = `${uniqueName("failed")}.`;
    await expect(startService(Fails, { ...broker, prefix })).rejects.toThrow("not today");
    for (const queue of [...queues, `${prefix}orders-paid`]) {
      expect(await foreign?.queueInfo(queue)).toBeUndefined();
    }
    await foreign?.close();
  });

  it("runs an instance, restores its options, and reports a failed start", async () => {
    const instance = new Orders();
    const { options } = instance;
    const app = await startService(instance, { ...broker, options: { amqp: { prefetch: 1 } } });
    expect(app.service).toBe(instance);
    expect(instance.options.amqp).toMatchObject({ url: app.url, prefetch: 1 });
    expect(instance.options.amqp?.host).toBeUndefined();
    await app.stop();
    expect(instance.options).toBe(options);
    const broken = startService(instance, { ...broker, options: { amqp: { prefetch: 0 } } });
    await expect(broken).rejects.toMatchObject({ code: "ERR_CONFIGURATION" });
    expect(instance.options).toBe(options);
  });

  it("runs services without decorators, where any handler name is accepted by the type and checked at run time", async () => {
    const Plain = defineService({
      name: "plain",
      handlers: { onText: on(amqp("text"), (_text: unknown) => {}) },
    });
    await using app = await startService(Plain, broker);
    await app.publish("hello", { routingKey: "text" });
    expect((await app.handled("onText")).data).toBe("hello");
    await expect(app.handled("onTxt")).rejects.toThrow('Did you mean "onText"?');
  });

  it("skips the time of deadlines and pauses with a virtual clock", async () => {
    const clock = createVirtualClock();
    class Timed extends Service {
      name = "timed";
      attempts = 0;
      @amqp("hangs", { timeoutSeconds: 600 }) async onHangs(_data: string, { signal }: AmqpContext) {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      }
      @amqp("again") onAgain(_data: string) {
        this.attempts++;
        if (this.attempts < 6) throw new Requeue();
      }
    }
    await using app = await startService(Timed, { ...broker, clock });
    await app.publish("x", { routingKey: "hangs" });
    await app.publish("x", { routingKey: "again" });
    await until(() => app.service.attempts === 1, { what: "the first attempt" });
    await app.clock.advance("599000ms");
    expect(await app.deadLetters("onHangs")).toEqual([]);
    expect(app.service.attempts).toBe(6);
    expect(app.runs("onAgain").map(({ outcome }) => outcome)).toEqual([...Array(5).fill("requeue"), "acknowledge"]);
    await app.clock.advance("1000ms");
    expect(await app.deadLetters("onHangs", { count: 1 })).toMatchObject([{ reason: "timeout" }]);
    await app.idle();
  });
});

class Stock extends Service {
  name = "stock";
  readonly items: Map<string, number>;
  constructor(items: Map<string, number>) {
    super();
    this.items = items;
  }
  @amqp("item.sold") onSold(item: string) {
    this.items.set(item, (this.items.get(item) ?? 0) - 1);
  }
}

it("startService starts the services that a factory creates, with their types", async () => {
  const items = new Map([["book", 3]]);
  await using app = await startService(async () => [new Stock(items), new Orders()]);
  expectTypeOf(app.services).toEqualTypeOf<readonly (Stock | Orders)[]>();
  await app.publish("book", { routingKey: "item.sold" });
  expectTypeOf((await app.handled("onSold")).data).toEqualTypeOf<string>();
  expect(items.get("book")).toBe(2);
});

it("startService stops its broker when a service cannot be created, and reports the reason", async () => {
  const waits = (): Promise<Stock> => new Promise(() => {});
  await expect(startService(waits, { timeout: "50ms" })).rejects.toMatchObject({ code: "ERR_SERVICE_FACTORY" });
  await expect(startService(Stock as never)).rejects.toMatchObject({ code: "ERR_SERVICE_CONSTRUCTOR" });
});

it("startService refuses unknown and wrong options, all in one error", async () => {
  const options = { ulr: "amqp://h", timeout: "5 sec", environment: [] };
  await expect(startService(Orders, options as never)).rejects.toMatchObject({
    code: "ERR_CONFIGURATION",
    message: expect.stringMatching(
      /Did you mean "url"\?[\s\S]*options\.timeout must be[\s\S]*options\.environment must be/,
    ),
  });
});

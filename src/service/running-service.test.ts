/** The checks before anything connects, and the list of running services. */
import { afterEach, describe, expect, it } from "vitest";
import { capturingLogger } from "../../test/support/capturing-logger.ts";
import { RecordingTransport } from "../../test/support/recording-transport.ts";
import { systemClock } from "../util/clock.ts";
import { registerOnPrototype } from "./registry.ts";
import { RunningService } from "./running-service.ts";
import { entryOf, exit, getService, loggerOf } from "./running-services.ts";
import { Service } from "./service.ts";

const { logger, lines } = await capturingLogger();
const made: RunningService[] = [];
const exits: [string, number][] = [];

afterEach(async () => {
  for (const running of made.splice(0)) await running.close(AbortSignal.abort());
  lines.length = 0;
  exits.length = 0;
});

function running(service: Service): RunningService {
  const one = new RunningService({
    service,
    logger,
    environment: { VARIABLE: "value" },
    shared: new Map(),
    clock: systemClock,
    observer: undefined,
    exit: (code) => exits.push([service.name, code]),
  });
  made.push(one);
  return one;
}

function orders(members: object = {}): Service {
  class Orders extends Service {
    name = "orders";
    onPaid(data: unknown): unknown {
      return [this.name, data];
    }
    override startService(): void {}
  }
  return Object.assign(new Orders(), members);
}

describe("a service that cannot run", () => {
  it.each([
    ["ERR_SERVICE_NAME", { name: "" }, /The service class Orders has no name/],
    ["ERR_SERVICE_NAME", { name: 5 }, /has no name/],
    ["ERR_SERVICE_UUID", { uuid: "" }, /The uuid of the service "orders"/],
    ["ERR_SERVICE_NAME", { name: "a\nb" }, /The name of the service class Orders has control characters/],
    ["ERR_SERVICE_NAME", { name: "é".repeat(128) }, /has 256 bytes, and AMQP carries at most 255/],
    ["ERR_SERVICE_UUID", { uuid: "u".repeat(256) }, /The uuid of the service class Orders has 256 bytes/],
    ["ERR_CONFIGURATION", { options: { ampq: {} } }, /options has no option "ampq". Did you mean "amqp"\?/],
    ["ERR_CONFIGURATION", { options: { amqp: 5 } }, /options\.amqp must be an object, but 5 was given/],
    ["ERR_CONFIGURATION", { options: null }, /options must be an object, not null/],
    [
      "ERR_CONFIGURATION",
      { options: { terminationGracePeriodSeconds: -1 } },
      /options\.terminationGracePeriodSeconds must be a whole number, 0 to 86400/,
    ],
  ])("is refused with %s: %j", (code, members, message) => {
    expect(() => running(orders(members))).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
    expect(getService()).toBeUndefined();
  });

  it.each([
    [
      "a generator function",
      function* (): Generator {
        yield 1;
      },
    ],
    [
      "an asynchronous generator function",
      async function* (): AsyncGenerator {
        yield 1;
      },
    ],
    ["a class", class {}],
  ])("is refused when a handler is %s", (_what, handler) => {
    const service = orders({ onPaid: handler });
    registerOnPrototype(Object.getPrototypeOf(service), "onPaid", new RecordingTransport("fake", []).trigger("a"));
    expect(() => running(service)).toThrow(expect.objectContaining({ code: "ERR_HANDLER_KIND" }));
  });

  it("is refused when it has no handlers and no start hooks", () => {
    class Empty extends Service {
      name = "empty";
      override stopService(): void {}
    }
    expect(() => running(new Empty())).toThrow(expect.objectContaining({ code: "ERR_SERVICE_EMPTY" }));
  });

  it.each(["startService", "startedService"])("may have no handlers when it has %s", (hook) => {
    class Bare extends Service {
      name = "bare";
    }
    const service = Object.assign(new Bare(), { [hook]: () => {} });
    expect(running(service).describe()).toEqual([]);
  });

  it("is refused when a member overrides a decorated method", () => {
    const transport = new RecordingTransport("fake", []);
    const service = orders({ onPaid: "hidden" });
    registerOnPrototype(Object.getPrototypeOf(service), "onPaid", transport.trigger("a"));
    expect(() => running(service)).toThrow(
      expect.objectContaining({
        code: "ERR_DECORATOR_PLACE",
        message: '@fake("a") orders.onPaid: "onPaid" is not a method of the running service.',
      }),
    );
  });
});

describe("transports of a service", () => {
  it("receive the service's name, options and environment, and handlers that are bound to the instance", () => {
    const transport = new RecordingTransport("amqp", []);
    const service = orders({ options: { amqp: { prefetch: 1 } } });
    registerOnPrototype(Object.getPrototypeOf(service), "onPaid", transport.trigger("a"));
    running(service);
    const [context] = transport.contexts;
    const [handler] = transport.handlers;
    expect(context).toMatchObject({
      name: "orders",
      uuid: service.uuid,
      options: { prefetch: 1 },
      environment: { VARIABLE: "value" },
    });
    expect(context?.service).toBe(service);
    expect(handler).toMatchObject({ name: "onPaid", options: "a", label: '@amqp("a") orders.onPaid' });
    const call = handler?.call;
    expect(call?.("data", undefined)).toEqual(["orders", "data"]);
    handler?.logger.info("hello");
    expect(lines).toEqual([expect.objectContaining({ service: "orders", handler: "onPaid", msg: "hello" })]);
  });

  it("exist once per kind, and are created at the first publish if no handler needs them", async () => {
    const log: string[] = [];
    const [withHandler, forPublish] = [new RecordingTransport("a", log), new RecordingTransport("b", log)];
    const service = orders();
    const prototype = Object.getPrototypeOf(service) as object;
    registerOnPrototype(prototype, "onPaid", withHandler.trigger("1"));
    registerOnPrototype(prototype, "onPaid", withHandler.trigger("2"));
    const one = running(service);
    expect(entryOf(service).transport(forPublish)).toBe(entryOf(service).transport(forPublish));
    expect(entryOf(service).transport(withHandler)).toBe(one.transport(withHandler));
    await Promise.all(one.startTransports(new AbortController().signal));
    await one.close(AbortSignal.abort());
    expect(log).toEqual([
      "orders: a create",
      "orders: a add onPaid",
      "orders: a add onPaid",
      "orders: b create",
      "orders: a start",
      "orders: a close",
      "orders: b close",
    ]);
  });

  it("do not prevent each other from stopping", async () => {
    const log: string[] = [];
    const [failing, other] = [new RecordingTransport("a", log), new RecordingTransport("b", log)];
    failing.acts.drain = () => Promise.reject(new Error("no drain"));
    failing.acts.close = () => Promise.reject(new Error("no close"));
    const service = orders();
    const one = running(service);
    one.transport(failing);
    one.transport(other);
    await one.drain(AbortSignal.abort());
    await one.close(AbortSignal.abort());
    expect(log).toEqual(expect.arrayContaining(["orders: b drain", "orders: b close"]));
    expect(lines.map(({ msg }) => msg)).toEqual(["the transport could not drain", "the transport could not close"]);
    expect(getService("orders")).toBeUndefined();
  });
});

describe("running services", () => {
  it("are found by name, or as the one that started last", async () => {
    const [first, second, third] = [orders({ name: "a" }), orders({ name: "b" }), orders({ name: "a" })];
    expect(getService()).toBeUndefined();
    const runs = [first, second, third].map(running);
    expect([getService(), getService("a"), getService("b"), getService("c")]).toEqual([
      third,
      third,
      second,
      undefined,
    ]);
    await runs[2]?.close(AbortSignal.abort());
    expect([getService(), getService("a")]).toEqual([second, first]);
  });

  it("all end when one calls exit(), with its code", () => {
    running(orders({ name: "a" }));
    running(orders({ name: "b" }));
    exit();
    exit(3);
    expect(exits).toEqual([
      ["a", 0],
      ["b", 0],
      ["a", 3],
      ["b", 3],
    ]);
  });

  it("log with their name, and a service that does not run logs nothing", async () => {
    const service = orders();
    service.logger.fatal("before");
    const one = running(service);
    service.logger.info("while it runs");
    await one.close(AbortSignal.abort());
    service.logger.fatal("after");
    expect(lines.map(({ msg, ["service"]: name }) => [name, msg])).toEqual([["orders", "while it runs"]]);
    expect(loggerOf(service).isLevelEnabled("fatal")).toBe(false);
  });

  it("can publish, and the error of a stopped service names it and says how to fix it", () => {
    expect(() => entryOf(orders())).toThrow(
      expect.objectContaining({
        code: "ERR_SERVICE_NOT_RUNNING",
        message: expect.stringMatching(/"orders" does not run.*runServices\(\)/),
      }),
    );
    expect(() => entryOf(undefined as unknown as Service)).toThrow(/"undefined" does not run/);
  });
});

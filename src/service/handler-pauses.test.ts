import { expect, it } from "vitest";
import { capturingLogger } from "../../test/support/capturing-logger.ts";
import { createDeferred } from "../util/deferred.ts";
import { HandlerPauses, type HandlerTransport } from "./handler-pauses.ts";
import { RunPauses } from "./run-pauses.ts";

const { logger, lines } = await capturingLogger();

/** A transport that records its calls. */
function transport(calls: string[], name = "amqp", ended: Promise<void> = Promise.resolve()): HandlerTransport {
  return {
    name,
    transport: {
      pause: async (handler, reason) => {
        calls.push(`${name} pauses ${handler}: ${reason}`);
        await ended;
      },
      resume: (handler) => void calls.push(`${name} resumes ${handler}`),
    },
  };
}

function pausesOf(service: string, handlers: Readonly<Record<string, readonly HandlerTransport[]>>): HandlerPauses {
  return new HandlerPauses({ service, handlers: new Map(Object.entries(handlers)), logger });
}

it("a handler is paused in every transport that calls it, only once, and resumed", async () => {
  const calls: string[] = [];
  const one = pausesOf("orders", {
    onPaid: [transport(calls), transport(calls, "schedule")],
    onSent: [transport(calls)],
  });
  await one.pause("onPaid", "service.pause()");
  await one.pause("onPaid", "POST /pause");
  expect(calls).toEqual([
    "amqp pauses onPaid: paused by service.pause()",
    "schedule pauses onPaid: paused by service.pause()",
  ]);
  expect(one.paused).toEqual(["onPaid"]);
  one.resume("onPaid", "POST /resume");
  one.resume("onPaid", "POST /resume");
  expect(calls.slice(2)).toEqual(["amqp resumes onPaid", "schedule resumes onPaid"]);
  expect(one.paused).toEqual([]);
});

it("a pause resolves for every caller when the runs in flight have ended", async () => {
  const ended = createDeferred();
  const one = pausesOf("orders", { onPaid: [transport([], "amqp", ended.promise)] });
  let drained = 0;
  void one.pause("onPaid", "a test").then(() => drained++);
  const second = one.pause("onPaid", "a test").then(() => drained++);
  await Promise.resolve();
  expect(drained).toBe(0);
  ended.resolve();
  await second;
  expect(drained).toBe(2);
});

it("the log says who paused and who resumed", () => {
  lines.length = 0;
  const one = pausesOf("orders", { onPaid: [transport([])] });
  void one.pause(undefined, "SIGUSR2");
  one.resume(undefined, "SIGUSR2");
  expect(lines).toMatchObject([
    {
      level: 40,
      handler: "onPaid",
      msg: "paused by SIGUSR2: no message is handled until it is resumed, but running handlers may end",
    },
    { level: 30, handler: "onPaid", pausedSeconds: 0, msg: "resumed by SIGUSR2" },
  ]);
});

it("an unknown handler name is refused with the closest one, and nothing changes", () => {
  const calls: string[] = [];
  const one = pausesOf("orders", { onPaid: [transport(calls)], onShipped: [transport(calls)] });
  for (const act of [() => one.pause("onPiad", "a test"), () => one.resume("onPiad", "a test")]) {
    expect(act).toThrow(
      expect.objectContaining({
        code: "ERR_SERVICE_HANDLER",
        message: 'The service "orders" has no handler "onPiad". Did you mean "onPaid"?',
      }),
    );
  }
  expect(() => one.pause("toString", "a test")).toThrow('Its handlers are "onPaid", "onShipped".');
  expect(() => pausesOf("orders", {}).pause("on", "a test")).toThrow("It has no handlers.");
  expect(calls).toEqual([]);
});

it("a handler whose transport cannot pause is refused, and skipped when all are paused", async () => {
  const calls: string[] = [];
  const files = { name: "files", transport: {} };
  const one = pausesOf("orders", { onFile: [transport(calls), files], onPaid: [transport(calls)] });
  expect(() => one.pause("onFile", "a test")).toThrow(
    expect.objectContaining({
      code: "ERR_TRANSPORT_PAUSE",
      message: expect.stringContaining('its transport "files" has no pause() and resume()'),
    }),
  );
  await one.pause(undefined, "a test");
  expect(one.paused).toEqual(["onPaid"]);
  expect(calls).toEqual(["amqp pauses onPaid: paused by a test"]);
});

it("a pause continues when a user's transport throws", async () => {
  lines.length = 0;
  const broken = {
    name: "broken",
    transport: {
      pause: () => {
        throw new Error("no pause");
      },
      resume: () => {
        throw new Error("no resume");
      },
    },
  };
  const calls: string[] = [];
  const one = pausesOf("orders", { on: [broken, transport(calls)] });
  await one.pause("on", "a test");
  one.resume("on", "a test");
  expect(calls).toEqual(["amqp pauses on: paused by a test", "amqp resumes on"]);
  expect(lines.filter(({ level }) => level === 50).map(({ msg }) => msg)).toEqual([
    "the transport could not pause the handler",
    "the transport could not resume the handler",
  ]);
});

it("a handler is found by its name, or by service and handler name if several services have it", async () => {
  const calls: string[] = [];
  const handlers = { on: [transport(calls)] };
  const orders = {
    service: { name: "orders" },
    pauses: pausesOf("orders", { ...handlers, onPaid: [transport(calls)] }),
  };
  const stock = { service: { name: "stock" }, pauses: pausesOf("stock", handlers) };
  const run = new RunPauses([orders, stock]);
  await run.pause("onPaid", "a test");
  await run.pause("stock.on", "a test");
  expect(run.paused).toEqual(["orders.onPaid", "stock.on"]);
  expect(() => run.pause("on", "a test")).toThrow(
    'Several services have a handler "on". Name one of "orders.on", "stock.on".',
  );
  expect(() => run.pause("orders.onPiad", "a test")).toThrow('Did you mean "orders.onPaid"?');
  run.resume(undefined, "a test");
  expect(run.paused).toEqual([]);
});

it("a toggle pauses all handlers, or resumes all if all are paused", () => {
  const orders = {
    service: { name: "orders" },
    pauses: pausesOf("orders", { a: [transport([])], b: [transport([])] }),
  };
  const run = new RunPauses([orders]);
  void run.pause("a", "a test");
  run.toggle("a test");
  expect(run.paused).toEqual(["orders.a", "orders.b"]);
  run.toggle("a test");
  expect(run.paused).toEqual([]);
  new RunPauses([]).toggle("a test");
});

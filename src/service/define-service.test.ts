/** A service as a value is the same as a class with decorators. */
import { describe, expect, it } from "vitest";
import { RecordingTransport } from "../../test/support/recording-transport.ts";
import { defineService, on, type TypedTrigger } from "./define-service.ts";
import { registrationsOf } from "./registry.ts";
import { isServiceClass, type Service } from "./service.ts";

const transport = new RecordingTransport("fake", []);

function trigger(options: string): TypedTrigger<string, unknown> {
  return { trigger: transport.trigger(options) };
}

describe("defineService", () => {
  it("creates a service class from the definition", () => {
    const messageEnvelope = { buildMessage: () => "", parseMessage: () => ({ message: 1 }) };
    const messageMiddleware = [(): void => {}];
    const options = { terminationGracePeriodSeconds: 1 };
    const type = defineService({ name: "orders", uuid: "u", options, messageEnvelope, messageMiddleware });
    expect(isServiceClass(type)).toBe(true);
    expect(new type()).toMatchObject({ name: "orders", uuid: "u", options, messageEnvelope, messageMiddleware });
  });

  it("uses the defaults of a class for what the definition omits", () => {
    const type = defineService({ name: "orders" });
    const [first, second] = [new type(), new type()];
    expect(first).toMatchObject({ options: {}, messageEnvelope: null, messageMiddleware: [] });
    expect(first.uuid).toMatch(/^[0-9a-f-]{36}$/);
    expect(first.uuid).not.toBe(second.uuid);
    expect([first.startService, first.startedService, first.stoppingService, first.stopService]).toEqual(
      Array(4).fill(undefined),
    );
  });

  it("calls hooks and handlers with the service as `this`", async () => {
    const seen: [string, Service][] = [];
    const type = defineService({
      name: "orders",
      startService() {
        seen.push(["startService", this]);
      },
      startedService() {
        seen.push(["startedService", this]);
      },
      stoppingService() {
        seen.push(["stoppingService", this]);
      },
      stopService() {
        seen.push(["stopService", this]);
      },
      handlers: {
        onPaid: on(trigger("a"), function (data) {
          seen.push([data, this]);
        }),
      },
    });
    const service = new type();
    for (const hook of ["startService", "startedService", "stoppingService", "stopService"] as const) service[hook]?.();
    (service as unknown as { onPaid(data: string): void }).onPaid("data");
    expect(seen.map(([what]) => what)).toEqual([
      "startService",
      "startedService",
      "stoppingService",
      "stopService",
      "data",
    ]);
    expect(seen.every(([, self]) => self === service)).toBe(true);
  });

  it("registers handlers in order, each with its triggers from first to last", () => {
    const type = defineService({
      name: "orders",
      handlers: { b: on([trigger("1"), trigger("2")], () => {}), a: on(trigger("3"), () => {}) },
    });
    expect(registrationsOf(type).map(({ method, trigger }) => [method, trigger.options])).toEqual([
      ["b", "1"],
      ["b", "2"],
      ["a", "3"],
    ]);
  });

  it("keeps two definitions apart, and allows a class to extend one", () => {
    const first = defineService({ name: "first", handlers: { a: on(trigger("1"), () => {}) } });
    const second = defineService({ name: "second" });
    class Third extends first {
      override name = "third";
    }
    expect(registrationsOf(second)).toEqual([]);
    expect(registrationsOf(Third)).toHaveLength(1);
    expect(new Third().name).toBe("third");
  });
});

/** How a test overrides the options of a service. */
import { describe, expect, it } from "vitest";
import { Service } from "../service/service.ts";
import type { ServiceOptions } from "../service/service-options.ts";
import { testEnvironment, uniquePrefix, useTestOptions } from "./test-options.ts";

const test = { url: "amqp://127.0.0.1:5999", prefix: "test-1.", options: {} };

function service(options: unknown): Service {
  class Orders extends Service {
    name = "orders";
  }
  return Object.assign(new Orders(), { options });
}

/** The options of a service while a test uses it. */
function used(own: unknown, given: Partial<Parameters<typeof useTestOptions>[1]> = {}): Record<string, unknown> {
  const one = service(own);
  useTestOptions(one, { ...test, ...given });
  return (one.options as { readonly amqp?: Record<string, unknown> }).amqp ?? {};
}

describe("useTestOptions", () => {
  it("uses the test's broker only, and keeps other options", () => {
    const own = {
      url: "amqp://prod/",
      host: "prod",
      hosts: ["a"],
      port: 1,
      username: "l",
      password: "p",
      vhost: "v",
      tls: true,
      prefetch: 7,
    };
    expect(used({ amqp: own })).toEqual({
      url: test.url,
      prefetch: 7,
      connectTimeoutSeconds: 3,
      routingKeyPrefix: "test-1.",
      queueNamePrefix: "test-1.",
    });
  });

  it("adds its prefix before those of the service", () => {
    const amqp = { routingKeyPrefix: "prod.", queueNamePrefix: "q." };
    expect(used({ amqp })).toMatchObject({ routingKeyPrefix: "test-1.prod.", queueNamePrefix: "test-1.q." });
    expect(used({ amqp }, { prefix: "" })).toMatchObject(amqp);
  });

  it("lets the options of the test override the service's, except for the broker", () => {
    const options = { amqp: { prefetch: 1, connectTimeoutSeconds: 9, host: "x" } } as ServiceOptions;
    expect(used({ amqp: { prefetch: 7 } }, { options })).toMatchObject({ prefetch: 1, connectTimeoutSeconds: 9 });
    expect(used({}, { options })["host"]).toBeUndefined();
  });

  it("keeps certificates for a broker that speaks TLS", () => {
    const amqp = { tls: { ca: "c" } };
    expect(used({ amqp }, { url: "amqps://h" })).toMatchObject(amqp);
    expect(used({ amqp })["tls"]).toBeUndefined();
    expect(used({ amqp: { tls: true } }, { url: "amqps://h" })["tls"]).toBeUndefined();
  });

  it("shortens the grace period unless the test sets one", () => {
    const own = { terminationGracePeriodSeconds: 25 };
    const one = service(own);
    const undo = useTestOptions(one, test);
    expect(one.options.terminationGracePeriodSeconds).toBe(1);
    undo();
    expect(one.options).toBe(own);
    useTestOptions(one, { ...test, options: { terminationGracePeriodSeconds: 7 } });
    expect(one.options.terminationGracePeriodSeconds).toBe(7);
  });

  it("works if options are a getter of the class, and restores it", () => {
    class Getter extends Service {
      name = "getter";
    }
    Object.defineProperty(Getter.prototype, "options", { get: () => ({ amqp: { prefetch: 3 } }), configurable: true });
    const one = new Getter();
    delete (one as Partial<Service>).options;
    const undo = useTestOptions(one, test);
    expect(one.options).toMatchObject({ amqp: { prefetch: 3, url: test.url } });
    undo();
    expect(one.options).toEqual({ amqp: { prefetch: 3 } });
  });

  it("connects named connections to the test's broker, each with its own prefix", () => {
    const legacy = { url: "amqps://old/shop", password: "p", declare: "verify", queueNamePrefix: "q.", prefetch: 3 };
    const one = service({ amqp: { routingKeyPrefix: "prod.", connections: { legacy } } });
    useTestOptions(one, test);
    const { connections } = one.options.amqp as { connections: Record<string, unknown> };
    expect(connections).toEqual({
      legacy: {
        connectTimeoutSeconds: 3,
        url: test.url,
        declare: true,
        prefetch: 3,
        routingKeyPrefix: `${test.prefix}legacy.prod.`,
        queueNamePrefix: `${test.prefix}legacy.q.`,
      },
    });
  });

  it("leaves options that are not an object to the start, which refuses them", () => {
    const one = service(null);
    useTestOptions(one, test);
    expect(one.options).toBeNull();
  });
});

describe("testEnvironment", () => {
  it("omits variables that would lead to another broker", () => {
    const given = { TOMODACHI_AMQP_URL: "x", TOMODACHI_AMQP_HOST: "y", OTHER: "z" };
    expect(testEnvironment(given, { amqp: { declare: "verify" } })).toEqual({ OTHER: "z" });
  });

  it("makes services declare what another tool declares in production, unless the test says otherwise", () => {
    expect(testEnvironment({ TOMODACHI_AMQP_DECLARE: "false" }, undefined)).toEqual({ TOMODACHI_AMQP_DECLARE: "true" });
  });
});

describe("uniquePrefix", () => {
  it("is one word of a routing key, and unique", () => {
    const [one, two] = [uniquePrefix(), uniquePrefix()];
    expect(one).toMatch(/^test-[0-9a-f]{10}\.$/);
    expect(one).not.toBe(two);
  });
});

/** Named connections: what they inherit, what they must say, and names that nothing has. */
import { describe, expect, it } from "vitest";
import { resolveConnections } from "./connections.ts";
import { type AmqpServiceOptions, rightAmqpOptions } from "./options.ts";

const environment = { TOMODACHI_AMQP_URL: "amqp://me:secret@env:5679/env" };

function resolve(amqp: unknown) {
  return resolveConnections("orders", amqp, environment);
}

describe("a named connection", () => {
  const amqp: AmqpServiceOptions = {
    host: "new",
    username: "me",
    password: "p",
    routingKeyPrefix: "prod.",
    prefetch: 7,
    globalPrefetchCount: 50,
    connections: {
      legacy: { url: "amqp://old:5673/shop", topology: "python", prefetch: 3 },
      second: { host: "new", vhost: "second" },
    },
  };

  it("inherits missing options from the service, except the address of the broker, and nothing from the environment", () => {
    const [first, legacy, second] = resolve(amqp).all;
    expect(first).toMatchObject({ name: undefined, connection: { endpoints: [{ host: "env", port: 5679 }] } });
    expect(legacy).toMatchObject({
      name: "legacy",
      connection: { endpoints: [{ host: "old", port: 5673 }], username: "guest", password: "guest", vhost: "shop" },
      naming: { routingKeyPrefix: "prod." },
      topology: { profile: "python" },
      publishing: { republishUnknown: false },
      consuming: { globalPrefetchCount: 50 },
      handling: { prefetch: 3 },
    });
    expect(second).toMatchObject({
      name: "second",
      connection: { endpoints: [{ host: "new", port: 5672 }], username: "guest", vhost: "second" },
      topology: { profile: "reliable" },
      handling: { prefetch: 7 },
    });
  });

  it("is found by its name, and undefined or default means the first", () => {
    const connections = resolve(amqp);
    expect(connections.get("legacy", "x").name).toBe("legacy");
    expect(connections.get(undefined, "x").name).toBeUndefined();
    expect(connections.get("default", "x").name).toBeUndefined();
  });

  it.each([
    ["legcy", 'Did you mean "legacy"?'],
    ["nothing like it", "Its connections: default, legacy, second. Add other connections to options.amqp.connections."],
    ["constructor", "Its connections: default, legacy, second."],
  ])("does not exist under the name %s, and the error lists the names", (name, cure) => {
    expect(() => resolve(amqp).get(name, "@amqp orders.on")).toThrow(
      expect.objectContaining({ code: "ERR_CONFIGURATION", message: expect.stringContaining(cure) }),
    );
  });

  it("reports its problems in one error together with those of the service", () => {
    const wrong = {
      prefetch: 0,
      connections: {
        a: { prefetc: 1, host: "a" },
        b: {},
        default: { host: "c" },
        d: { host: "d", globalPrefetchCount: 1 },
      },
    };
    expect(() => resolve(wrong)).toThrow(
      /options\.amqp\.prefetch must[\s\S]*connections\.a has no option "prefetc"\. Did you mean "prefetch"\?[\s\S]*connections\.b has no address of a broker[\s\S]*connections\.default is the default connection[\s\S]*connections\.d has no option "globalPrefetchCount"/,
    );
    for (const connections of [[], "legacy", { a: "amqp://x" }, { a: null }]) {
      expect(() => resolve({ connections })).toThrow("options.amqp.connections must be an object of connections");
    }
    expect(() => resolve({ connections: { a: { url: "http://x" } } })).toThrow("options.amqp.connections.a.url");
  });

  it("keeps its name if its options are wrong, so that handlers can still be checked", () => {
    const right = rightAmqpOptions({ prefetch: 0, connections: { legacy: { url: 5, prefetch: 3 } } });
    const [, legacy] = resolveConnections("orders", right, {}).all;
    expect(legacy).toMatchObject({ name: "legacy", handling: { prefetch: 3 } });
  });

  it("refuses a connection without a name", () => {
    const connections = { "": { url: "amqp://a" }, " ": { url: "amqp://b" } };
    expect(() => resolve({ connections })).toThrow("options.amqp.connections has a connection without a name");
  });
});

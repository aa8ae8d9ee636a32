/** options.amqp, checked and completed at the door. */
import { describe, expect, it } from "vitest";
import { resolveAmqpOptions } from "./options.ts";

const resolve = (given: unknown, environment: Record<string, string> = {}) =>
  resolveAmqpOptions("orders", given, environment);

describe("resolveAmqpOptions", () => {
  it.each([undefined, null, {}])("fills %j up with the defaults", (given) => {
    expect(resolve(given)).toMatchObject({
      naming: { exchangeName: "amq.topic", routingKeyPrefix: "", queueNamePrefix: "" },
      topology: { profile: "reliable", strict: false },
      consuming: { globalPrefetchCount: 400, consumerTimeoutSeconds: 1800 },
      publishing: { publishTimeoutSeconds: 30, republishUnknown: true, maxMessageBytes: 16_777_216 },
      connection: { endpoints: [{ host: "127.0.0.1", port: 5672 }], username: "guest", vhost: "/" },
    });
  });

  it("does not publish again in the python profile by default", () => {
    expect(resolve({ topology: "python" }).publishing.republishUnknown).toBe(false);
    expect(resolve({ topology: "python", republishUnknown: true }).publishing.republishUnknown).toBe(true);
  });

  it("keeps given options, and what subscriptions inherit", () => {
    const handling = {
      prefetch: 1,
      concurrency: 2,
      timeoutSeconds: 3,
      queueType: "classic",
      queueTtl: 4,
      singleActive: true,
      maxPriority: 5,
      deduplicate: "messageId",
    };
    const naming = { exchangeName: "e", routingKeyPrefix: "r.", queueNamePrefix: "q." };
    const publishing = { maxMessageBytes: 1 };
    expect(resolve({ ...handling, ...naming, ...publishing })).toMatchObject({ naming, publishing, handling });
  });

  it("is frozen", () => {
    const options = resolve({});
    expect(Object.values(options).concat(options).every(Object.isFrozen)).toBe(true);
  });

  it("takes the address of the broker from the environment", () => {
    const { connection } = resolve({ host: "other" }, { TOMODACHI_AMQP_URL: "amqp://me:secret@broker:5673/shop" });
    expect(connection).toMatchObject({
      endpoints: [{ host: "broker", port: 5673 }],
      username: "me",
      password: "secret",
      vhost: "shop",
    });
  });

  it("lists every problem in one error, with the service's name and without secrets", () => {
    const given = { prefech: 1, topology: "pyton", prefetch: 0, url: 5, password: 1234, deduplicate: "yes" };
    expect(() => resolve(given)).toThrow(
      expect.objectContaining({
        code: "ERR_CONFIGURATION",
        message: [
          'The service "orders" is configured wrongly:',
          '  - options.amqp has no option "prefech". Did you mean "prefetch"?',
          '  - options.amqp.topology must be one of "reliable", "python", but \'pyton\' was given.',
          "  - options.amqp.prefetch must be a whole number, 1 to 65535, but 0 was given.",
          "  - options.amqp.url must be a string (amqp://username:password@host:port/vhost), but something else was given.",
          "  - options.amqp.password must be a string, or a function that returns one, but something else was given.",
          "  - options.amqp.deduplicate must be true, false or \"messageId\", but 'yes' was given.",
        ].join("\n"),
      }),
    );
  });

  it.each([
    ["login", "username"],
    ["user", "username"],
    ["virtualhost", "vhost"],
    ["virtualHost", "vhost"],
    ["ssl", "tls"],
    ["pauseAfter", "circuitBreaker"],
  ])("refuses %s, and names %s, without the value", (old, name) => {
    const message = `options.amqp has no option "${old}". Did you mean "${name}"?`;
    expect(() => resolve({ [old]: "secret" })).toThrow(message);
    expect(() => resolve({ [old]: "secret" })).toThrow(expect.not.stringContaining("secret"));
  });

  it.each([
    ["globalPrefetchCount", 0],
    ["consumerTimeoutSeconds", 0],
    ["publishTimeoutSeconds", -1],
    ["maxMessageBytes", 0],
    ["maxPriority", 256],
    ["queueArguments", { "x-overflow": "drop-head" }],
    ["deadLetterQueue", ""],
    ["queueTtl", 4_294_968],
    ["exchangeName", ""],
  ])("refuses %s: %j", (name, value) => {
    expect(() => resolve({ [name]: value })).toThrow(`options.amqp.${name} must be`);
  });
});

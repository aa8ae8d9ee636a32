// A publish with any options is confirmed or rejected by name, and other publishes at the same time are confirmed and arrive.

import { expect, it } from "vitest";
import { amqp, amqpPublish, Json, type PublishOptions, Service, TomodachiError } from "../../src/index.ts";
import { connectForeign, describeWithBroker, uniqueName, until } from "../support/broker.ts";
import fc from "../support/properties.ts";
import { createScope, start } from "../support/running.ts";

const odd = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.integer(),
  fc.double(),
  fc.bigInt(),
  fc.constantFrom(null, true, Symbol("odd"), new Date(0), new Date(Number.NaN), Buffer.from([0xff]), () => 1),
  fc.string({ minLength: 250, maxLength: 300 }),
);
const headerValue = fc.oneof(
  { weight: 3, arbitrary: odd },
  { weight: 1, arbitrary: fc.anything({ withBigInt: true, withDate: true, withMap: true, withTypedArray: true }) },
  { weight: 1, arbitrary: fc.nat({ max: 200_000 }).map((length) => "x".repeat(length)) },
);
const headerName = fc.oneof(fc.string(), fc.constantFrom("CC", "BCC", "x-death", "x-delay", "x-tomodachi-queue", "!"));

const members = {
  headers: fc.dictionary(headerName, headerValue, { maxKeys: 4 }),
  mandatory: odd,
  priority: fc.oneof(fc.integer({ min: -2, max: 300 }), odd),
  expiration: fc.oneof(fc.integer({ min: -1, max: 2000 }), odd),
  correlationId: odd,
  replyTo: odd,
  messageId: odd,
  type: odd,
  contentType: odd,
  exchangeName: fc.oneof(odd, fc.constantFrom("", "amq.topic", "absent", "internal", "a'b in vhost '/'")),
  routingKeyPrefix: odd,
};
const fitting = fc.record(
  {
    headers: fc.dictionary(headerName, fc.oneof(fc.string(), fc.integer(), fc.boolean()), { maxKeys: 4 }),
    priority: fc.integer({ min: 0, max: 255 }),
    expiration: fc.integer({ min: 0, max: 100_000 }).map((ms) => `${ms}ms` as const),
    correlationId: fc.string(),
    type: fc.string(),
  },
  { requiredKeys: [] },
);
/** One unusual member alone, all together, or valid options. */
const options: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc.oneof(
  fc
    .constantFrom(...Object.keys(members))
    .chain((name) => fc.record({ [name]: members[name as keyof typeof members] })),
  fc.record(members, { requiredKeys: [] }),
  fitting,
);
const routingKey = fc.oneof({ weight: 3, arbitrary: fc.constant("odd") }, { weight: 1, arbitrary: odd });

describeWithBroker("a publish with any options", { timeout: 120_000 }, () => {
  it("is confirmed or rejected by name, and publishes beside it arrive", async () => {
    const scope = createScope();
    await using foreign = await connectForeign();
    const internal = uniqueName("internal");
    await foreign.channel.assertExchange(internal, "topic", { internal: true });
    const arrived = new Set<string>();
    class Target extends Service {
      name = "target";
      override messageEnvelope = Json;
      override options = scope.options();
      @amqp("good", { queueName: "good" }) on(id: string) {
        arrived.add(id);
      }
    }
    await using running = await start(Target);
    const [service] = running.services as [Service];
    const outcomes = { confirmed: 0, rejected: 0 };
    let sent = 0;
    const check = fc.asyncProperty(routingKey, options, async (key, given) => {
      const exchange = given["exchangeName"] === "internal" ? { exchangeName: internal } : {};
      const odds = { ...given, ...exchange, routingKey: key } as unknown as PublishOptions;
      const ids = [1, 2, 3].map(() => `${++sent}`);
      const good = (id: string): Promise<void> => amqpPublish(service, id, { routingKey: "good" });
      const [first, result, ...others] = await Promise.allSettled([
        good(ids[0] as string),
        amqpPublish(service, "odd", odds),
        good(ids[1] as string),
        good(ids[2] as string),
      ]);
      expect([first, ...others].map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "fulfilled"]);
      if (result.status === "fulfilled") outcomes.confirmed++;
      else {
        outcomes.rejected++;
        expect(result.reason).toBeInstanceOf(TomodachiError);
        expect((result.reason as TomodachiError).code).toMatch(/^ERR_/);
      }
    });
    await fc.assert(check, { numRuns: 150, interruptAfterTimeLimit: 60_000 });
    await until(() => arrived.size === sent, { what: "every good message" });
    expect(Math.min(outcomes.confirmed, outcomes.rejected), "of both kinds some").toBeGreaterThan(3);
    // Damage to the connection would have ended it.
    expect(running.log.filter(({ msg }) => msg.includes("connection was lost"))).toEqual([]);
    await foreign.channel.deleteExchange(internal);
  });
});

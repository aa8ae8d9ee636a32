// One dead-letter queue for several handlers: failed messages arrive there, and return to the queue they came from.
import { afterAll, beforeAll, expect, it } from "vitest";
import { type AmqpOptions, amqp, amqpPublish, defineService, on, type ServiceClass } from "../../src/index.ts";
import { type Ended, TemporaryProject } from "../cli/temporary-project.ts";
import {
  amqpUrl,
  connectForeign,
  describeWithBroker,
  describeWithPrivateBroker,
  operator,
  until,
} from "../support/broker.ts";
import { createScope, start, type TestScope } from "../support/running.ts";

let project: TemporaryProject;
beforeAll(() => {
  project = new TemporaryProject();
});
afterAll(() => project.remove());

function dlq(...words: readonly string[]): Promise<Ended> {
  return project.start(["dlq", ...words], { environment: { TOMODACHI_AMQP_URL: amqpUrl ?? "" } }).ended;
}

interface Failing {
  readonly service: ServiceClass;
  readonly handled: string[];
  /** Called for the dead letters. */
  readonly told: string[];
  failing: boolean;
}

/** Two handlers that fail until they may succeed. */
function shop(
  scope: TestScope,
  amqpOptions: object = { deadLetterQueue: "service" },
  options: AmqpOptions = {},
): Failing {
  const handled: string[] = [];
  const told: string[] = [];
  const state = { failing: true };
  const handler = (name: string) => (data: string) => {
    if (state.failing) throw new RangeError(`${name} failed`);
    handled.push(`${name} ${data}`);
  };
  const service = defineService({
    name: "shop",
    options: scope.options(amqpOptions),
    onDeadLetter: ({ handler: name, deadLetterQueue }) => void told.push(`${name} in ${deadLetterQueue}`),
    handlers: {
      onPaid: on(amqp("order.paid", { queueName: "paid", ...options }), handler("onPaid")),
      onSent: on(amqp("order.sent", { queueName: "sent", ...options }), handler("onSent")),
    },
  });
  return Object.assign(state, { service, handled, told });
}

async function publishBoth(service: NonNullable<Awaited<ReturnType<typeof start>>["services"][0]>): Promise<void> {
  await amqpPublish(service, "1", { routingKey: "order.paid" });
  await amqpPublish(service, "2", { routingKey: "order.sent" });
}

describeWithBroker("a shared dead-letter queue", () => {
  it.each([["reliable"], ["python"]])(
    "receives failures of each handler, and each returns to its own queue (%s)",
    async (topology) => {
      const scope = createScope();
      const state = shop(scope, { deadLetterQueue: "service", topology });
      const dead = `${scope.prefix}shop.dlq`;
      await using running = await start(state.service);
      await using foreign = await connectForeign();
      const [service] = running.services;
      if (!service) throw new Error("no service");
      await publishBoth(service);
      await until(async () => (await foreign.queueInfo(dead))?.messageCount === 2, { what: "both dead letters" });
      // It is told of each when the broker has confirmed the copy.
      await until(() => state.told.length === 2, { what: "the hook for both" });
      expect([...state.told].sort()).toEqual([`onPaid in ${dead}`, `onSent in ${dead}`]);

      const listed = await dlq("list", "-q", dead);
      expect(listed.stdout).toMatch(/2 messages/);
      expect(listed.stdout).toMatch(/1 {2}handler-error {2}RangeError {2}in onPaid {2}onPaid failed/);
      expect(listed.stdout).toMatch(/1 {2}handler-error {2}RangeError {2}in onSent {2}onSent failed/);

      state.failing = false;
      const one = await dlq("replay", "-q", dead, "--from", `${scope.prefix}sent`);
      expect(one.stdout).toContain(`1 replayed to ${scope.prefix}sent, 1 left`);
      await until(() => state.handled.length === 1, { what: "the replay of one queue" });
      expect((await dlq("replay", "-q", dead)).stdout).toContain(`1 replayed to ${scope.prefix}paid`);
      await until(() => state.handled.length === 2, { what: "the other replay" });
      expect(state.handled).toEqual(["onSent 2", "onPaid 1"]);
    },
  );

  it("receives what the broker dead-letters, and the command knows its origin", async () => {
    const scope = createScope();
    const state = shop(
      scope,
      { deadLetterQueue: "failures" },
      { queueArguments: { "x-message-ttl": 200 }, prefetch: 1 },
    );
    const dead = `${scope.prefix}failures.dlq`;
    const running = await start(state.service);
    // Without a consumer, published messages expire.
    await running.stop();
    await using foreign = await connectForeign();
    await foreign.publish("", `${scope.prefix}sent`, "late", { persistent: true });
    await until(async () => (await foreign.queueInfo(dead))?.messageCount === 1, { what: "the message to expire" });
    expect((await dlq("list", "-q", dead)).stdout).toMatch(new RegExp(`1 {2}expired +from ${scope.prefix}sent`));
    expect((await dlq("replay", "-q", dead, "--dry-run")).stdout).toContain(
      `1 would be replayed to ${scope.prefix}sent`,
    );
    expect((await dlq("replay", "-q", dead, "--from", "other")).stdout).toContain("0 replayed, 1 left");
  });
});

describeWithPrivateBroker("queues of a service that shares its dead-letter queue", () => {
  it("need one queue less for each handler, and the start counts them", async () => {
    const scope = createScope();
    await using running = await start(shop(scope).service);
    const queues = (await operator().listQueues()).filter(({ name }) => name.startsWith(scope.prefix));
    expect(queues.map(({ name }) => name.slice(scope.prefix.length)).sort()).toEqual(["paid", "sent", "shop.dlq"]);
    expect(queues.find(({ name }) => name.endsWith("paid"))?.arguments).toMatchObject({
      "x-dead-letter-routing-key": `${scope.prefix}shop.dlq`,
    });
    expect(running.run.describe().at(-1)).toBe("  3 queues, all quorum: 2 for messages, 1 for dead letters");
  });

  it("have the arguments that the team chose", async () => {
    const scope = createScope();
    const options = { queueArguments: { "x-max-length": 1000, "x-of-ours": "yes" } };
    await using running = await start(shop(scope, {}, options).service);
    void running;
    const queues = await operator().listQueues();
    const paid = queues.find(({ name }) => name === `${scope.prefix}paid`);
    expect(paid?.arguments).toMatchObject({ ...options.queueArguments, "x-overflow": "reject-publish" });
    expect(queues.find(({ name }) => name === `${scope.prefix}paid.dlq`)?.arguments).not.toHaveProperty("x-max-length");
  });

  it("keep their old dead-letter queue if the option is added later, and the start says so", async () => {
    const scope = createScope();
    await (await start(shop(scope, {}).service)).stop();
    await using running = await start(shop(scope).service);
    const warnings = running.log.filter(
      ({ level, msg }) => level === 40 && msg.includes("exists with other arguments"),
    );
    expect(warnings.map(({ msg }) => msg)).toEqual([
      expect.stringContaining("x-dead-letter-routing-key"),
      expect.stringContaining("x-dead-letter-routing-key"),
    ]);
  });
});

/** The queues in which messages wait: what is declared, when, how often, and without quorum queues. */
import { beforeEach, describe, expect, it } from "vitest";
import type { AmqpConnection } from "../../../amqp-client/connection.ts";
import { AmqpChannelError } from "../../../amqp-client/errors.ts";
import type { Publisher } from "../../../amqp-client/publisher.ts";
import type { Logger } from "../../../log/logger.ts";
import { type AmqpServiceOptions, resolveAmqpOptions } from "../options/options.ts";
import type { QueuePlan } from "../options/queue-plan.ts";
import { RetryTiers } from "./retry-tiers.ts";

type Declared = readonly [what: string, name: string, details: unknown];

let declared: Declared[];
let warnings: string[];
let trusted: string[];
/** The broker's answer to a queue's arguments; undefined accepts them. */
let refusal: (name: string, args: Readonly<Record<string, unknown>>) => string | undefined;

beforeEach(() => {
  declared = [];
  warnings = [];
  trusted = [];
  refusal = () => undefined;
});

const channel = {
  assertExchange: async (name: string, type: string, options: { arguments?: object }) =>
    void declared.push(["exchange", name, [type, options.arguments ?? {}]]),
  bindQueue: async (queue: string, exchange: string, key: string) =>
    void declared.push(["bind", queue, [exchange, key]]),
  checkQueue: async () => ({ messageCount: 3, consumerCount: 0 }),
  async assertQueue(name: string, options: { arguments: Record<string, unknown> }) {
    const text = refusal(name, options.arguments);
    if (text !== undefined)
      throw new AmqpChannelError("ERR_AMQP_CHANNEL_CLOSED", text, { replyCode: 406, replyText: text });
    declared.push(["queue", name, { ...options.arguments }]);
    return { messageCount: 0, consumerCount: 0 };
  },
};

function createTiers(options: AmqpServiceOptions = {}, service = "orders"): RetryTiers {
  const connection = { withChannel: (use: (given: typeof channel) => Promise<unknown>) => use(channel) };
  return new RetryTiers({
    service,
    options: resolveAmqpOptions("orders", options, {}),
    connection: connection as unknown as AmqpConnection,
    publisher: { trustExchange: (name: string) => void trusted.push(name) } as unknown as Publisher,
    logger: { warn: (text: string) => void warnings.push(text) } as unknown as Logger,
    observer: undefined,
    watch: { add: () => {} },
  });
}

const queueOf = (queueName: string, previousQueueNames: readonly string[] = []): QueuePlan =>
  ({ queueName, previousQueueNames, declare: true }) as unknown as QueuePlan;
const named = (what: string): readonly unknown[] => declared.filter(([kind]) => kind === what).map(([, name]) => name);

describe("a retry queue", () => {
  it("is a quorum queue behind a fanout exchange, and its messages return by an exchange that loses none", async () => {
    await createTiers({ queueNamePrefix: "prod." }).declare(queueOf("prod.q", ["old"]), 90_000);
    expect(declared).toEqual([
      ["exchange", "prod.orders.lost", ["fanout", {}]],
      ["queue", "prod.orders.lost.dlq", { "x-queue-type": "quorum", "x-overflow": "reject-publish" }],
      ["bind", "prod.orders.lost.dlq", ["prod.orders.lost", ""]],
      ["exchange", "prod.orders.return", ["direct", { "alternate-exchange": "prod.orders.lost" }]],
      ["bind", "prod.q", ["prod.orders.return", "prod.q"]],
      ["bind", "prod.q", ["prod.orders.return", "prod.old"]],
      ["exchange", "prod.orders.retry.90s", ["fanout", {}]],
      [
        "queue",
        "prod.orders.retry.90s",
        {
          "x-queue-type": "quorum",
          "x-message-ttl": 90_000,
          "x-dead-letter-exchange": "prod.orders.return",
          "x-dead-letter-strategy": "at-least-once",
          "x-overflow": "reject-publish",
        },
      ],
      ["bind", "prod.orders.retry.90s", ["prod.orders.retry.90s", ""]],
    ]);
    expect([trusted, warnings]).toEqual([["prod.orders.retry.90s"], []]);
  });

  it("is declared only once for all callers that need it at the same time", async () => {
    const tiers = createTiers();
    await Promise.all([
      tiers.declare(queueOf("a"), 5000),
      tiers.declare(queueOf("b"), 5000),
      tiers.declare(queueOf("a"), 60_000),
    ]);
    await tiers.declare(queueOf("b"), 60_000);
    expect(named("queue")).toEqual(["orders.lost.dlq", "orders.retry.5s", "orders.retry.1m"]);
    expect(named("bind").filter((name) => name === "a" || name === "b")).toEqual(["a", "b"]);
  });

  it("is declared again for the next caller when it could not be declared", async () => {
    const tiers = createTiers();
    refusal = () => "ACCESS_REFUSED - no";
    await expect(tiers.declare(queueOf("a"), 5000)).rejects.toThrow("orders.lost.dlq");
    refusal = () => undefined;
    await tiers.declare(queueOf("a"), 5000);
    expect(named("queue")).toEqual(["orders.lost.dlq", "orders.retry.5s"]);
  });

  it("is declared completely again when the broker lost it", async () => {
    const tiers = createTiers();
    await tiers.declare(queueOf("a"), 5000);
    const first = declared;
    declared = [];
    await tiers.declareAgain(queueOf("a"), 5000);
    expect(declared).toEqual(first);
  });

  it("reports its number of messages", async () => {
    const tiers = createTiers();
    expect(await tiers.openWork()).toEqual([]);
    await tiers.declare(queueOf("a"), 5000);
    expect(await tiers.openWork()).toMatchObject([
      { of: "orders, retries after 5s", parked: 3, queued: 0, running: 0 },
    ]);
  });

  it("has a name with room for its delay, however long the service name is", () => {
    const names = ["s".repeat(300), `${"s".repeat(300)}t`].map((service) =>
      createTiers({}, service).tierName(4_294_967_295),
    );
    expect(names.map((name) => Buffer.byteLength(name) <= 255)).toEqual([true, true]);
    expect(new Set(names).size).toBe(2);
  });
});

describe("a queue that is created again", () => {
  it("is bound again if messages may return to it, and otherwise not", async () => {
    const tiers = createTiers();
    await tiers.restore(queueOf("a"));
    expect(declared).toEqual([]);
    await tiers.declare(queueOf("a"), 5000);
    declared = [];
    await tiers.restore(queueOf("b"));
    expect(declared).toEqual([]);
    await tiers.restore(queueOf("a"));
    expect(declared.at(-1)).toEqual(["bind", "a", ["orders.return", "a"]]);
    expect(named("exchange")).toEqual(["orders.lost", "orders.return"]);
  });
});

describe("a broker without quorum queues", () => {
  it.each([
    ["does not know them", "PRECONDITION_FAILED - invalid arg 'x-queue-type' for queue 'q' in vhost '/': no such type"],
    ["refuses them", "NOT_IMPLEMENTED - queue type quorum is disabled"],
  ])("that %s gets a classic retry queue, and the log says so once", async (_what, text) => {
    refusal = (name, args) => (name.includes(".retry.") && args["x-queue-type"] === "quorum" ? text : undefined);
    const tiers = createTiers();
    await tiers.declare(queueOf("a"), 5000);
    await tiers.declare(queueOf("a"), 60_000);
    const tier = declared.find(([what, name]) => what === "queue" && name === "orders.retry.5s");
    expect(tier?.[2]).toMatchObject({ "x-message-ttl": 5000, "x-dead-letter-exchange": "orders.return" });
    expect(tier?.[2]).not.toMatchObject({ "x-queue-type": "quorum" });
    expect(warnings.filter((line) => line.includes("may be lost"))).toHaveLength(1);
  });

  it("gives an error for missing permissions as well", async () => {
    refusal = (name) => (name.includes(".retry.") ? "ACCESS_REFUSED - access to queue refused" : undefined);
    await expect(createTiers().declare(queueOf("a"), 5000)).rejects.toThrow("orders.retry.5s");
  });
});

/** How a decorator and the service's options become a subscription, before anything connects. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createSilentLogger } from "../../../log/logger.ts";
import type { Envelope } from "../../../service/envelope.ts";
import type { Handler } from "../../../service/handler.ts";
import { memoryDeduplicationStore } from "./deduplication-store.ts";
import { type AmqpServiceOptions, resolveAmqpOptions } from "./options.ts";
import type { SubscriptionPlan } from "./plan.ts";
import { addToPlans } from "./plans.ts";
import type { AmqpTrigger } from "./trigger.ts";

type Given = readonly [method: string, pattern: string, options?: Record<string, unknown>];

function handlerOf([name, pattern, options = {}]: Given): Handler<AmqpTrigger> {
  return {
    name,
    call: () => {},
    options: { pattern, options },
    label: `@amqp("${pattern}") orders.${name}`,
    logger: createSilentLogger(),
  };
}

function plansOf(given: readonly Given[], amqp: AmqpServiceOptions = {}, envelope: Envelope | null = null) {
  const plans: SubscriptionPlan[] = [];
  const options = resolveAmqpOptions("orders", amqp, {});
  for (const each of given) addToPlans(plans, handlerOf(each), { name: "orders", uuid: "uuid-1", envelope, options });
  return plans.map(membersOf);
}

/** The members of all parts of a plan, side by side. */
function membersOf({ queue, bindings, reading, runs, deduplication, failures }: SubscriptionPlan) {
  return { ...queue, ...bindings, ...reading, ...runs, ...deduplication, ...failures };
}

function planOf(options: Record<string, unknown> = {}, amqp?: AmqpServiceOptions, envelope?: Envelope | null) {
  const [plan] = plansOf([["onPaid", "order.paid", options]], amqp, envelope);
  if (!plan) throw new Error("no plan");
  return plan;
}

const plain: Envelope = { buildMessage: () => "", parseMessage: () => ({ message: 1 }) };
const taking: Envelope = { buildMessage: () => "", parseMessage: (_payload, _options) => ({ message: 1 }) };

describe("the plan of a subscription", () => {
  it("has the defaults of the reliable profile", () => {
    expect(planOf()).toMatchObject({
      patterns: ["order.paid"],
      exchangeName: "amq.topic",
      exchangeType: "topic",
      queueName: "orders.onPaid:order.paid",
      deadLetterQueue: "orders.onPaid:order.paid.dlq",
      perInstance: false,
      queueType: "quorum",
      queueTtl: 0,
      singleActive: false,
      maxPriority: 0,
      envelope: null,
      parserOptions: {},
      prefetch: 100,
      concurrency: 100,
      timeoutSeconds: undefined,
      deduplicate: true,
      previousQueueNames: [],
      previousPatterns: [],
    });
  });

  it("has the defaults of the python profile: a classic queue of one instance, or a shared one with a given name", () => {
    expect(planOf({}, { topology: "python" })).toMatchObject({
      perInstance: true,
      queueType: "classic",
      queueTtl: 86_400,
    });
    expect(planOf({ queueName: "q" }, { topology: "python" })).toMatchObject({
      queueName: "q",
      perInstance: false,
    });
  });

  it("uses the option of the subscription, otherwise that of the service", () => {
    const service = {
      prefetch: 10,
      timeoutSeconds: 5,
      deduplicate: false,
      queueType: "classic",
      exchangeName: "e",
    } as const;
    expect(planOf({}, service)).toMatchObject({ ...service, concurrency: 10 });
    const own = { prefetch: 20, timeoutSeconds: 6, deduplicate: "messageId", queueType: "quorum", exchangeName: "f" };
    expect(planOf(own, service)).toMatchObject({ ...own, concurrency: 20 });
    expect(planOf({ prefetch: undefined }, service).prefetch).toBe(10);
  });

  it("never runs more handlers at once than the prefetch", () => {
    expect(planOf({ prefetch: 5, concurrency: 50 }).concurrency).toBe(5);
    expect(planOf({ prefetch: 5, concurrency: 1 }).concurrency).toBe(1);
  });

  it("gives each instance its own classic queue, and all of them one dead-letter queue", () => {
    const plan = planOf({ competing: false });
    expect(plan).toMatchObject({
      perInstance: true,
      queueType: "classic",
      deadLetterQueue: "orders.onPaid:order.paid.dlq",
    });
    expect(plan.queueName).toContain("uuid-1");
  });

  it("has one dead-letter queue for all instances in the python profile as well", () => {
    const python = { topology: "python", queueNamePrefix: "p." } as const;
    expect(planOf({}, python).deadLetterQueue).toBe("p.orders.onPaid:order.paid.dlq");
    expect(planOf({ queueName: "q", competing: false }, python).deadLetterQueue).toBe("p.q.dlq");
    const shared = planOf({ competing: true }, python);
    expect(shared.deadLetterQueue).toBe(`${shared.queueName}.dlq`);
  });

  it("adds the prefix to generated and given names", () => {
    expect(planOf({}, { queueNamePrefix: "p." }).queueName).toBe("p.orders.onPaid:order.paid");
    expect(planOf({ queueName: "q" }, { queueNamePrefix: "p." })).toMatchObject({
      queueName: "p.q",
      deadLetterQueue: "p.q.dlq",
    });
  });

  it("does not use the Python function name, which may be omitted when no Python queue is left", () => {
    expect(planOf({ functionName: "on_paid" }).queueName).toBe(planOf({}).queueName);
  });
});

describe("the envelope of a subscription", () => {
  it("is its own, otherwise that of the service, and null means no envelope", () => {
    expect(planOf({}, {}, plain).envelope).toBe(plain);
    expect(planOf({ messageEnvelope: taking }, {}, plain).envelope).toBe(taking);
    expect(planOf({ messageEnvelope: null }, {}, plain).envelope).toBeNull();
  });

  it("receives and checks the options that do not belong to AMQP", () => {
    const seen: unknown[] = [];
    const checking: Envelope = { ...taking, validate: (options) => void seen.push(options) };
    expect(planOf({ prefetch: 5, secret: "s", gone: undefined }, {}, checking).parserOptions).toEqual({ secret: "s" });
    expect(seen).toEqual([{ secret: "s" }]);
    const refusing: Envelope = {
      ...taking,
      validate() {
        throw new Error("no secret");
      },
    };
    expect(() => planOf({}, {}, refusing)).toThrow(/does not accept: no secret$/);
  });

  it.each([
    ["no envelope", null],
    ["an envelope whose parser takes no options", plain],
    ["one that lists others", { ...taking, optionNames: ["secret"] }],
  ])("refuses an unknown name: %s", (_what, envelope) => {
    expect(() => planOf({ prefech: 5 }, {}, envelope)).toThrow(
      /options has no option "prefech"\. Did you mean "prefetch"\?/,
    );
  });

  it("lists an unknown name beside wrong values and wrong options of options", () => {
    const given = { queuename: "x", prefetch: 0, retry: { dealys: ["5"] }, onError: "acknowledge" };
    expect(() => planOf(given, {}, null)).toThrow(
      expect.objectContaining({
        problems: [
          expect.stringContaining("options.prefetch must be"),
          expect.stringContaining('options.retry has no option "dealys". Did you mean "delays"?'),
          expect.stringContaining("options.onError affects only replies"),
          expect.stringContaining('options has no option "queuename". Did you mean "queueName"?'),
        ],
      }),
    );
  });

  it("says nothing of unknown names where the envelope itself is wrong, because it may know them", () => {
    expect(() => planOf({ messageEnvelope: {}, secret: "s" }, {}, null)).toThrow(
      expect.objectContaining({ problems: [expect.stringContaining("options.messageEnvelope must be an envelope")] }),
    );
  });

  it("accepts the option names that it lists", () => {
    const listing = { ...plain, optionNames: ["secret"] };
    expect(planOf({ secret: "s" }, {}, listing).parserOptions).toEqual({ secret: "s" });
    expect(() => planOf({ secrt: "s" }, {}, listing)).toThrow(/Did you mean "secret"\?/);
  });
});

describe("several decorators", () => {
  it("with equal options on one method share a queue, named by the first", () => {
    const [plan, ...more] = plansOf([
      ["onPaid", "a", { prefetch: 5 }],
      ["onPaid", "b", { prefetch: 5 }],
    ]);
    expect(more).toEqual([]);
    expect(plan).toMatchObject({ patterns: ["a", "b"], queueName: "orders.onPaid:a" });
  });

  it("with other options or on other methods have their own queues", () => {
    const plans = plansOf([
      ["onPaid", "a", { prefetch: 5 }],
      ["onPaid", "b", { prefetch: 6 }],
      ["onLate", "a", { prefetch: 5 }],
    ]);
    expect(plans.map(({ queueName }) => queueName)).toEqual(["orders.onPaid:a", "orders.onPaid:b", "orders.onLate:a"]);
  });

  it("cannot consume one queue twice", () => {
    expect(() =>
      plansOf([
        ["onPaid", "a", { queueName: "q" }],
        ["onLate", "b", { queueName: "q" }],
      ]),
    ).toThrow(
      expect.objectContaining({
        code: "ERR_AMQP_QUEUE_SHARED",
        message: expect.stringMatching(/onLate and @amqp\("a"\) orders\.onPaid both consume the queue "q"/),
      }),
    );
  });

  it("have one queue per pattern in the python profile, unless the queue is named", () => {
    const python = { topology: "python" } as const;
    expect(
      plansOf(
        [
          ["on", "a"],
          ["on", "b"],
        ],
        python,
      ),
    ).toHaveLength(2);
    const named = { queueName: "q" };
    expect(
      plansOf(
        [
          ["on", "a", named],
          ["on", "b", named],
        ],
        python,
      ),
    ).toEqual([expect.objectContaining({ patterns: ["a", "b"] })]);
  });
});

describe("wrong options", () => {
  it("are listed together under the handler's name", () => {
    expect(() => planOf({ prefetch: 0, exchangeType: "topc", messageEnvelope: {} })).toThrow(
      expect.objectContaining({
        code: "ERR_CONFIGURATION",
        message: expect.stringMatching(
          /^@amqp\("order\.paid"\) orders\.onPaid is .*\n.*options\.prefetch must.*\n.*options\.exchangeType must.*\n.*options\.messageEnvelope must/,
        ),
      }),
    );
  });

  it("include priorities that a quorum queue does not support", () => {
    expect(planOf({ maxPriority: 31 }).maxPriority).toBe(31);
    expect(() => planOf({ maxPriority: 32 })).toThrow(
      /maxPriority is 32, but a quorum queue has the priorities 0 to 31/,
    );
    expect(planOf({ maxPriority: 255, queueType: "classic" }).maxPriority).toBe(255);
  });

  it("include timeouts beyond half of the consumer's own timeout, and such a timeout on a classic queue", () => {
    expect(planOf({ consumerTimeout: "2h", timeoutSeconds: 3600 }).consumerTimeoutSeconds).toBe(7200);
    expect(() => planOf({ consumerTimeout: "1m", timeoutSeconds: 31 })).toThrow(
      /above half of consumerTimeout \(30 s\)/,
    );
    expect(() => planOf({ consumerTimeout: "1m", queueType: "classic" })).toThrow(
      /consumerTimeout needs a quorum queue/,
    );
    expect(() => planOf({ consumerTimeout: 0.5 })).toThrow(/options\.consumerTimeout must be a duration/);
    expect(() => planOf({}, { consumerTimeout: "1m" } as AmqpServiceOptions)).toThrow(/consumerTimeout/);
  });

  it("include arguments that do not fit the queue", () => {
    const queueArguments = { "x-quorum-initial-group-size": 3 };
    expect(planOf({ queueArguments }).queueArguments).toEqual(queueArguments);
    expect(planOf({}, { queueArguments }).queueArguments).toEqual(queueArguments);
    expect(planOf({ queueArguments: {} }, { queueArguments }).queueArguments).toEqual({});
    expect(() => planOf({ queueArguments, queueType: "classic" })).toThrow(/only quorum queues have/);
    expect(() => planOf({ queueArguments: { "x-overflow": "drop-head" } })).toThrow(/"x-overflow" cannot be given/);
  });

  it("include dead-letter queues that do not keep messages or that the framework uses", () => {
    expect(() => planOf({ queueName: "a.dlq", deadLetterQueue: "a" })).toThrow(/own queue "a\.dlq"/);
    expect(() => planOf({ deadLetterQueue: "orders.lost" })).toThrow(/retries whose queue was deleted/);
    for (const name of ["", ".dlq", "a\nb", 5]) {
      expect(() => planOf({ deadLetterQueue: name })).toThrow(/options\.deadLetterQueue must be the name of a queue/);
    }
    expect(() => planOf({ deadLetterQueue: "x".repeat(300) })).toThrow(/has 300 bytes/);
  });

  it("include timeouts beyond half of the broker's consumer timeout", () => {
    expect(planOf({ timeoutSeconds: 900 }).timeoutSeconds).toBe(900);
    expect(() => planOf({ timeoutSeconds: 901 })).toThrow(
      /timeoutSeconds is 901, above half of consumerTimeoutSeconds \(900\)/,
    );
    expect(planOf({ timeoutSeconds: 901 }, { consumerTimeoutSeconds: 3600 }).timeoutSeconds).toBe(901);
  });
});

describe("a dead-letter queue of a plan", () => {
  it("is shared if subscriptions name the same one, or use the service's", () => {
    const given: Given[] = [
      ["onPaid", "paid", { deadLetterQueue: "failed" }],
      ["onSent", "sent"],
    ];
    const names = (amqp: AmqpServiceOptions) => plansOf(given, amqp).map(({ deadLetterQueue }) => deadLetterQueue);
    expect(names({})).toEqual(["failed.dlq", "orders.onSent:sent.dlq"]);
    expect(names({ deadLetterQueue: "service" })).toEqual(["failed.dlq", "orders.dlq"]);
    expect(names({ deadLetterQueue: "all.dlq", queueNamePrefix: "prod." })).toEqual([
      "prod.failed.dlq",
      "prod.all.dlq",
    ]);
    expect(names({ deadLetterQueue: "all", topology: "python" })).toEqual(["failed.dlq", "all.dlq"]);
  });

  it("is the same one for all instances", () => {
    expect(planOf({ competing: false, deadLetterQueue: "service" }).deadLetterQueue).toBe("orders.dlq");
  });
});

describe("a plan with a schema", () => {
  it("keeps the schema from its envelope", () => {
    const schema = z.string();
    const plan = planOf({ schema, mine: 1 }, {}, taking);
    expect(plan.schema).toBe(schema);
    expect(plan.parserOptions).toEqual({ mine: 1 });
    expect(planOf().schema).toBeUndefined();
  });

  it("shares a queue only with a subscription of the same schema", () => {
    const schema = z.string();
    const sharing = (other: unknown): number =>
      plansOf([
        ["onPaid", "a", { schema }],
        ["onPaid", "b", { schema: other }],
      ]).length;
    expect([sharing(schema), sharing(z.number()), sharing(undefined)]).toEqual([1, 2, 2]);
  });
});

describe("circuitBreaker", () => {
  it("accepts a number or an object, and adds the defaults", () => {
    const defaults = { windowMs: 60_000, of: "same-class", probeAfterMs: 10_000, maxPauseMs: 300_000 };
    expect(planOf({ circuitBreaker: 5 }).circuitBreaker).toEqual({ failures: 5, ...defaults });
    expect(planOf({}, { circuitBreaker: { failures: 3, probeAfterSeconds: 600 } }).circuitBreaker).toEqual({
      failures: 3,
      ...defaults,
      probeAfterMs: 600_000,
      maxPauseMs: 600_000,
    });
    expect(planOf().circuitBreaker).toBeUndefined();
  });

  it.each([
    [0, "options.circuitBreaker must be a number of failures"],
    [{}, "options.circuitBreaker must be a number of failures"],
    [{ windowSeconds: 5 }, "options.circuitBreaker must be a number of failures"],
    [{ failure: 5 }, 'options.circuitBreaker has no option "failure". Did you mean "failures"?'],
    [null, "options.circuitBreaker must be a number of failures"],
    [{ failures: 1.5 }, "options.circuitBreaker.failures must be a whole number"],
    [{ failures: 5, windowSecs: 1 }, 'Did you mean "windowSeconds"?'],
    [{ failures: 5, of: "class" }, 'options.circuitBreaker.of must be one of "same-class", "any-class"'],
  ])("refuses %j", (circuitBreaker, words) => {
    expect(() => planOf({ circuitBreaker })).toThrow(words);
  });
});

describe("a renamed option", () => {
  it.each([
    ["pauseAfter", "circuitBreaker"],
    ["orderBy", "orderingKey"],
    ["formerly", "previousQueueNames"],
    ["formerPatterns", "previousPatterns"],
  ])("%s is refused, and the error names %s", (old, name) => {
    const said = `has no option "${old}". Did you mean "${name}"?`;
    expect(() => planOf({ [old]: 5 })).toThrow(said);
    expect(() => planOf({ [old]: 5, messageEnvelope: taking })).toThrow(said);
    expect(() => planOf({ unheardOf: 5 })).toThrow(expect.not.stringContaining(old));
  });
});

describe("orderingKey", () => {
  it("must be a function, and belongs to a subscription", () => {
    const orderingKey = (data: string): string => data;
    expect(planOf({ orderingKey }).orderingKey).toBe(orderingKey);
    expect(() => planOf({ orderingKey: "customerId" })).toThrow(
      "options.orderingKey must be a function (data, context) => key",
    );
    expect(() => planOf({}, { orderingKey } as AmqpServiceOptions)).toThrow('has no option "orderingKey"');
  });
});

describe("deduplicationStore", () => {
  it("must have the three methods of a store", () => {
    const store = memoryDeduplicationStore();
    expect(resolveAmqpOptions("orders", { deduplicationStore: store }, {}).consuming.deduplicationStore).toBe(store);
    expect(() => resolveAmqpOptions("orders", { deduplicationStore: { claim: store.claim } }, {})).toThrow(
      "options.amqp.deduplicationStore must be an object with claim, complete and release",
    );
  });
});

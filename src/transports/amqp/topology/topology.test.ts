/** The arguments of a queue: fixed for good when it is made, so each is written down here. */
import { expect, it } from "vitest";
import { resolveAmqpOptions } from "../options/options.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import { queueArguments } from "./topology.ts";

type Given = Partial<SubscriptionPlan["queue"] & SubscriptionPlan["runs"] & SubscriptionPlan["deduplication"]>;

function argumentsOf(given: Given, topology: "reliable" | "python" = "reliable") {
  const queueType = topology === "python" ? "classic" : "quorum";
  const defaults = { deadLetterQueue: "q.dlq", queueType, queueTtl: 0, perInstance: false, maxPriority: 0 };
  const plan = { queue: { ...defaults, ...given }, runs: given } as unknown as SubscriptionPlan;
  return queueArguments(plan, resolveAmqpOptions("s", { topology }, {}));
}

const deadLetters = {
  "x-dead-letter-exchange": "",
  "x-dead-letter-routing-key": "q.dlq",
  "x-overflow": "reject-publish",
};
const quorum = {
  "x-queue-type": "quorum",
  ...deadLetters,
  "x-dead-letter-strategy": "at-least-once",
  "x-delivery-limit": 20,
};

it.each<[string, Given, Record<string, unknown>]>([
  ["a quorum queue", {}, quorum],
  ["one that ends unused", { queueTtl: 60 }, { ...quorum, "x-expires": 60_000 }],
  ["one with a single consumer", { singleActive: true }, { ...quorum, "x-single-active-consumer": true }],
  ["a quorum queue with priorities, which are always on", { maxPriority: 5 }, quorum],
  ["one with arguments of a team's own", { queueArguments: { "x-max-length": 9 } }, { ...quorum, "x-max-length": 9 }],
  [
    "one that shares its dead-letter queue",
    { deadLetterQueue: "all.dlq" },
    { ...quorum, "x-dead-letter-routing-key": "all.dlq" },
  ],
  ["a classic queue", { queueType: "classic" }, { "x-queue-type": "classic", ...deadLetters }],
  [
    "a classic queue with priorities",
    { queueType: "classic", maxPriority: 5, queueTtl: 1 },
    { "x-queue-type": "classic", ...deadLetters, "x-max-priority": 5, "x-expires": 1000 },
  ],
  ["an instance's own queue", { perInstance: true }, { "x-queue-type": "classic", "x-expires": 300_000 }],
  [
    "an instance's own queue with a time",
    { perInstance: true, queueTtl: 60 },
    { "x-queue-type": "classic", "x-expires": 60_000 },
  ],
])("the queue arguments are, for %s", (_what, plan, expected) => {
  expect(argumentsOf(plan)).toEqual(expected);
});

it.each<[string, Given, Record<string, unknown>]>([
  ["nothing but its time", { queueTtl: 86_400 }, { "x-expires": 86_400_000 }],
  ["nothing at all without one", {}, {}],
  ["chosen options", { maxPriority: 5, singleActive: true }, { "x-max-priority": 5, "x-single-active-consumer": true }],
])("the queue arguments are Python's in the python profile: %s", (_what, plan, expected) => {
  expect(argumentsOf(plan, "python")).toEqual(expected);
});

it("the queue arguments do not depend on values that may change from one start to the next", () => {
  expect(argumentsOf({ prefetch: 1, concurrency: 1, timeoutSeconds: 1, deduplicate: false })).toEqual(argumentsOf({}));
});

/** Queue arguments of a team: which are accepted, and the errors for the others. */
import { describe, expect, it } from "vitest";
import { fieldProblems } from "../../../util/check-fields.ts";
import { type ArgumentPlan, queueArgumentProblems } from "./queue-arguments.ts";
import { queueChecks } from "./queue-options.ts";

function problems(queueArguments: unknown): string {
  return fieldProblems({ queueArguments }, "options", queueChecks).join(" ");
}

function problemsIn(plan: Partial<ArgumentPlan>, topology: "reliable" | "python" = "reliable"): string {
  const rest = { queueType: "quorum", perInstance: false, singleActive: false } as const;
  const given = { queueArguments: {}, orderingKey: undefined, reply: undefined, retry: undefined, ...rest, ...plan };
  return queueArgumentProblems(given, topology).join(" ");
}

describe("queueArguments", () => {
  it.each([
    [{}],
    [{ "x-max-length": 100_000, "x-max-length-bytes": 1 }],
    [{ "x-quorum-initial-group-size": 5, "x-queue-leader-locator": "balanced" }],
    [{ "x-delayed-retry-type": "returned", "x-delayed-retry-min": 1000, "x-delayed-retry-max": 60_000 }],
    [{ "x-message-deduplication": true, "x-of-our-plugin": "yes", "x-rate": 0.5 }],
  ])("accepts %j", (given) => {
    expect(problems(given)).toBe("");
  });

  it.each([
    ["x-overflow", "drop-head", /"x-overflow" cannot be given, because .*a full queue refuses a publish/],
    ["x-queue-type", "classic", /the option queueType sets it/],
    ["x-expires", 1000, /the option queueTtl/],
    ["x-max-priority", 5, /the option maxPriority/],
    ["x-single-active-consumer", true, /the option singleActive/],
    ["x-consumer-timeout", 1000, /the option consumerTimeout/],
    ["x-dead-letter-exchange", "dlx", /the option deadLetterQueue/],
    ["x-dead-letter-routing-key", "q", /the option deadLetterQueue/],
    ["x-dead-letter-strategy", "at-most-once", /confirms each dead letter/],
    ["x-delivery-limit", -1, /the option crashLimit/],
    ["x-queue-mode", "lazy", /RabbitMQ 4\.3/],
    ["x-queue-master-locator", "min-masters", /x-queue-leader-locator/],
    ["x-queue-version", 1, /must be 2/],
    ["x-max-length", 0, /"x-max-length" must be a whole number, 1 or more, not 0/],
    ["x-max-length", "100", /must be a whole number/],
    ["x-queue-leader-locator", "nearest", /one of "client-local", "balanced"/],
    ["x-delayed-retry-type", "sometimes", /one of "disabled", "all", "failed", "returned"/],
    ["x-max-lenght", 5, /"x-max-lenght" is not known \(did you mean "x-max-length"\?\)\.$/m],
    ["max-length", 5, /did you mean "x-max-length"/],
    ["color", "red", /begin with "x-"/],
    ["x-with space", 1, /begin with "x-"/],
    ["x-list", [1], /must be a string, a number or a boolean/],
    ["x-list", Number.NaN, /must be a string, a number or a boolean/],
    ["x-list", 5n, /must be a string, a number or a boolean/],
    ["x-list", undefined, /must be a string, a number or a boolean/],
    ["X-Queue-Type", "classic", /not known, and "x-queue-type" cannot be given, because the option queueType/],
    ["queue-type", "classic", /not known, and "x-queue-type" cannot be given/],
    ["x-message-ttl", 2 ** 32, /a whole number, 1 to 4294967295, not 4294967296/],
    ["x-delayed-retry-max", 2 ** 32, /a whole number, 1 to 4294967295/],
    ["x-message-ttl", 1.5, /a whole number/],
    ["x-message-ttl", 1000n, /a whole number/],
  ])("refuses %s: %s", (name, value, expected) => {
    expect(problems({ [name]: value })).toMatch(expected);
  });

  it("names every argument that does not fit", () => {
    expect(problems({ "x-overflow": "drop-head", "x-max-length": -1 })).toMatch(/x-overflow.*x-max-length/);
  });

  it.each([
    "x-queue-type",
    "x-expires",
    "x-single-active-consumer",
    "x-max-priority",
    "x-consumer-timeout",
    "x-dead-letter-exchange",
    "x-dead-letter-routing-key",
    "x-dead-letter-strategy",
    "x-overflow",
    "x-delivery-limit",
  ])("refuses %s for every queue type, even without an effect", (name) => {
    for (const value of ["", "quorum", "classic", "reject-publish", "at-least-once", 0, 20, -1, 1.5, true, false, null])
      expect(problems({ [name]: value })).toMatch(`"${name}" cannot be given, because`);
  });

  class Arguments {
    "x-max-length" = 5;
  }

  it.each([
    ["a number", 5],
    ["a string", "x-max-length"],
    ["a list", []],
    ["null", null],
    ["a Map", new Map([["x-max-length", 5]])],
    ["an instance of a class", new Arguments()],
  ])("refuses %s, which is not a plain object", (_what, given) => {
    expect(problems(given)).toMatch(/options\.queueArguments must be an object/);
  });
});

describe("queueArguments with other options", () => {
  it("must be supported by the type of the queue", () => {
    const queueArguments = { "x-quorum-initial-group-size": 3 };
    expect(problemsIn({ queueArguments })).toBe("");
    expect(problemsIn({ queueArguments, queueType: "classic" })).toMatch(/only quorum queues have/);
    expect(problemsIn({ queueArguments: { "x-queue-version": 2 } })).toMatch(/only classic queues have/);
  });

  it("are refused in the python profile, because Python declares the queue without them", () => {
    expect(problemsIn({ queueArguments: { "x-max-length": 5 }, queueType: "classic" }, "python")).toMatch(/Python/);
    expect(problemsIn({ queueType: "classic" }, "python")).toBe("");
  });

  it("never limit a queue without consumers", () => {
    const ttl = { "x-message-ttl": 1000 };
    expect(problemsIn({ queueArguments: ttl })).toBe("");
    expect(problemsIn({ queueArguments: ttl, reply: {} })).toMatch(
      /would drop messages: the broker does not dead-letter messages of a queue of requests/,
    );
    const own = { perInstance: true, queueType: "classic" } as const;
    expect(problemsIn({ queueArguments: ttl, ...own })).toMatch(/the queue of one instance/);
    expect(problemsIn({ queueArguments: { "x-max-length": 5 }, ...own })).toMatch(/the queue of one instance/);
    expect(problemsIn({ queueArguments: { "x-max-length": 5 }, reply: {} })).toBe("");
  });

  it("may not delay requeued messages together with the framework's delayed retries", () => {
    const queueArguments = { "x-delayed-retry-type": "all", "x-delayed-retry-min": 1000 };
    const delayed = { delaysMs: [5000] };
    expect(problemsIn({ queueArguments })).toBe("");
    expect(problemsIn({ queueArguments, retry: { delaysMs: [] } })).toBe("");
    expect(problemsIn({ queueArguments, retry: delayed })).toMatch(/both delay the same message.*retry: false/);
    expect(problemsIn({ queueArguments: { "x-delayed-retry-type": "disabled" }, retry: delayed })).toBe("");
    expect(problemsIn({ queueArguments, singleActive: true })).toMatch(/cannot be used with singleActive/);
    expect(problemsIn({ queueArguments, orderingKey: () => 1 })).toMatch(/cannot be used with orderingKey/);
    expect(problemsIn({ queueArguments: { "x-delayed-retry-min": 1 } })).toMatch(/no "x-delayed-retry-type"/);
  });
});

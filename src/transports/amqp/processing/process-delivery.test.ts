import { describe, expect, it } from "vitest";
import { FakeDelivery } from "../../../../test/support/fake-delivery.ts";
import { createSilentLogger } from "../../../log/logger.ts";
import { systemClock } from "../../../util/clock.ts";
import type { DeduplicationPlan } from "../options/deduplication-plan.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import type { RunPlan } from "../options/run-plan.ts";
import type { ContextSource } from "./delivery-context.ts";
import { Duplicates } from "./duplicates.ts";
import { type ProcessingSettings, processDelivery, type RunHooks } from "./process-delivery.ts";

const handler = { name: "onPaid", label: "@amqp orders.onPaid" };

/** A subscription whose bodies are ids and data at once; it tries a failed message three times here. */
function processing(
  { hooks, ...parts }: Partial<Omit<ProcessingSettings, "hooks">> & { readonly hooks?: Partial<RunHooks> },
  plan: Partial<RunPlan & DeduplicationPlan> = {},
): ProcessingSettings {
  const retry = { attempts: 3, quick: 2, delaysMs: [], jitterMs: 0, when: undefined };
  const source: Partial<ContextSource> = {
    patterns: ["a"],
    templates: [],
    queueName: "q",
    routingKeyPrefix: "",
    returnExchange: "return",
  };
  return {
    plan: {
      handler,
      queue: { perInstance: false },
      runs: { timeoutSeconds: undefined, orderingKey: undefined, ...plan },
      deduplication: { deduplicate: true, ...plan },
      failures: { retry, makesRetryQueues: true },
    } as unknown as SubscriptionPlan,
    source: source as ContextSource,
    invoke: () => Promise.resolve(),
    read: ({ content }) => ({ message: `${content}`, data: { text: `${content}` }, messageUuid: `${content}` }),
    duplicates: new Duplicates(),
    clock: systemClock,
    logger: createSilentLogger(),
    holdMs: 60_000,
    signal: new AbortController().signal,
    hooks: {
      refuseSpent: () => {},
      waitForNextRun: () => Promise.resolve(true),
      observeSettled: undefined,
      answerFailure: undefined,
      ...hooks,
    },
    ...parts,
  };
}

function work(content = "one", redelivered = false) {
  return { delivery: new FakeDelivery({ content, redelivered }).asDelivery, context: undefined };
}

describe("processDelivery", () => {
  it("runs again until it succeeds, reads the message for each run, and claims the id once", async () => {
    const seen: unknown[] = [];
    const observed: unknown[] = [];
    const parts = processing({
      invoke: async (data, context) => {
        const order = data as { text?: string };
        seen.push([order.text, (context as { attempt?: number }).attempt]);
        delete order.text;
        if (seen.length < 3) throw new Error("not yet");
      },
      hooks: { observeSettled: (_context, outcome) => observed.push(outcome.kind) },
    });
    expect(await processDelivery(parts, work())).toMatchObject({
      kind: "ran",
      result: { outcome: { kind: "acknowledge" } },
    });
    expect(seen).toEqual([
      ["one", 1],
      ["one", 2],
      ["one", 3],
    ]);
    expect(observed).toEqual(["retry", "retry"]);
    expect(await processDelivery(parts, work())).toEqual({ kind: "done" });
    expect(seen).toHaveLength(3);
  });

  it("reports the failures of the message and the data of its last run, and releases its id", async () => {
    const parts = processing({ invoke: () => Promise.reject(new Error("no")) });
    for (const round of ["first", "second"]) {
      const processed = await processDelivery(parts, work());
      expect(processed, round).toMatchObject({
        kind: "ran",
        result: { outcome: { kind: "dead-letter", reason: "handler-error" } },
        data: { text: "one" },
        history: { failures: 3 },
      });
    }
  });

  it("requeues the message when the subscription stops instead of running it again", async () => {
    const parts = processing({
      invoke: () => Promise.reject(new Error("no")),
      hooks: { waitForNextRun: () => Promise.resolve(false) },
    });
    expect(await processDelivery(parts, work())).toMatchObject({ result: { outcome: { kind: "requeue" } } });
  });

  it("does not run a message that is refused for its returns, and only checks that at its first run", async () => {
    let asked = 0;
    let runs = 0;
    const refusing = processing({
      hooks: {
        refuseSpent: () => {
          asked++;
          throw new Error("spent");
        },
      },
      invoke: () => Promise.resolve(runs++),
    });
    expect(await processDelivery(refusing, work("one", true))).toMatchObject({
      context: undefined,
      result: { outcome: { kind: "dead-letter" } },
    });
    expect([asked, runs]).toEqual([1, 0]);
    const failing = processing({
      hooks: { refuseSpent: () => asked++ },
      invoke: () => Promise.reject(new Error("no")),
    });
    await processDelivery(failing, work("two", true));
    expect(asked).toBe(2);
  });

  it("rejects for an unexpected error, and releases the claim", async () => {
    const duplicates = new Duplicates();
    const invoke = (): Promise<void> => Promise.reject(new Error("no"));
    const broken = processing({
      duplicates,
      invoke,
      hooks: { answerFailure: () => Promise.reject(new Error("broken")) },
    });
    await expect(processDelivery(broken, work())).rejects.toThrow("broken");
    expect(duplicates.claim("one")).toBe("new");
  });
});

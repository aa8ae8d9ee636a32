/** Outcome to settlement: pauses that grow, copies that are confirmed first, and what happens when they cannot be made. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeDelivery } from "../../../../test/support/fake-delivery.ts";
import type { OutgoingMessage } from "../../../amqp-client/outgoing-message.ts";
import type { Publisher } from "../../../amqp-client/publisher.ts";
import { createSilentLogger } from "../../../log/logger.ts";
import type { FailedOutcome } from "../../../service/outcome.ts";
import { systemClock } from "../../../util/clock.ts";
import { createDeferred, type Deferred } from "../../../util/deferred.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import type { DeadLetterCause } from "./dead-letter.ts";
import { Settler, type SettlerSettings } from "./settle.ts";

const deadLetter = { kind: "dead-letter", reason: "handler-error", error: new Error("broken") } as const;
const requeue = { kind: "requeue" } as const;
const retry = { ...deadLetter, kind: "retry", delayMs: 5000, jitterMs: 0 } as const;

const cause = (): DeadLetterCause => ({
  ...deadLetter,
  plan: {
    queue: { deadLetterQueue: "q.dlq", queueName: "q" },
    handler: { name: "onPaid" },
  } as unknown as SubscriptionPlan,
  service: { name: "orders", uuid: "u" },
  returnExchange: "orders.return",
  attempts: 1,
  startedAt: new Date(0),
  failedAt: new Date(0),
});

/** The broker's answer to each publish: "taken", "returned", an error, or a promise of it. */
type Answer = "taken" | "returned" | Error | Promise<unknown>;

let answers: Answer[];
let published: OutgoingMessage[];
let log: string[];
let shutdown: AbortController;
let settler: Settler;
/** How long the broker lets a consumer hold a delivery. */
let holdMs: number;

beforeEach(() => {
  vi.useFakeTimers();
  // The longest pause that may be.
  vi.spyOn(Math, "random").mockReturnValue(1);
  answers = [];
  published = [];
  log = [];
  holdMs = 1_000_000;
  shutdown = new AbortController();
  const publishCopy = async (message: OutgoingMessage): Promise<{ returned: boolean }> => {
    published.push(message);
    const answer = answers.shift() ?? "taken";
    if (answer instanceof Error) throw answer;
    if (answer instanceof Promise) await answer;
    return { returned: answer === "returned" };
  };
  const settings: SettlerSettings = {
    publisher: { publishCopy, frameMax: 131_072 } as unknown as Publisher,
    logger: createSilentLogger(),
    signal: shutdown.signal,
    get holdMs() {
      return holdMs;
    },
    clock: systemClock,
    retryTiers: {
      tierName: (delayMs) => `tier.${delayMs}`,
      declare: async () => void log.push("prepare"),
      declareAgain: async () => log.push("declare again") > 0,
    },
    declareDeadLetterQueue: async () => log.push("declare") > 0,
    control: {
      pause: () => void log.push("pause"),
      resume: () => void log.push("resume"),
      putBack: (delivery) => delivery.requeue(),
    },
    deadLettered: () => {},
  };
  settler = new Settler(settings);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Settles, and records when it is done. */
function settle(delivery: FakeDelivery, outcome: FailedOutcome): { readonly done: () => boolean } {
  let done = false;
  void settler.settle(delivery.asDelivery, outcome, cause).then(() => {
    done = true;
  });
  return { done: () => done };
}

/** How long a delivery stays unsettled, in steps of the clock. */
async function untilSettled(delivery: FakeDelivery): Promise<number> {
  for (let ms = 0; ms < 100_000; ms += 50) {
    if (delivery.settlements.length > 0) return ms;
    await vi.advanceTimersByTimeAsync(50);
  }
  throw new Error("never settled");
}

describe("a requeue", () => {
  it("waits longer after each requeue in a row, up to ten seconds", async () => {
    const pauses: number[] = [];
    for (let again = 0; again < 9; again++) {
      const delivery = new FakeDelivery();
      settle(delivery, requeue);
      pauses.push(await untilSettled(delivery));
      expect(delivery.settlements).toEqual(["requeue"]);
    }
    expect(pauses).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  });

  it("waits a short time again after a success", async () => {
    for (let again = 0; again < 3; again++) {
      const delivery = new FakeDelivery();
      settle(delivery, requeue);
      await untilSettled(delivery);
    }
    settler.succeeded();
    const delivery = new FakeDelivery();
    settle(delivery, requeue);
    expect(await untilSettled(delivery)).toBe(100);
  });

  it("does not wait after the subscription stops, even if its grace period has not passed", async () => {
    const [before, after] = [new FakeDelivery(), new FakeDelivery()];
    settle(before, requeue);
    settler.stopPausing();
    settle(after, requeue);
    await vi.advanceTimersByTimeAsync(0);
    expect([before.settlements, after.settlements]).toEqual([["requeue"], ["requeue"]]);
    expect(settler.pausing).toBe(0);
  });

  it("does not wait when a shutdown begins", async () => {
    const delivery = new FakeDelivery();
    settle(delivery, requeue);
    shutdown.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect(delivery.settlements).toEqual(["requeue"]);
  });
});

describe("a dead letter", () => {
  it("is acknowledged only when the broker has confirmed the copy", async () => {
    const confirm: Deferred<void> = createDeferred();
    answers = [confirm.promise];
    const delivery = new FakeDelivery({ content: "broken" });
    const { done } = settle(delivery, deadLetter);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([delivery.settlements, done()]).toEqual([[], false]);
    confirm.resolve();
    await vi.advanceTimersByTimeAsync(0);
    expect([delivery.settlements, done()]).toEqual([["acknowledge"], true]);
    expect(published).toEqual([
      expect.objectContaining({ exchange: "", routingKey: "q.dlq", content: Buffer.from("broken"), mandatory: true }),
    ]);
    expect(log).toEqual([]);
  });

  it("creates the dead-letter queue when it is missing", async () => {
    answers = ["returned", "taken"];
    const delivery = new FakeDelivery();
    settle(delivery, deadLetter);
    await vi.advanceTimersByTimeAsync(0);
    expect([delivery.settlements, log, published.length]).toEqual([["acknowledge"], ["declare"], 2]);
  });

  it("is tried again after longer and longer pauses while the consumer is paused, which resumes afterwards", async () => {
    answers = Array.from({ length: 8 }, () => new Error("no connection"));
    const delivery = new FakeDelivery();
    const { done } = settle(delivery, deadLetter);
    const triedAt: number[] = [];
    for (let ms = 0; ms < 130_000; ms += 500) {
      await vi.advanceTimersByTimeAsync(ms === 0 ? 0 : 500);
      if (published.length > triedAt.length) triedAt.push(ms);
      if (!done()) expect([delivery.settlements, log, settler.failingCopies]).toEqual([[], ["pause"], 1]);
    }
    expect(triedAt.slice(1).map((at, index) => at - (triedAt[index] ?? 0))).toEqual([
      500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000,
    ]);
    expect([delivery.settlements, log, settler.failingCopies]).toEqual([["acknowledge"], ["pause", "resume"], 0]);
  });

  it("counts as failed when its copy is returned although the queue was created", async () => {
    answers = ["returned", "returned"];
    const delivery = new FakeDelivery();
    settle(delivery, deadLetter);
    await vi.advanceTimersByTimeAsync(0);
    expect([delivery.settlements, log]).toEqual([[], ["declare", "pause"]]);
    await vi.advanceTimersByTimeAsync(500);
    expect([delivery.settlements, log]).toEqual([["acknowledge"], ["declare", "pause", "resume"]]);
  });

  it("pauses the consumer once for many, which resumes after the last", async () => {
    answers = [new Error("1"), new Error("2"), "taken", new Error("2 again"), "taken"];
    const deliveries = [new FakeDelivery(), new FakeDelivery()];
    for (const delivery of deliveries) settle(delivery, deadLetter);
    await vi.advanceTimersByTimeAsync(0);
    expect([log, settler.failingCopies]).toEqual([["pause"], 2]);
    await vi.advanceTimersByTimeAsync(500);
    expect([log, settler.failingCopies]).toEqual([["pause"], 1]);
    await vi.advanceTimersByTimeAsync(1000);
    expect([log, settler.failingCopies]).toEqual([["pause", "resume"], 0]);
    expect(deliveries.map(({ settlements }) => settlements)).toEqual([["acknowledge"], ["acknowledge"]]);
  });

  it("returns to its queue when a shutdown has waited long enough", async () => {
    answers = [new Error("no connection")];
    const delivery = new FakeDelivery();
    const { done } = settle(delivery, deadLetter);
    await vi.advanceTimersByTimeAsync(0);
    shutdown.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect([delivery.settlements, published.length, done(), settler.failingCopies]).toEqual([["requeue"], 1, true, 0]);
  });

  it("is given up when its channel is closed, because the broker requeues the message", async () => {
    answers = [new Error("no connection")];
    const delivery = new FakeDelivery();
    const { done } = settle(delivery, deadLetter);
    await vi.advanceTimersByTimeAsync(0);
    delivery.channelLives = false;
    await vi.advanceTimersByTimeAsync(500);
    expect([published.length, done(), log]).toEqual([1, true, ["pause", "resume"]]);
    expect(delivery.settlements).not.toContain("acknowledge");
  });

  it("returns to its queue when the broker's consumer timeout comes before a copy is stored", async () => {
    holdMs = 1200;
    answers = Array.from({ length: 9 }, () => new Error("no connection"));
    const delivery = new FakeDelivery();
    const { done } = settle(delivery, deadLetter);
    await vi.advanceTimersByTimeAsync(1499);
    expect([delivery.settlements, log]).toEqual([[], ["pause"]]);
    await vi.advanceTimersByTimeAsync(1);
    expect([delivery.settlements, done(), log]).toEqual([["requeue"], true, ["pause", "resume"]]);
  });

  it("whose channel was closed from the start does not affect the pause of another", async () => {
    answers = [new Error("no connection"), "taken", new Error("no connection")];
    const failing = new FakeDelivery();
    settle(failing, deadLetter);
    await vi.advanceTimersByTimeAsync(0);
    const gone = new FakeDelivery();
    gone.channelLives = false;
    settle(gone, deadLetter);
    await vi.advanceTimersByTimeAsync(0);
    expect([log, settler.failingCopies]).toEqual([["pause"], 1]);
    await vi.advanceTimersByTimeAsync(500);
    expect([log, settler.failingCopies]).toEqual([["pause", "resume"], 0]);
    settle(new FakeDelivery(), deadLetter);
    await vi.advanceTimersByTimeAsync(0);
    expect(log).toEqual(["pause", "resume", "pause"]);
  });
});

describe("a copy that is refused because of its content", () => {
  const refusal = (code: string, replyCode?: number): Error => Object.assign(new Error("no"), { code, replyCode });
  const refusals: [string, Error][] = [
    ["cannot be written", refusal("ERR_AMQP_PUBLISH_INVALID")],
    ["has too many headers", refusal("ERR_AMQP_HEADERS_TOO_LARGE")],
    ["closes the channel", refusal("ERR_AMQP_PUBLISH_REFUSED", 406)],
    ["closes the connection", refusal("ERR_AMQP_PUBLISH_REFUSED", 502)],
  ];

  it.each(refusals)(
    "(it %s) is sent without the message's headers, and does not pause a consumer",
    async (_what, answer) => {
      answers = [answer, "taken"];
      const delivery = new FakeDelivery({ headers: { odd: 1 } });
      settle(delivery, deadLetter);
      await vi.advanceTimersByTimeAsync(0);
      expect([delivery.settlements, log]).toEqual([["acknowledge"], []]);
      expect(published.map(({ properties }) => properties.headers?.["odd"])).toEqual([1, undefined]);
      expect(published[1]?.properties.headers).toMatchObject({ "x-tomodachi-dropped-headers": "odd" });
    },
  );

  it.each(refusals)(
    "twice (it %s) requeues its message after a pause, and does not pause a consumer",
    async (_what, answer) => {
      answers = [answer, answer];
      const delivery = new FakeDelivery();
      const { done } = settle(delivery, retry);
      await vi.advanceTimersByTimeAsync(0);
      expect([delivery.settlements, settler.pausing]).toEqual([[], 1]);
      await vi.advanceTimersByTimeAsync(100);
      expect([delivery.settlements, done(), log]).toEqual([["requeue"], true, ["prepare", "prepare"]]);
      expect(settler.failingCopies).toBe(0);
    },
  );

  it("is not assumed if the broker only cannot accept it now, because of a full queue or a lost connection", async () => {
    for (const answer of [refusal("ERR_AMQP_PUBLISH_REFUSED"), refusal("ERR_AMQP_PUBLISH_TIMEOUT")]) {
      answers = [answer];
      const delivery = new FakeDelivery();
      settle(delivery, deadLetter);
      await vi.advanceTimersByTimeAsync(0);
      expect([delivery.settlements, log.splice(0)]).toEqual([[], ["pause"]]);
      await vi.advanceTimersByTimeAsync(500);
      expect([delivery.settlements, log.splice(0)]).toEqual([["acknowledge"], ["resume"]]);
    }
  });
});

describe("a retry", () => {
  it("is a copy to its retry queue, sent by the name of that queue and confirmed before the acknowledgement", async () => {
    const confirm: Deferred<void> = createDeferred();
    answers = [confirm.promise];
    const delivery = new FakeDelivery();
    const { done } = settle(delivery, retry);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([delivery.settlements, done(), log]).toEqual([[], false, ["prepare"]]);
    confirm.resolve();
    await vi.advanceTimersByTimeAsync(0);
    expect([delivery.settlements, done()]).toEqual([["acknowledge"], true]);
    expect(published).toEqual([expect.objectContaining({ exchange: "tier.5000", routingKey: "q", mandatory: true })]);
  });

  it.each([
    ["was returned", "returned" as const],
    ["found no exchange", Object.assign(new Error("gone"), { code: "ERR_AMQP_EXCHANGE_NOT_FOUND" })],
  ])("whose copy %s has its retry queue declared again, once", async (_what, answer) => {
    answers = [answer, "taken"];
    const delivery = new FakeDelivery();
    settle(delivery, retry);
    await vi.advanceTimersByTimeAsync(0);
    expect([delivery.settlements, log]).toEqual([["acknowledge"], ["prepare", "declare again"]]);
    answers = [answer, answer];
    const other = new FakeDelivery();
    settle(other, retry);
    await vi.advanceTimersByTimeAsync(0);
    expect([other.settlements, log.slice(2)]).toEqual([[], ["prepare", "declare again", "pause"]]);
  });

  it("waits for its jitter first, and returns to its queue at a shutdown", async () => {
    const delivery = new FakeDelivery();
    settle(delivery, { ...retry, jitterMs: 1500 });
    await vi.advanceTimersByTimeAsync(1499);
    expect([published.length, settler.pausing]).toEqual([0, 1]);
    await vi.advanceTimersByTimeAsync(1);
    expect([delivery.settlements, settler.pausing]).toEqual([["acknowledge"], 0]);
    const late = new FakeDelivery();
    settle(late, { ...retry, jitterMs: 1500 });
    shutdown.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect([late.settlements, published.length]).toEqual([["requeue"], 1]);
  });
});

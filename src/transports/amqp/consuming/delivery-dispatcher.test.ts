/** When a delivery may run: limits, quarantine, the careful start, and that each delivery is settled exactly once. */
import { describe, expect, it } from "vitest";
import { FakeDelivery } from "../../../../test/support/fake-delivery.ts";
import type { Delivery } from "../../../amqp-client/delivery.ts";
import { ConcurrencyLimiter } from "./concurrency-limiter.ts";
import { DeliveryDispatcher, type DeliveryDispatcherSettings } from "./delivery-dispatcher.ts";

/** Keeps each delivery running until a test ends it. */
class FakeHost {
  readonly running: FakeDelivery[] = [];
  readonly prefetches: ("one" | "many")[] = [];
  readonly suspects: string[] = [];
  /** While it is set, the broker does not know of a new prefetch yet. */
  unchanged: (() => void)[] | undefined;

  async run(delivery: Delivery): Promise<void> {
    this.running.push(delivery as unknown as FakeDelivery);
  }
  startOneByOne(changed: () => void): void {
    this.prefetches.push("one");
    if (this.unchanged) this.unchanged.push(changed);
    else changed();
  }
  endOneByOne(): void {
    this.prefetches.push("many");
  }
  quarantined(delivery: Delivery): void {
    this.suspects.push((delivery as unknown as FakeDelivery).name);
  }
  get names(): string[] {
    return this.running.map(({ name }) => name);
  }
}

function open(settings: Partial<DeliveryDispatcherSettings> = {}) {
  const host = new FakeHost();
  const limiter = settings.limiter ?? new ConcurrencyLimiter();
  const dispatcher = new DeliveryDispatcher({
    limiter,
    globalLimit: 400,
    concurrency: 3,
    prefetch: 4,
    countOf: ({ deliveryCount }) => deliveryCount,
    careful: false,
    quarantined: (delivery) => host.quarantined(delivery),
    ...settings,
  });
  dispatcher.start({ runs: host, control: host });
  const deliver = (name: string, deliveryCount = 0): FakeDelivery => {
    const delivery = new FakeDelivery({ name, deliveryCount });
    dispatcher.accept(delivery.asDelivery);
    return delivery;
  };
  /** Ends a run well. */
  const end = (name: string): void => {
    const at = host.names.indexOf(name);
    const [delivery] = host.running.splice(at, 1);
    if (at < 0 || !delivery) throw new Error(`${name} does not run`);
    delivery.acknowledge();
    dispatcher.ended();
  };
  return { host, limiter, dispatcher, deliver, end };
}

describe("a dispatcher", () => {
  it("runs up to its concurrency, then one more as each ends, in order", () => {
    const { host, dispatcher, deliver, end } = open();
    for (const name of ["a", "b", "c", "d", "e"]) deliver(name);
    expect(host.names).toEqual(["a", "b", "c"]);
    expect([dispatcher.running, dispatcher.waiting]).toEqual([3, 2]);
    end("b");
    expect(host.names).toEqual(["a", "c", "d"]);
    end("a");
    expect(host.names).toEqual(["c", "d", "e"]);
    expect(host.prefetches).toEqual([]);
  });

  it("starts all waiting deliveries, even if each ends at once", () => {
    const { host, dispatcher, deliver, end } = open({ concurrency: 1 });
    const begun: string[] = [];
    for (let at = 0; at < 20_000; at++) deliver(String(at));
    host.run = async (delivery) => {
      begun.push((delivery as unknown as FakeDelivery).name);
      delivery.acknowledge();
      dispatcher.ended();
    };
    end("0");
    expect(begun).toEqual(Array.from({ length: 19_999 }, (_, at) => String(at + 1)));
    expect([dispatcher.running, dispatcher.waiting]).toEqual([0, 0]);
  });

  it("shares the slots of the process with another subscription whose runs also end at once", () => {
    const limiter = new ConcurrencyLimiter();
    const both = [open({ limiter, globalLimit: 1 }), open({ limiter, globalLimit: 1 })] as const;
    let begun = 0;
    both[0].deliver("first");
    for (const { host, dispatcher, deliver } of both) {
      for (let at = 0; at < 5000; at++) deliver(String(at));
      host.run = async (delivery) => {
        begun++;
        delivery.acknowledge();
        dispatcher.ended();
      };
    }
    both[0].end("first");
    expect(begun).toBe(10_000);
    expect([both[0].dispatcher.waiting, both[1].dispatcher.waiting, limiter.running]).toEqual([0, 0, 0]);
  });

  it("waits for a slot of the process, and takes it when another subscription releases it", () => {
    const limiter = new ConcurrencyLimiter();
    const [first, second] = [open({ limiter, globalLimit: 1 }), open({ limiter, globalLimit: 1 })];
    first.deliver("a");
    second.deliver("b");
    expect(second.host.names).toEqual([]);
    first.end("a");
    expect(second.host.names).toEqual(["b"]);
    second.end("b");
    expect(limiter.running).toBe(0);
  });

  it("starts nothing after it was closed, and requeues what waits when the broker sends no more", () => {
    const { host, dispatcher, deliver, end } = open({ concurrency: 1 });
    const [a, b, c] = [deliver("a"), deliver("b"), deliver("c")];
    dispatcher.close();
    const crossed = deliver("crossed the cancel");
    expect(crossed.settlements).toEqual([]);
    expect(dispatcher.giveBack()).toBe(3);
    expect([a, b, c, crossed].map((delivery) => delivery?.settlements)).toEqual([
      [],
      ["requeue"],
      ["requeue"],
      ["requeue"],
    ]);
    expect(deliver("late").settlements).toEqual(["requeue"]);
    end("a");
    expect([host.names, dispatcher.running]).toEqual([[], 0]);
  });

  it("takes no slot after it was closed", () => {
    const limiter = new ConcurrencyLimiter();
    const [first, second] = [open({ limiter, globalLimit: 1 }), open({ limiter, globalLimit: 1 })];
    first.deliver("a");
    second.deliver("b");
    second.dispatcher.close();
    first.end("a");
    expect([second.host.names, limiter.running]).toEqual([[], 0]);
  });

  it("drops waiting deliveries when the channel is closed, because the broker requeues them", () => {
    const { host, dispatcher, deliver, end } = open({ concurrency: 1 });
    deliver("a");
    const b = deliver("b");
    dispatcher.lost();
    end("a");
    expect([host.names, b.settlements]).toEqual([[], []]);
  });

  it("does not run a delivery whose channel closed while it waited, and keeps no slot for it", () => {
    const { host, limiter, deliver, end } = open({ concurrency: 1 });
    deliver("a");
    const dead = deliver("dead");
    deliver("c");
    dead.channelLives = false;
    end("a");
    expect(host.names).toEqual(["c"]);
    expect(limiter.running).toBe(1);
  });
});

describe("a paused dispatcher", () => {
  it("starts nothing until it resumes, and requeues waiting deliveries when asked to", () => {
    const { host, dispatcher, deliver, end } = open({ concurrency: 1 });
    deliver("a");
    const b = deliver("b");
    dispatcher.hold();
    end("a");
    expect([host.names, dispatcher.waiting]).toEqual([[], 1]);
    expect(dispatcher.giveBackWaiting()).toBe(1);
    expect(b.settlements).toEqual(["requeue"]);
    deliver("c");
    expect(host.names).toEqual([]);
    dispatcher.go();
    expect(host.names).toEqual(["c"]);
  });

  it("runs one at a time when limited to one, also beside runs that started before", () => {
    const { host, dispatcher, deliver, end } = open({ concurrency: 3 });
    for (const name of ["a", "b", "c", "d"]) deliver(name);
    dispatcher.limitToOne(true);
    end("a");
    end("b");
    expect(host.names).toEqual(["c"]);
    end("c");
    expect(host.names).toEqual(["d"]);
    deliver("e");
    expect(host.names).toEqual(["d"]);
    dispatcher.limitToOne(false);
    expect(host.names).toEqual(["d", "e"]);
  });
});

describe("a dispatcher that keeps an order", () => {
  it("requeues nothing itself when a suspected message arrives, because its host closes the channel", () => {
    const { host, deliver } = open({ concurrency: 1, ordered: true });
    deliver("a");
    const [waits, suspect, late] = [deliver("b"), deliver("suspect", 3), deliver("c")];
    expect([host.prefetches, host.suspects]).toEqual([["one"], ["suspect"]]);
    expect([waits, suspect, late].map(({ settlements }) => settlements)).toEqual([[], [], []]);
  });
});

describe("the quarantine", () => {
  it("does not isolate a delivery that came back twice, but one that came back three times", () => {
    const { host, deliver } = open();
    deliver("a", 2);
    expect(host.suspects).toEqual([]);
    deliver("b", 3);
    expect([host.suspects, host.prefetches]).toEqual([["b"], ["one"]]);
  });

  it("runs a suspected message only when no other runs, and requeues what waits", () => {
    const { host, deliver, end } = open();
    for (const name of ["a", "b", "c"]) deliver(name);
    const waiting = deliver("waiting");
    const suspect = deliver("suspect", 3);
    expect(waiting.settlements).toEqual(["requeue"]);
    expect(suspect.settlements).toEqual([]);
    end("a");
    end("b");
    expect(host.names).toEqual(["c"]);
    end("c");
    expect(host.names).toEqual(["suspect"]);
  });

  it("runs nothing beside a suspected message, and keeps what arrives, because a requeued message would return at once", () => {
    const { host, deliver, end } = open();
    deliver("suspect", 5);
    const [next, more] = [deliver("next"), deliver("more")];
    expect(host.names).toEqual(["suspect"]);
    expect([next.settlements, more.settlements]).toEqual([[], []]);
    end("suspect");
    expect(host.names).toEqual(["next"]);
    end("next");
    expect(host.names).toEqual(["more"]);
  });

  it("keeps extra deliveries until the broker has confirmed a prefetch of one", () => {
    const { host, dispatcher, deliver } = open();
    host.unchanged = [];
    const early = [deliver("suspect", 3), deliver("next"), deliver("one more")];
    expect(early.map(({ settlements }) => settlements)).toEqual([[], [], []]);
    expect([host.names, dispatcher.waiting]).toEqual([[], 3]);
    for (const changed of host.unchanged) changed();
    // The suspect too: later messages come one by one.
    expect(early.map(({ settlements }) => settlements)).toEqual([["requeue"], ["requeue"], ["requeue"]]);
    deliver("suspect", 4);
    expect([host.names, dispatcher.waiting]).toEqual([["suspect"], 0]);
  });

  it("requeues extra deliveries when it ends before that confirmation", () => {
    const { host, dispatcher, deliver } = open();
    host.unchanged = [];
    deliver("suspect", 3);
    const [next, more] = [deliver("next"), deliver("one more")];
    dispatcher.close();
    dispatcher.giveBack();
    for (const changed of host.unchanged) changed();
    expect([next.settlements, more.settlements]).toEqual([["requeue"], ["requeue"]]);
  });

  it("runs two suspected messages separately", () => {
    const { host, deliver, end } = open();
    deliver("first", 3);
    deliver("second", 4);
    const third = deliver("third", 4);
    expect([host.names, third.settlements]).toEqual([["first"], []]);
    end("first");
    expect(host.names).toEqual(["second"]);
    expect(host.suspects).toEqual(["first"]);
  });

  it("ends after as many successful deliveries as the prefetch, one by one", () => {
    const { host, deliver, end } = open({ prefetch: 4 });
    deliver("suspect", 3);
    end("suspect");
    for (const name of ["a", "b", "c"]) {
      deliver(name);
      expect(host.names).toEqual([name]);
      end(name);
    }
    expect(host.prefetches).toEqual(["one"]);
    deliver("d");
    expect(host.prefetches).toEqual(["one", "many"]);
    deliver("e");
    deliver("f");
    expect(host.names).toEqual(["d", "e", "f"]);
  });

  it("restarts its count with each suspected message", () => {
    const { host, deliver, end } = open({ prefetch: 2 });
    for (const [name, count] of [
      ["suspect", 3],
      ["a", 0],
      ["again", 3],
      ["b", 0],
    ] as const) {
      deliver(name, count);
      end(name);
    }
    expect(host.prefetches).toEqual(["one"]);
    deliver("c");
    expect(host.prefetches).toEqual(["one", "many"]);
  });

  // Those that were on their way with it, before the lower prefetch counts.
  it("does not end while the suspected message still runs, however many deliveries succeed", () => {
    const { host, deliver } = open({ prefetch: 4 });
    deliver("suspect", 3);
    for (let beside = 0; beside < 20; beside++) deliver(`beside ${beside}`);
    expect(host.names).toEqual(["suspect"]);
    expect(host.prefetches).toEqual(["one"]);
  });
});

describe("a careful start", () => {
  it("starts with one delivery, and continues normally when the first succeeds", () => {
    const { host, deliver } = open({ careful: true });
    deliver("a");
    expect([host.names, host.prefetches]).toEqual([["a"], ["many"]]);
    deliver("b");
    expect(host.names).toEqual(["a", "b"]);
  });

  it("stays at one delivery when the first message is suspected, without another change of the prefetch", () => {
    const { host, deliver, end } = open({ careful: true, prefetch: 2 });
    deliver("suspect", 3);
    expect([host.names, host.prefetches]).toEqual([["suspect"], []]);
    end("suspect");
    deliver("a");
    end("a");
    expect(host.prefetches).toEqual([]);
    deliver("b");
    expect(host.prefetches).toEqual(["many"]);
  });
});

describe("every delivery", () => {
  /** mulberry32, so that a failure can be repeated. */
  function seeded(seed: number): () => number {
    let state = seed;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    };
  }

  it.each(Array.from({ length: 40 }, (_, seed) => seed))(
    "is settled exactly once, or lost with its channel: seed %i",
    (seed) => {
      const random = seeded(seed);
      const limiter = new ConcurrencyLimiter();
      const dispatchers = [0, 1].map(() =>
        open({ limiter, globalLimit: 3, concurrency: 2, prefetch: 5, careful: random() < 0.5 }),
      );
      const deliveries: { readonly delivery: FakeDelivery; readonly of: number }[] = [];
      for (let step = 0; step < 400; step++) {
        const of = random() < 0.5 ? 0 : 1;
        const one = dispatchers[of];
        if (!one) continue;
        const choice = random();
        if (choice < 0.5) {
          const delivery = one.deliver(`${step}`, random() < 0.1 ? 3 : 0);
          deliveries.push({ delivery, of });
        } else if (choice < 0.97) {
          const run = one.host.running[Math.floor(random() * one.host.running.length)];
          if (run) one.end(run.name);
        } else {
          for (const known of deliveries) if (known.of === of) known.delivery.channelLives = false;
          one.dispatcher.lost();
        }
        expect(one.dispatcher.running).toBe(one.host.running.length);
        expect(one.dispatcher.running).toBeLessThanOrEqual(2);
        expect(limiter.running).toBe(dispatchers.reduce((sum, { dispatcher }) => sum + dispatcher.running, 0));
        expect(limiter.running).toBeLessThanOrEqual(3);
      }
      for (const { dispatcher, host, end } of dispatchers) {
        dispatcher.close();
        dispatcher.giveBack();
        for (const name of host.names) end(name);
      }
      expect(limiter.running).toBe(0);
      const wrong = deliveries.filter(({ delivery: { settlements, channelLives } }) =>
        channelLives ? settlements.length !== 1 : settlements.length > 1,
      );
      expect(wrong.map(({ delivery }) => delivery.name)).toEqual([]);
      expect(new Set(deliveries.flatMap(({ delivery }) => delivery.settlements))).toEqual(
        new Set(["acknowledge", "requeue"]),
      );
    },
  );
});

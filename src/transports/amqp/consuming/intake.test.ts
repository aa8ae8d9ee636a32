/** When a delivery may run: limits, quarantine, the careful start, and that each delivery is settled exactly once. */
import { describe, expect, it } from "vitest";
import { FakeDelivery } from "../../../../test/support/fake-delivery.ts";
import type { Delivery } from "../../../amqp-client/delivery.ts";
import { HandlerSlots } from "./handler-slots.ts";
import { Intake, type IntakeHost, type IntakeSettings } from "./intake.ts";

/** Runs whatever it is given until a test ends it. */
class FakeHost implements IntakeHost {
  readonly running: FakeDelivery[] = [];
  readonly prefetches: number[] = [];
  readonly suspects: string[] = [];
  /** While it is set, the broker does not know of a new prefetch yet. */
  unchanged: (() => void)[] | undefined;

  run(delivery: Delivery): void {
    this.running.push(delivery as unknown as FakeDelivery);
  }
  setPrefetch(count: number, changed?: () => void): void {
    this.prefetches.push(count);
    if (this.unchanged && changed) this.unchanged.push(changed);
    else changed?.();
  }
  quarantined(delivery: Delivery): void {
    this.suspects.push((delivery as unknown as FakeDelivery).name);
  }
  get names(): string[] {
    return this.running.map(({ name }) => name);
  }
}

function open(settings: Partial<IntakeSettings> = {}) {
  const host = new FakeHost();
  const slots = settings.slots ?? new HandlerSlots();
  const intake = new Intake({
    host,
    slots,
    globalLimit: 400,
    concurrency: 3,
    prefetch: 4,
    countOf: ({ deliveryCount }) => deliveryCount,
    careful: false,
    ...settings,
  });
  const deliver = (name: string, deliveryCount = 0): FakeDelivery => {
    const delivery = new FakeDelivery({ name, deliveryCount });
    intake.accept(delivery.asDelivery);
    return delivery;
  };
  /** Ends a run well. */
  const end = (name: string): void => {
    const at = host.names.indexOf(name);
    const [delivery] = host.running.splice(at, 1);
    if (at < 0 || !delivery) throw new Error(`${name} does not run`);
    delivery.acknowledge();
    intake.ended();
  };
  return { host, slots, intake, deliver, end };
}

describe("an intake", () => {
  it("runs up to its concurrency, then one as each ends, in order", () => {
    const { host, intake, deliver, end } = open();
    for (const name of ["a", "b", "c", "d", "e"]) deliver(name);
    expect(host.names).toEqual(["a", "b", "c"]);
    expect([intake.running, intake.waiting]).toEqual([3, 2]);
    end("b");
    expect(host.names).toEqual(["a", "c", "d"]);
    end("a");
    expect(host.names).toEqual(["c", "d", "e"]);
    expect([host.prefetches, intake.initialPrefetch]).toEqual([[], 4]);
  });

  it("begins as many as wait, though each ends at once", () => {
    const { host, intake, deliver, end } = open({ concurrency: 1 });
    const begun: string[] = [];
    for (let at = 0; at < 20_000; at++) deliver(String(at));
    host.run = (delivery) => {
      begun.push((delivery as unknown as FakeDelivery).name);
      delivery.acknowledge();
      intake.ended();
    };
    end("0");
    expect(begun).toEqual(Array.from({ length: 19_999 }, (_, at) => String(at + 1)));
    expect([intake.running, intake.waiting]).toEqual([0, 0]);
  });

  it("shares the slots of the process with another whose runs end at once as well", () => {
    const slots = new HandlerSlots();
    const both = [open({ slots, globalLimit: 1 }), open({ slots, globalLimit: 1 })] as const;
    let begun = 0;
    both[0].deliver("first");
    for (const { host, intake, deliver } of both) {
      for (let at = 0; at < 5000; at++) deliver(String(at));
      host.run = (delivery) => {
        begun++;
        delivery.acknowledge();
        intake.ended();
      };
    }
    both[0].end("first");
    expect(begun).toBe(10_000);
    expect([both[0].intake.waiting, both[1].intake.waiting, slots.running]).toEqual([0, 0, 0]);
  });

  it("waits for a slot of the process, and takes it when another subscription frees it", () => {
    const slots = new HandlerSlots();
    const [first, second] = [open({ slots, globalLimit: 1 }), open({ slots, globalLimit: 1 })];
    first.deliver("a");
    second.deliver("b");
    expect(second.host.names).toEqual([]);
    first.end("a");
    expect(second.host.names).toEqual(["b"]);
    second.end("b");
    expect(slots.running).toBe(0);
  });

  it("begins nothing once it has closed, and gives back what waits when the broker sends no more", () => {
    const { host, intake, deliver, end } = open({ concurrency: 1 });
    const [a, b, c] = [deliver("a"), deliver("b"), deliver("c")];
    intake.close();
    const crossed = deliver("crossed the cancel");
    expect(crossed.settlements).toEqual([]);
    expect(intake.giveBack()).toBe(3);
    expect([a, b, c, crossed].map((delivery) => delivery?.settlements)).toEqual([
      [],
      ["requeue"],
      ["requeue"],
      ["requeue"],
    ]);
    expect(deliver("late").settlements).toEqual(["requeue"]);
    end("a");
    expect([host.names, intake.running]).toEqual([[], 0]);
  });

  it("takes no slot any more once it has closed", () => {
    const slots = new HandlerSlots();
    const [first, second] = [open({ slots, globalLimit: 1 }), open({ slots, globalLimit: 1 })];
    first.deliver("a");
    second.deliver("b");
    second.intake.close();
    first.end("a");
    expect([second.host.names, slots.running]).toEqual([[], 0]);
  });

  it("forgets what waits when the channel is lost: it went back by itself", () => {
    const { host, intake, deliver, end } = open({ concurrency: 1 });
    deliver("a");
    const b = deliver("b");
    intake.lost();
    end("a");
    expect([host.names, b.settlements]).toEqual([[], []]);
  });

  it("does not run a delivery whose channel died while it waited, and keeps no slot for it", () => {
    const { host, slots, deliver, end } = open({ concurrency: 1 });
    deliver("a");
    const dead = deliver("dead");
    deliver("c");
    dead.channelLives = false;
    end("a");
    expect(host.names).toEqual(["c"]);
    expect(slots.running).toBe(1);
  });

  it("changes the prefetch only when it is another", () => {
    const { host, intake } = open();
    intake.limitPrefetch(4);
    intake.limitPrefetch(2);
    intake.limitPrefetch(2);
    expect([host.prefetches, intake.prefetch]).toEqual([[2], 2]);
  });
});

describe("an intake that is held", () => {
  it("begins nothing until it may go on, and gives back what waits when it is told to", () => {
    const { host, intake, deliver, end } = open({ concurrency: 1 });
    deliver("a");
    const b = deliver("b");
    intake.hold();
    end("a");
    expect([host.names, intake.waiting]).toEqual([[], 1]);
    expect(intake.giveBackWaiting()).toBe(1);
    expect(b.settlements).toEqual(["requeue"]);
    deliver("c");
    expect(host.names).toEqual([]);
    intake.go();
    expect(host.names).toEqual(["c"]);
  });

  it("runs one at a time where it is limited to one, also beside those that ran before", () => {
    const { host, intake, deliver, end } = open({ concurrency: 3 });
    for (const name of ["a", "b", "c", "d"]) deliver(name);
    intake.limitToOne(true);
    end("a");
    end("b");
    expect(host.names).toEqual(["c"]);
    end("c");
    expect(host.names).toEqual(["d"]);
    deliver("e");
    expect(host.names).toEqual(["d"]);
    intake.limitToOne(false);
    expect(host.names).toEqual(["d", "e"]);
  });
});

describe("an intake that keeps an order", () => {
  it("gives nothing back by itself when a suspect comes: its host gives up the channel", () => {
    const { host, deliver } = open({ concurrency: 1, ordered: true });
    deliver("a");
    const [waits, suspect, late] = [deliver("b"), deliver("suspect", 3), deliver("c")];
    expect([host.prefetches, host.suspects]).toEqual([[1], ["suspect"]]);
    expect([waits, suspect, late].map(({ settlements }) => settlements)).toEqual([[], [], []]);
  });
});

describe("the quarantine", () => {
  it("lets a delivery run freely that came back twice, not three times", () => {
    const { host, deliver } = open();
    deliver("a", 2);
    expect(host.suspects).toEqual([]);
    deliver("b", 3);
    expect([host.suspects, host.prefetches]).toEqual([["b"], [1]]);
  });

  it("runs a suspect only when nothing else runs, and gives back what waits", () => {
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

  it("runs nothing beside a suspect: what comes waits, for it would come again at once", () => {
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

  it("keeps what comes in excess until the broker knows that one at a time is wanted", () => {
    const { host, intake, deliver } = open();
    host.unchanged = [];
    const early = [deliver("suspect", 3), deliver("next"), deliver("one more")];
    expect(early.map(({ settlements }) => settlements)).toEqual([[], [], []]);
    expect([host.names, intake.waiting]).toEqual([[], 3]);
    for (const changed of host.unchanged) changed();
    // The suspect too: what comes from now on comes alone.
    expect(early.map(({ settlements }) => settlements)).toEqual([["requeue"], ["requeue"], ["requeue"]]);
    deliver("suspect", 4);
    expect([host.names, intake.waiting]).toEqual([["suspect"], 0]);
  });

  it("gives back what came in excess when it ends before the broker knew", () => {
    const { host, intake, deliver } = open();
    host.unchanged = [];
    deliver("suspect", 3);
    const [next, more] = [deliver("next"), deliver("one more")];
    intake.close();
    intake.giveBack();
    for (const changed of host.unchanged) changed();
    expect([next.settlements, more.settlements]).toEqual([["requeue"], ["requeue"]]);
  });

  it("keeps two suspects apart", () => {
    const { host, deliver, end } = open();
    deliver("first", 3);
    deliver("second", 4);
    const third = deliver("third", 4);
    expect([host.names, third.settlements]).toEqual([["first"], []]);
    end("first");
    expect(host.names).toEqual(["second"]);
    expect(host.suspects).toEqual(["first"]);
  });

  it("ends after as many sound deliveries as the prefetch, one by one", () => {
    const { host, deliver, end } = open({ prefetch: 4 });
    deliver("suspect", 3);
    end("suspect");
    for (const name of ["a", "b", "c"]) {
      deliver(name);
      expect(host.names).toEqual([name]);
      end(name);
    }
    expect(host.prefetches).toEqual([1]);
    deliver("d");
    expect(host.prefetches).toEqual([1, 4]);
    deliver("e");
    deliver("f");
    expect(host.names).toEqual(["d", "e", "f"]);
  });

  it("begins its count again with each suspect", () => {
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
    expect(host.prefetches).toEqual([1]);
    deliver("c");
    expect(host.prefetches).toEqual([1, 2]);
  });

  it("keeps a lower prefetch for later", () => {
    const { host, intake, deliver, end } = open({ prefetch: 2 });
    deliver("suspect", 3);
    end("suspect");
    intake.limitPrefetch(1);
    expect(host.prefetches).toEqual([1]);
    deliver("a");
    end("a");
    deliver("b");
    expect(host.prefetches).toEqual([1, 1]);
  });

  // Those that were on their way with it, before the lower prefetch counts.
  it("does not end while the suspect still runs, however many deliveries come beside it", () => {
    const { host, deliver } = open({ prefetch: 4 });
    deliver("suspect", 3);
    for (let beside = 0; beside < 20; beside++) deliver(`beside ${beside}`);
    expect(host.names).toEqual(["suspect"]);
    expect(host.prefetches).toEqual([1]);
  });
});

describe("a careful start", () => {
  it("begins with one, and goes on freely once the head is sound", () => {
    const { host, intake, deliver } = open({ careful: true });
    expect(intake.initialPrefetch).toBe(1);
    deliver("a");
    expect([host.names, host.prefetches]).toEqual([["a"], [4]]);
    deliver("b");
    expect(host.names).toEqual(["a", "b"]);
  });

  it("stays one by one when the head is a suspect, without asking for what it has", () => {
    const { host, deliver, end } = open({ careful: true, prefetch: 2 });
    deliver("suspect", 3);
    expect([host.names, host.prefetches]).toEqual([["suspect"], []]);
    end("suspect");
    deliver("a");
    end("a");
    expect(host.prefetches).toEqual([]);
    deliver("b");
    expect(host.prefetches).toEqual([2]);
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
      const slots = new HandlerSlots();
      const intakes = [0, 1].map(() =>
        open({ slots, globalLimit: 3, concurrency: 2, prefetch: 5, careful: random() < 0.5 }),
      );
      const deliveries: { readonly delivery: FakeDelivery; readonly of: number }[] = [];
      for (let step = 0; step < 400; step++) {
        const of = random() < 0.5 ? 0 : 1;
        const one = intakes[of];
        if (!one) continue;
        const choice = random();
        if (choice < 0.5) {
          const delivery = one.deliver(`${step}`, random() < 0.1 ? 3 : 0);
          deliveries.push({ delivery, of });
        } else if (choice < 0.95) {
          const run = one.host.running[Math.floor(random() * one.host.running.length)];
          if (run) one.end(run.name);
        } else if (choice < 0.97) {
          for (const known of deliveries) if (known.of === of) known.delivery.channelLives = false;
          one.intake.lost();
        } else one.intake.limitPrefetch(1 + Math.floor(random() * 5));
        expect(one.intake.running).toBe(one.host.running.length);
        expect(one.intake.running).toBeLessThanOrEqual(2);
        expect(slots.running).toBe(intakes.reduce((sum, { intake }) => sum + intake.running, 0));
        expect(slots.running).toBeLessThanOrEqual(3);
      }
      for (const { intake, host, end } of intakes) {
        intake.close();
        intake.giveBack();
        for (const name of host.names) end(name);
      }
      expect(slots.running).toBe(0);
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

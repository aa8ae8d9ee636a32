// Settlements as a broker sees them: the sink below knows what is outstanding and refuses what RabbitMQ would refuse.
import { describe, expect, it, vi } from "vitest";
import { Acknowledgements, type SettlementSink } from "./acknowledgements.ts";

/** Holds the broker's side of a channel: which tags wait, and how each one ended. */
class RecordingBroker implements SettlementSink {
  readonly outstanding = new Set<number>();
  readonly ended = new Map<number, "acknowledged" | "requeued">();
  readonly frames: string[] = [];

  ack(tag: number, multiple: boolean): void {
    this.frames.push(multiple ? `ack up to ${tag}` : `ack ${tag}`);
    // RabbitMQ closes the channel with 406 "unknown delivery tag".
    if (!this.outstanding.has(tag)) throw new Error(`unknown delivery tag ${tag}`);
    for (const other of [...this.outstanding]) {
      if (other === tag || (multiple && other < tag)) this.#end(other, "acknowledged");
    }
  }

  nack(tag: number): void {
    this.frames.push(`requeue ${tag}`);
    if (!this.outstanding.has(tag)) throw new Error(`unknown delivery tag ${tag}`);
    this.#end(tag, "requeued");
  }

  #end(tag: number, how: "acknowledged" | "requeued"): void {
    this.outstanding.delete(tag);
    this.ended.set(tag, how);
  }
}

function deliver(broker: RecordingBroker, count: number): void {
  for (let tag = 1; tag <= count; tag++) broker.outstanding.add(tag);
}

function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A small seeded generator (mulberry32), so that a failure can be repeated. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe("acknowledgements of one turn", () => {
  it("are sent as one cumulative frame if nothing below is unsettled", async () => {
    const broker = new RecordingBroker();
    const acknowledgements = new Acknowledgements(broker);
    deliver(broker, 5);
    for (const tag of [3, 1, 2, 5, 4]) acknowledgements.acknowledge(tag);
    expect(broker.frames).toEqual([]);
    await endOfTurn();
    expect(broker.frames).toEqual(["ack up to 5"]);
  });

  it("are sent one by one above a delivery that is not settled", async () => {
    const broker = new RecordingBroker();
    const acknowledgements = new Acknowledgements(broker);
    deliver(broker, 6);
    for (const tag of [6, 1, 2, 4]) acknowledgements.acknowledge(tag);
    await endOfTurn();
    expect(broker.frames.toSorted()).toEqual(["ack 4", "ack 6", "ack up to 2"]);
    expect([...broker.outstanding]).toEqual([3, 5]);
  });

  it("use a tag that the broker still waits for, even if the highest was acknowledged alone before", async () => {
    const broker = new RecordingBroker();
    const acknowledgements = new Acknowledgements(broker);
    deliver(broker, 4);
    acknowledgements.acknowledge(3);
    acknowledgements.acknowledge(4);
    await endOfTurn();
    acknowledgements.acknowledge(1);
    acknowledgements.acknowledge(2);
    await endOfTurn();
    expect(broker.frames).toEqual(["ack 3", "ack 4", "ack up to 2"]);
    expect(broker.outstanding.size).toBe(0);
  });

  it("never include a requeued delivery", async () => {
    const broker = new RecordingBroker();
    const acknowledgements = new Acknowledgements(broker);
    deliver(broker, 3);
    acknowledgements.acknowledge(1);
    acknowledgements.acknowledge(2);
    acknowledgements.requeue(3);
    expect(broker.frames).toEqual(["requeue 3"]);
    await endOfTurn();
    expect(broker.frames).toEqual(["requeue 3", "ack up to 2"]);
    expect(broker.ended.get(3)).toBe("requeued");
  });

  it("are sent at once when they are flushed", async () => {
    const broker = new RecordingBroker();
    const acknowledgements = new Acknowledgements(broker);
    deliver(broker, 1);
    acknowledgements.acknowledge(1);
    acknowledgements.flush();
    expect(broker.frames).toEqual(["ack 1"]);
    await endOfTurn();
    expect(broker.frames).toEqual(["ack 1"]);
  });
});

describe("the time for which a channel stays open for its settlements", () => {
  function settle(count: number): Acknowledgements {
    const acknowledgements = new Acknowledgements({ ack: () => {}, nack: () => {} });
    for (let tag = 1; tag <= count; tag++) acknowledgements.requeue(tag);
    return acknowledgements;
  }

  it("does not change while a quorum queue takes all of them at once", () => {
    expect([settle(0).lingerMs, settle(31).lingerMs]).toEqual([0, 0]);
  });

  it("is longer for more of them, and zero after the channel has closed", () => {
    const many = settle(32);
    expect(many.lingerMs).toBeGreaterThan(0);
    expect(many.lingerMs).toBeLessThanOrEqual(200);
    many.die();
    expect(many.lingerMs).toBe(0);
  });

  it("does not change if the last of them was sent long enough before", () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    try {
      const many = settle(100);
      vi.advanceTimersByTime(200);
      expect(many.lingerMs).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("acknowledgements of a closed channel", () => {
  it("have no effect, also those that waited for the end of the turn", async () => {
    const broker = new RecordingBroker();
    const acknowledgements = new Acknowledgements(broker);
    deliver(broker, 2);
    acknowledgements.acknowledge(1);
    acknowledgements.die();
    acknowledgements.acknowledge(2);
    acknowledgements.requeue(2);
    acknowledgements.flush();
    await endOfTurn();
    expect(acknowledgements.live).toBe(false);
    expect(broker.frames).toEqual([]);
  });

  it("do not throw when the frame cannot be written any more", async () => {
    const dead = () => {
      throw new Error("Channel closing");
    };
    const acknowledgements = new Acknowledgements({ ack: dead, nack: dead });
    acknowledgements.acknowledge(1);
    await endOfTurn();
    expect(acknowledgements.live).toBe(false);
    expect(() => acknowledgements.requeue(2)).not.toThrow();
    const other = new Acknowledgements({ ack: dead, nack: dead });
    expect(() => other.requeue(1)).not.toThrow();
    expect(other.live).toBe(false);
  });
});

describe("any order of deliveries, acknowledgements, requeues and turns", () => {
  it.each(Array.from({ length: 40 }, (_, index) => index + 1))(
    "settles each tag exactly once (seed %i)",
    async (seed) => {
      const random = seeded(seed);
      const broker = new RecordingBroker();
      const acknowledgements = new Acknowledgements(broker);
      const asked = new Map<number, "acknowledged" | "requeued">();
      const unsettled: number[] = [];
      let delivered = 0;
      let covered = false;
      while (delivered < 400 || unsettled.length > 0) {
        const step = random();
        if (step < 0.45 && delivered < 400) {
          broker.outstanding.add(++delivered);
          unsettled.push(delivered);
        } else if (step < 0.93 && unsettled.length > 0) {
          // Mostly in order, as handlers end.
          const at = random() < 0.6 ? 0 : Math.floor(random() * unsettled.length);
          const [tag = 0] = unsettled.splice(at, 1);
          const how = random() < 0.1 ? "requeued" : "acknowledged";
          asked.set(tag, how);
          if (how === "requeued") acknowledgements.requeue(tag);
          else acknowledgements.acknowledge(tag);
        } else if (random() < 0.5) await endOfTurn();
        else acknowledgements.flush();
        // No unsettled delivery is ever included.
        covered ||= unsettled.some((tag) => broker.ended.has(tag));
      }
      await endOfTurn();
      expect(covered).toBe(false);
      expect(acknowledgements.live).toBe(true);
      expect(broker.ended).toEqual(new Map([...broker.ended.keys()].map((tag) => [tag, asked.get(tag)])));
      expect(broker.ended.size).toBe(400);
      expect(broker.outstanding.size).toBe(0);
    },
  );
});

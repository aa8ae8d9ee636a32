import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import type { Confirmation } from "./confirms.ts";
import { Pending } from "./pending.ts";

function entry(deadline: number): Confirmation {
  const message = { exchange: "", routingKey: "key", content: Buffer.alloc(0), properties: {}, mandatory: false };
  return {
    message,
    deadline,
    propertyBytes: 0,
    suspicion: "none",
    sends: 0,
    returned: false,
    sentAgain: false,
    resolve() {},
    reject() {},
  };
}

describe("publishes that wait", () => {
  it("are sent in order, after publishes that were sent earlier and lost", () => {
    const pending = new Pending();
    const [first, second, third, fourth] = [entry(1), entry(2), entry(3), entry(4)];
    for (const one of [first, second, third]) pending.push(one);
    expect(pending.shift()).toBe(first);
    pending.putBack([first]);
    pending.push(fourth);
    expect(pending.size).toBe(4);
    expect(pending.takeAll()).toEqual([first, second, third, fourth]);
    expect([pending.size, pending.shift()]).toEqual([0, undefined]);
  });

  it("are removed when they are overdue, at any position, and the others keep their order", () => {
    const pending = new Pending();
    const [late, soon, alsoLate] = [entry(9), entry(5), entry(9)];
    for (const one of [late, soon, alsoLate]) pending.push(one);
    expect(pending.takeOverdue(4)).toEqual([]);
    expect(pending.takeOverdue(5)).toEqual([soon]);
    expect(pending.takeAll()).toEqual([late, alsoLate]);
  });

  it("are released from memory once sent, even if others always wait", async () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    const pending = new Pending();
    pending.push(entry(1));
    const sent: WeakRef<Confirmation>[] = [];
    for (let at = 0; at < 500; at++) {
      pending.push(entry(1));
      sent.push(new WeakRef(pending.shift() as Confirmation));
    }
    // A reference that was just made keeps its target until the turn ends.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    expect(sent.filter((one) => one.deref() !== undefined)).toHaveLength(0);
  });
});

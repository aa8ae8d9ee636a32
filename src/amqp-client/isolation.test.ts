import { describe, expect, it } from "vitest";
import fc from "../../test/support/properties.ts";
import type { Confirmation, Suspicion } from "./confirms.ts";
import { Isolation } from "./isolation.ts";
import type { ChannelEnd } from "./publishing-channel.ts";

interface Entry extends Confirmation {
  error: (Error & { readonly code?: string }) | undefined;
}

function entry(exchange = "", suspicion: Suspicion = "none"): Entry {
  const message = { exchange, routingKey: "key", content: Buffer.alloc(0), properties: {}, mandatory: false };
  const made: Entry = {
    message,
    suspicion,
    deadline: 1,
    propertyBytes: 0,
    sends: 1,
    returned: false,
    sentAgain: false,
    error: undefined,
    resolve() {},
    reject(error) {
      made.error = error;
    },
  };
  return made;
}

function end(closed: ChannelEnd["closed"], replyCode = 406): ChannelEnd {
  return { closed, reply: { replyCode, replyText: "words" } };
}

describe("publishes whose channel the broker closed", () => {
  it("are all published again one by one, and the one that is alone at a second close caused it", () => {
    const isolation = new Isolation();
    const [good, bad] = [entry(), entry()];
    expect(isolation.judge([good, bad], end("channel"), true)).toEqual({ again: [good, bad], offending: undefined });
    expect([good, bad].map((one) => isolation.isSuspect(one))).toEqual([true, true]);
    isolation.confirmed(good);
    expect(isolation.isSuspect(good)).toBe(false);
    expect(isolation.judge([bad], end("channel"), true).offending).toBe(bad);
    expect(bad.error).toMatchObject({ code: "ERR_AMQP_PUBLISH_REFUSED", replyCode: 406 });
  });

  it("are not suspected when the connection was lost, however often", () => {
    const isolation = new Isolation();
    const one = entry();
    for (let time = 0; time < 5; time++) expect(isolation.judge([one], end(undefined), true).again).toEqual([one]);
    expect(isolation.isSuspect(one)).toBe(false);
  });

  it("are tracked by their exchange after 403 and 404, until one is confirmed", () => {
    const isolation = new Isolation();
    const first = entry("forbidden", "channel");
    expect(isolation.judge([first], end("channel", 403), true).offending).toBe(first);
    const next = entry("forbidden");
    expect(isolation.isSuspect(next)).toBe(true);
    expect(isolation.isSuspect(entry("other"))).toBe(false);
    isolation.confirmed(next);
    expect(isolation.isSuspect(entry("forbidden"))).toBe(false);
  });

  it("are not blamed for a closed connection on which others published: each is sent again alone", () => {
    const isolation = new Isolation();
    const one = entry("orders", "channel");
    expect(isolation.judge([one], end("connection"), true)).toStrictEqual({ again: [one], offending: undefined });
    expect([one.error, one.suspicion]).toEqual([undefined, "connection"]);
    expect(isolation.judge([one], end("connection"), true).offending).toBe(one);
    const known = entry("forbidden", "channel");
    isolation.judge([known], end("channel", 403), true);
    const next = entry("forbidden");
    expect(isolation.judge([next], end("connection"), true).again).toEqual([next]);
  });

  it("are rejected with an unknown result if they may not be published again", () => {
    const isolation = new Isolation();
    const [one, other] = [entry(), entry()];
    expect(isolation.judge([one, other], end("connection"), false).again).toEqual([]);
    expect(one.error).toMatchObject({ code: "ERR_AMQP_PUBLISH_UNKNOWN" });
    expect(other.error).toMatchObject({ code: "ERR_AMQP_PUBLISH_UNKNOWN" });
  });

  it("end in any combination: each refused publish rejected, each good one confirmed, with few closed channels", () => {
    const kinds = fc.array(fc.constantFrom("good", "good", "good", "bad"), { minLength: 1, maxLength: 60 });
    const check = fc.property(kinds, fc.constantFrom("channel" as const, "connection" as const), (given, closed) => {
      const isolation = new Isolation();
      const entries = given.map(() => entry());
      const isBad = new Set(entries.filter((_, index) => given[index] === "bad"));
      const confirmed = new Set<Confirmation>();
      let queue: Confirmation[] = [...entries];
      let closings = 0;
      while (queue.length > 0) {
        const [first] = queue as [Confirmation];
        const flight = isolation.isSuspect(first) ? [first] : untilSuspect(queue, isolation);
        queue = queue.slice(flight.length);
        const worst = flight.findIndex((one) => isBad.has(one as Entry));
        if (worst < 0) {
          for (const one of flight) confirmed.add(one);
          continue;
        }
        closings++;
        const { again, offending } = isolation.judge(flight, end(closed), true);
        if (offending) for (const one of queue) one.suspicion = "none";
        queue = [...again, ...queue];
      }
      for (const one of entries)
        expect([one.error !== undefined, confirmed.has(one)]).toEqual([isBad.has(one), !isBad.has(one)]);
      expect(closings).toBeLessThanOrEqual(isBad.size * 2);
    });
    fc.assert(check);
  });
});

function untilSuspect(queue: readonly Confirmation[], isolation: Isolation): Confirmation[] {
  const suspect = queue.findIndex((one) => isolation.isSuspect(one));
  return queue.slice(0, suspect < 0 ? undefined : suspect);
}

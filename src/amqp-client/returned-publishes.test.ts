/** What becomes of a publish that the broker returned. */
import { describe, expect, it } from "vitest";
import type { Confirmation } from "./confirms.ts";
import type { KnownExchanges } from "./known-exchanges.ts";
import { ReturnedPublishes } from "./returned-publishes.ts";

/** Exchanges that are looked for, with this answer; and what happened to each returned publish. */
function returnedOn(answer: () => Promise<void> = async () => {}, { isNeverAskedFor = false } = {}) {
  const events: string[] = [];
  const exchanges = {
    isNeverAskedFor: () => isNeverAskedFor,
    check: (name: string) => {
      events.push(`look for ${name}`);
      return answer();
    },
  } as unknown as KnownExchanges;
  const returned = new ReturnedPublishes(exchanges, ({ message }) => events.push(`send ${message.routingKey} again`));
  const entryOf = (routingKey: string): Confirmation =>
    ({
      message: { exchange: "shop", routingKey },
      returned: true,
      sentAgain: false,
      resolve: () => events.push(`${routingKey} unroutable`),
      reject: (error: Error) => events.push(`${routingKey}: ${error.message}`),
    }) as unknown as Confirmation;
  return { returned, events, entryOf };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a publish that the broker returned", () => {
  it("is sent again after a look for its exchange, and is unroutable when it comes back a second time", async () => {
    const { returned, events, entryOf } = returnedOn();
    const entry = entryOf("paid");
    returned.settle(entry);
    await turn();
    expect(entry.returned).toBe(false);
    returned.settle(entry);
    expect(events).toEqual(["look for shop", "send paid again", "paid unroutable"]);
  });

  it("is not sent again while nothing is bound for its key; another key is", async () => {
    const { returned, events, entryOf } = returnedOn();
    const entry = entryOf("paid");
    returned.settle(entry);
    await turn();
    returned.settle(entry);
    events.length = 0;
    returned.settle(entryOf("paid"));
    returned.settle(entryOf("sent"));
    await turn();
    expect(events).toEqual(["paid unroutable", "look for shop", "send sent again"]);
  });

  it("rejects when its exchange does not exist", async () => {
    const { returned, events, entryOf } = returnedOn(() => Promise.reject(new Error("no such exchange")));
    returned.settle(entryOf("paid"));
    await turn();
    expect(events).toEqual(["look for shop", "paid: no such exchange"]);
  });

  it("is unroutable at once where nothing is asked about its exchange", () => {
    const { returned, events, entryOf } = returnedOn(undefined, { isNeverAskedFor: true });
    returned.settle(entryOf("paid"));
    expect(events).toEqual(["paid unroutable"]);
  });
});

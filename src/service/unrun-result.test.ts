/** A generator object and a stream are not a valid result of a handler; everything else is. */
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { refuseUnrun } from "./unrun-result.ts";

function* steps(): Generator<number> {
  yield 1;
}
async function* lateSteps(): AsyncGenerator<number> {
  yield 1;
}

describe("what a handler returned", () => {
  it.each([
    ["a generator object", steps()],
    ["a generator object", lateSteps()],
    ["a stream", Readable.from(["a"])],
    ["a stream", new ReadableStream()],
  ])("is refused by name: %s", (kind, value) => {
    expect(() => refuseUnrun(value, "@amqp orders.on")).toThrow(`@amqp orders.on: the handler returned ${kind}`);
  });

  it("is accepted otherwise, even a proxy that cannot be read", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    for (const value of [undefined, null, 1, "text", [1], { pipe: true }, new Map(), proxy]) {
      expect(() => refuseUnrun(value, "x")).not.toThrow();
    }
  });
});

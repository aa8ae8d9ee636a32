/** What middleware may add to a context, and what it may not replace. */
import { describe, expect, it } from "vitest";
import { addValues, type MessageContext } from "./context.ts";

/** As transports create it: a class with a getter for each of their values. */
class FakeContext {
  metadata: unknown = "from the envelope";
  get routingKey(): string {
    return "order.paid";
  }
  get signal(): AbortSignal {
    throw new Error("made when it is asked for, and nobody asked");
  }
}

function contextOf(): MessageContext & Record<string, unknown> {
  return new FakeContext() as unknown as MessageContext & Record<string, unknown>;
}

describe("addValues", () => {
  it("adds values as visible, writable members", () => {
    const context = contextOf();
    expect(addValues(context, "data", { traceId: "t", nothing: undefined })).toBe("data");
    expect(context["traceId"]).toBe("t");
    expect(Object.keys(context)).toEqual(["metadata", "traceId", "nothing"]);
    context["traceId"] = "u";
    expect(context["traceId"]).toBe("u");
  });

  it("never replaces or reads a value of the transport", () => {
    const context = contextOf();
    addValues(context, undefined, { routingKey: "forged", signal: "forged" });
    expect(context["routingKey"]).toBe("order.paid");
    expect(Object.keys(context)).toEqual(["metadata"]);
  });

  it.each(["toString", "constructor", "__proto__"])("does not change what every object has: %s", (name) => {
    const context = contextOf();
    const values = Object.defineProperty({}, name, { value: "forged", enumerable: true }) as Record<string, unknown>;
    addValues(context, undefined, values);
    expect(Object.hasOwn(context, name)).toBe(false);
  });

  it("allows data and metadata to be replaced, as in Python", () => {
    const context = contextOf();
    expect(addValues(context, "old", { data: "new", metadata: "other" })).toBe("new");
    expect(context["metadata"]).toBe("other");
    expect(Object.hasOwn(context, "data")).toBe(false);
    expect(addValues(context, "old", { data: undefined })).toBeUndefined();
  });

  it("replaces an earlier value by a later one", () => {
    const context = contextOf();
    addValues(context, undefined, { traceId: "outer" });
    addValues(context, undefined, { traceId: "inner" });
    expect(context["traceId"]).toBe("inner");
  });
});

import { describe, expect, it } from "vitest";
import { pathPattern } from "./path.ts";

function fits(path: string | RegExp, request: string): boolean {
  return pathPattern(path, "@http").regexp.test(request);
}

describe("the pattern of a path", () => {
  it.each([
    ["/", "/", true],
    ["/", "/a", false],
    ["/orders/:id", "/orders/1", true],
    ["/orders/:id", "/orders/", false],
    ["/orders/:id", "/orders/1/items", false],
    ["/orders/:id?", "/orders", true],
    ["/orders/:id?", "/orders/7", true],
    ["/files/*", "/files/a/b.txt", true],
    ["/files/*", "/files", false],
    ["*", "/anything", true],
    ["/a.b", "/axb", false],
    ["/orders/:id(^\\d+$)", "/orders/12", true],
    ["/orders/:id(^\\d+$)", "/orders/x", false],
    ["/:from-:to", "/a-b", true],
    ["/time/::now", "/time/:now", true],
  ])("of %s says of %s: %s", (path, request, expected) => {
    expect(fits(path, request)).toBe(expected);
  });

  it("matches a RegExp against the whole path, with or without anchors, as Python does", () => {
    for (const path of [/\/orders\/(?<id>\d+)/, /^\/orders\/(?<id>\d+)$/]) {
      expect(fits(path, "/orders/12")).toBe(true);
      expect(fits(path, "/orders/12/items")).toBe(false);
      expect(fits(path, "/api/orders/12")).toBe(false);
    }
    expect(pathPattern(/^\/orders\/(?<id>\d+)$/, "@http").regexp.exec("/orders/12")?.groups).toEqual({ id: "12" });
  });

  it("matches each alternative of a RegExp against the whole path", () => {
    expect(fits(/^\/a|\/b$/, "/a/more")).toBe(false);
    expect(fits(/^\/a|\/b$/, "/b")).toBe(true);
  });

  it("does not treat an escaped dollar sign as an anchor", () => {
    expect(fits(/\/price\$/, "/price$")).toBe(true);
    expect(fits(/\/price\$/, "/price")).toBe(false);
  });

  it("returns the same result each time for a RegExp with the flag g", () => {
    const { regexp } = pathPattern(/\/a/g, "@http");
    expect([regexp.test("/a"), regexp.test("/a")]).toEqual([true, true]);
  });

  it("has the same shape for paths that differ only in parameter names", () => {
    const shapes = ["/orders/:id", "/orders/:orderId"].map((path) => pathPattern(path, "@http").shape);
    expect(shapes[0]).toBe(shapes[1]);
    expect(pathPattern("/orders/:id(\\d+)", "@http").shape).not.toBe(shapes[0]);
  });

  it.each([
    ["orders", 'must begin with "/"'],
    ["", "is not a path"],
    ["/orders?all=1", "must not have a query"],
    ["/my orders", "must not have spaces"],
    ["/*/items", 'has a "*" before its end'],
    ["/orders/:id(\\d+", 'has a "(" without a ")"'],
  ])("refuses %j", (path, problem) => {
    expect(() => pathPattern(path, "@http orders.onOrder")).toThrow(problem);
    expect(() => pathPattern(path, "@http orders.onOrder")).toThrow("orders.onOrder");
  });
});

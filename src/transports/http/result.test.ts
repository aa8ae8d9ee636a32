import { describe, expect, it } from "vitest";
import { answerOf } from "./result.ts";

const bodyOnly = (body: unknown) => ({ status: undefined, body, headers: undefined });

describe("what a handler returned", () => {
  it("is an answer as [status, body, headers]", () => {
    expect(answerOf([201, "made"])).toEqual({ status: 201, body: "made", headers: undefined });
    expect(answerOf([201, { id: 1 }, { location: "/1" }])).toEqual({
      status: 201,
      body: { id: 1 },
      headers: { location: "/1" },
    });
    expect(answerOf([304, undefined])).toEqual({ status: 304, body: undefined, headers: undefined });
  });

  it("is an answer as an object with a status", () => {
    expect(answerOf({ status: 404 })).toEqual({ status: 404, body: undefined, headers: undefined });
    expect(answerOf({ status: 200, body: "ok", headers: { a: "b" } })).toEqual({
      status: 200,
      body: "ok",
      headers: { a: "b" },
    });
  });

  it.each([
    [[1, 2, 3]],
    [[200, 404]],
    [[200]],
    [["a", "b"]],
    [[201, "a", "b"]],
    [[99, "a"]],
    [{ status: "paid" }],
    [{ status: 200, total: 5 }],
    [{ status: 3 }],
    [{ body: "a letter" }],
    ["text"],
    [undefined],
    [null],
    [0],
    [new Map()],
  ])("is data if it cannot be distinguished from data: %j", (value) => {
    expect(answerOf(value)).toEqual(bodyOnly(value));
  });
});

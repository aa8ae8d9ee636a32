/** The names of reply codes. */
import { describe, expect, it } from "vitest";
import { replyCode, replyName } from "./constants.ts";

describe("replyName", () => {
  it("returns the RabbitMQ name of a reply code", () => {
    expect(replyName(replyCode.notFound)).toBe("NOT_FOUND");
    expect(replyName(replyCode.accessRefused)).toBe("ACCESS_REFUSED");
    expect(replyName(320)).toBe("CONNECTION_FORCED");
    expect(replyName(501)).toBe("FRAME_ERROR");
  });

  it("returns a printable string for a number that is not a reply code", () => {
    expect(replyName(999)).toBe("REPLY_999");
  });

  it("has a different name for each code", () => {
    const names = Object.values(replyCode).map(replyName);
    expect(new Set(names).size).toBe(Object.keys(replyCode).length);
  });
});

/** The names of reply codes. */
import { describe, expect, it } from "vitest";
import { replyCode, replyName } from "./constants.ts";

describe("replyName", () => {
  it("gives RabbitMQ's name of a reply code", () => {
    expect(replyName(replyCode.notFound)).toBe("NOT_FOUND");
    expect(replyName(replyCode.accessRefused)).toBe("ACCESS_REFUSED");
    expect(replyName(320)).toBe("CONNECTION_FORCED");
    expect(replyName(501)).toBe("FRAME_ERROR");
  });

  it("still gives something to print for a number that is no reply code", () => {
    expect(replyName(999)).toBe("REPLY_999");
  });

  it("has one name for each code", () => {
    const names = Object.values(replyCode).map(replyName);
    expect(new Set(names).size).toBe(Object.keys(replyCode).length);
  });
});

import { describe, expect, it } from "vitest";
import { isOwnHost, isOwnOrigin } from "./access.ts";

describe("the host of a request", () => {
  it.each(["127.0.0.1:4600", "localhost:4600", "LOCALHOST:4600", "[::1]:4600", "localhost", "127.0.0.1:80"])(
    "may be %s",
    (host) => expect(isOwnHost({ host })).toBe(true),
  );

  it.each([
    undefined,
    "",
    "evil.example:4600",
    "127.0.0.1.evil.example:4600",
    "localhost.evil.example",
    "localhost@evil.example",
    "evil.example@localhost:4600",
    "localhost:4600/x",
    "10.0.0.5:4600",
    "0.0.0.0:4600",
    "2130706433:4600",
  ])("may not be %s", (host) => expect(isOwnHost({ host })).toBe(false));
});

describe("the origin of a request", () => {
  const host = "127.0.0.1:4600";

  it("may be the console's own page, or a program that is not a browser", () => {
    expect(isOwnOrigin({ host, origin: "http://127.0.0.1:4600", "sec-fetch-site": "same-origin" })).toBe(true);
    expect(isOwnOrigin({ host, "sec-fetch-site": "none" })).toBe(true);
    expect(isOwnOrigin({ host })).toBe(true);
  });

  it.each([
    { origin: "http://evil.example" },
    { origin: "null" },
    { origin: "http://localhost:4600" },
    { origin: "http://127.0.0.1:3000" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
  ])("may not be that of another page: %j", (headers) => expect(isOwnOrigin({ host, ...headers })).toBe(false));
});

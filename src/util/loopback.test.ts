import { expect, it } from "vitest";
import { isLoopback } from "./loopback.ts";

it("an address of this machine alone is recognised", () => {
  expect(["127.0.0.1", "127.1.2.3", "::1", "localhost", "Localhost"].filter((host) => !isLoopback(host))).toEqual([]);
  const others = ["rabbit", "10.0.0.1", "0.0.0.0", "::", "127.example.org", "localhost.example.org", ""];
  expect(others.filter(isLoopback)).toEqual([]);
});

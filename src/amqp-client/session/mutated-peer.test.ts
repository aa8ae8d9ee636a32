import { expect, it } from "vitest";
import { runClientFuzz } from "../../../scripts/fuzz/client-fuzz.ts";

it("a session ends with a named error whatever a broker sends: a part of npm run fuzz -- client", {
  timeout: 60_000,
}, async () => {
  const { cases, failures } = await runClientFuzz({ seed: 1, count: 500 });
  expect(failures).toEqual([]);
  expect(cases).toBe(500);
});

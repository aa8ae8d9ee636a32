// The table of `npm run soak` has rows of each file of faults: one that counted in another way would be missing from it.
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const folder = new URL("../", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".test.ts"));

it.each(files)("%s counts by what reports a row", (name) => {
  expect(readFileSync(new URL(name, folder), "utf8")).toMatch(/\bnew FaultCase\(|\bstartTraffic\(/);
});

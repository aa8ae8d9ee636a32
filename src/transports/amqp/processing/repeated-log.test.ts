/** What is said with every message is said once, and counted. */
import { expect, it, vi } from "vitest";
import { capturingLogger } from "../../../../test/support/capturing-logger.ts";
import { systemClock } from "../../../util/clock.ts";
import { alike, RepeatedLog } from "./repeated-log.ts";

it("the first line of a kind is written, and the number of those that follow", async () => {
  vi.useFakeTimers();
  const { logger, lines } = await capturingLogger();
  const log = new RepeatedLog(logger, systemClock);
  for (let id = 1; id <= 50; id++)
    log.write("warn", { err: new Error(`refused ${id}`) }, `a reply could not be sent: refused ${id}`);
  log.write("error", { err: new Error("other") }, "another kind");
  expect(lines.map(({ msg }) => msg)).toEqual(["a reply could not be sent: refused 1", "another kind"]);
  vi.advanceTimersByTime(10_000);
  expect(lines.slice(2)).toMatchObject([
    { more: 49, msg: "a reply could not be sent: refused 50 (49 more times in the last 10 s)" },
  ]);
  for (const attempt of [1, 2]) log.write("error", { err: new Error("other"), attempt }, "another kind");
  log.flush();
  log.flush();
  expect(lines.slice(3)).toMatchObject([
    { msg: "another kind" },
    { more: 1, attempt: 2, msg: "another kind (once more in the last 10 s)" },
  ]);
  vi.useRealTimers();
});

it("strings are of one kind if they differ only in numbers and ids", () => {
  const [one, other] = ["order 17 of 6f1c-ab9 failed", "order 8 of 0d-77ee failed"].map(alike);
  expect(one).toBe(other);
  expect(alike("a dead-beef cafe")).toBe("a dead-beef cafe");
});

it("a message of a megabyte without digits is compared in linear time", () => {
  // The test's time limit ends it if each letter costs a scan of all that follow.
  const long = "deadbeef-".repeat(120_000);
  expect(alike(long)).toBe(long);
});

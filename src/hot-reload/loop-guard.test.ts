import { expect, it } from "vitest";
import { LoopGuard } from "./loop-guard.ts";

function restartsOf(guard: LoopGuard, path: string, now: number): string {
  const verdict = guard.judge(path, now);
  return verdict.restarts === "now" ? "now" : `in ${verdict.pauseMs}${verdict.isNew ? ", new" : ""}`;
}

/** A file that changes shortly after each start, at these times. */
function suspected(times: readonly number[], path = "state.json") {
  const guard = new LoopGuard();
  const verdicts = times.map((now) => {
    guard.began();
    guard.ready(now - 200);
    return restartsOf(guard, path, now);
  });
  return { guard, verdicts };
}

it("the loop guard makes a file wait that changes right after each of four starts, and only this file", () => {
  const { guard, verdicts } = suspected([1000, 2000, 3000, 4000, 5000]);
  expect(verdicts).toEqual(["now", "now", "now", "in 3000, new", "in 3000"]);
  expect(restartsOf(guard, "app.ts", 5300)).toBe("now");
});

it("the loop guard counts changes before the service is ready, however long that takes", () => {
  const guard = new LoopGuard();
  const verdicts: string[] = [];
  for (let now = 0; now <= 60_000; now += 20_000) {
    guard.began();
    verdicts.push(restartsOf(guard, "state.json", now + 19_000));
  }
  expect(verdicts).toEqual(["now", "now", "now", "in 3000, new"]);
});

it("the loop guard allows a person to save as often as they like", () => {
  const guard = new LoopGuard();
  for (let now = 0; now < 20_000; now += 2000) {
    guard.ready(now);
    expect(restartsOf(guard, "app.ts", now + 1900)).toBe("now");
  }
});

it("the loop guard doubles the pause of a file that the service writes after each of these restarts", () => {
  const { guard } = suspected([1000, 2000, 3000, 4000]);
  const pauses: string[] = [];
  let now = 4000;
  for (const pause of [3000, 6000, 12_000, 24_000]) {
    now += pause;
    guard.restartedLate("state.json");
    guard.began();
    guard.ready(now);
    pauses.push(restartsOf(guard, "state.json", now + 200));
  }
  expect(pauses).toEqual(["in 6000", "in 12000", "in 24000", "in 48000"]);
});

it("the loop guard shortens the pause again for a change that comes later after the start", () => {
  const { guard } = suspected([1000, 2000, 3000, 4000]);
  guard.restartedLate("state.json");
  guard.ready(7000);
  expect(restartsOf(guard, "state.json", 9000)).toBe("in 3000");
});

it("the loop guard starts again for a file that did not change for a while", () => {
  const { guard } = suspected([200, 1200, 2200, 3200]);
  expect(restartsOf(guard, "state.json", 9000)).toBe("in 3000");
  expect(restartsOf(guard, "state.json", 25_000)).toBe("now");
});

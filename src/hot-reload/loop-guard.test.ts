import { expect, it } from "vitest";
import { LoopGuard } from "./loop-guard.ts";

it("the loop guard stops a file that changes right after each of four starts, and only this file", () => {
  const guard = new LoopGuard();
  const verdicts: string[] = [];
  for (let now = 0; now <= 4000; now += 1000) {
    guard.began();
    guard.ready(now);
    verdicts.push(guard.judge("state.json", now + 200));
  }
  expect(verdicts).toEqual(["restart", "restart", "restart", "stopped", "ignored"]);
  expect(guard.judge("app.ts", 4300)).toBe("restart");
});

it("the loop guard counts changes before the service is ready, however long that takes", () => {
  const guard = new LoopGuard();
  const verdicts: string[] = [];
  for (let now = 0; now <= 60_000; now += 20_000) {
    guard.began();
    verdicts.push(guard.judge("state.json", now + 19_000));
  }
  expect(verdicts).toEqual(["restart", "restart", "restart", "stopped"]);
});

it("the loop guard allows a person to save as often as they like", () => {
  const guard = new LoopGuard();
  for (let now = 0; now < 20_000; now += 2000) {
    guard.ready(now);
    expect(guard.judge("app.ts", now + 1900)).toBe("restart");
  }
});

it("the loop guard starts again for a file that did not change for a while", () => {
  const guard = new LoopGuard();
  for (let now = 0; now <= 3000; now += 1000) {
    guard.ready(now);
    guard.judge("state.json", now + 200);
  }
  expect(guard.judge("state.json", 9000)).toBe("ignored");
  expect(guard.judge("state.json", 25_000)).toBe("restart");
});

import { describe, expect, it } from "vitest";
import { cronTimetable, everyTimetable, onceTimetable } from "../transports/schedule/timetable.ts";
import { dueBetween, nextDue } from "./due.ts";

const at = (text: string): number => Date.parse(`${text}Z`);
const iso = (times: readonly number[]): string[] => times.map((time) => new Date(time).toISOString());
const nine = cronTimetable("0 9 * * *", "UTC", "test");
const everySecond = cronTimetable("* * * * * *", "UTC", "test");
const noon = at("2026-11-29T12:00:00");

describe("dueBetween", () => {
  it("finds nothing before the first due time, and finds that time when it is reached", () => {
    const before = dueBetween(nine, at("2026-11-28T09:00:00"), at("2026-11-29T08:59:59.999"), "last");
    expect(before).toEqual({ publish: [], upTo: undefined, leftOutSince: undefined });
    const then = dueBetween(nine, at("2026-11-28T09:00:00"), at("2026-11-29T09:00:00"), "skip");
    expect(iso(then.publish)).toEqual(["2026-11-29T09:00:00.000Z"]);
    expect(then).toMatchObject({ upTo: at("2026-11-29T09:00:00"), leftOutSince: undefined });
  });

  it("does not repeat an occurrence that is already published, whatever the clock shows", () => {
    expect(dueBetween(nine, at("2026-11-29T09:00:00"), at("2026-11-29T09:00:00"), "all").publish).toEqual([]);
    expect(dueBetween(nine, at("2026-11-29T09:00:00"), at("2026-11-29T08:00:00"), "all").publish).toEqual([]);
  });

  it("runs none, the last or all of the missed occurrences after an outage of a week", () => {
    const [from, now] = [at("2026-11-22T09:00:00"), noon];
    expect(dueBetween(nine, from, now, "skip")).toEqual({
      publish: [],
      upTo: at("2026-11-29T09:00:00"),
      leftOutSince: at("2026-11-23T09:00:00"),
    });
    const last = dueBetween(nine, from, now, "last");
    expect(iso(last.publish)).toEqual(["2026-11-29T09:00:00.000Z"]);
    expect(last.leftOutSince).toBe(at("2026-11-23T09:00:00"));
    const all = dueBetween(nine, from, now, "all");
    expect(all.publish.length).toBe(7);
    expect(all).toMatchObject({ upTo: at("2026-11-29T09:00:00"), leftOutSince: undefined });
  });

  it("treats up to a minute late as on time, and takes the last of several", () => {
    const [from, now] = [at("2026-11-29T11:59:29"), noon];
    const late = dueBetween(everySecond, from, now, "skip");
    expect(iso(late.publish)).toEqual(["2026-11-29T12:00:00.000Z"]);
    expect(late.leftOutSince).toBe(at("2026-11-29T11:59:30"));
    const minute = dueBetween(nine, at("2026-11-28T09:00:00"), at("2026-11-29T09:01:00"), "skip");
    expect(minute.publish.length).toBe(1);
    expect(dueBetween(nine, at("2026-11-28T09:00:00"), at("2026-11-29T09:01:00.001"), "skip").publish).toEqual([]);
  });

  it("returns all missed occurrences in portions, each after the previous one", () => {
    const from = noon - 250_000;
    const first = dueBetween(everySecond, from, noon, "all");
    expect(first.publish.length).toBe(100);
    const second = dueBetween(everySecond, first.upTo ?? 0, noon, "all");
    expect(second.publish[0]).toBe((first.publish.at(-1) ?? 0) + 1000);
    expect(dueBetween(everySecond, second.upTo ?? 0, noon, "all").publish.length).toBe(50);
  });

  it("finds the last occurrence in a year of seconds without counting them", () => {
    let asked = 0;
    const counted = {
      ...everySecond,
      next(after: number, begin: number) {
        asked++;
        return everySecond.next(after, begin);
      },
    };
    const found = dueBetween(counted, noon - 365 * 86_400_000, noon, "last");
    expect(iso(found.publish)).toEqual(["2026-11-29T12:00:00.000Z"]);
    expect(asked).toBeLessThan(100);
  });

  it("finds the last occurrence of a schedule that is rarely due", () => {
    const yearly = cronTimetable("0 0 1 1 *", "UTC", "test");
    const found = dueBetween(yearly, at("2020-06-01T00:00:00"), noon, "last");
    expect(iso(found.publish)).toEqual(["2026-01-01T00:00:00.000Z"]);
    expect(found.leftOutSince).toBe(at("2021-01-01T00:00:00"));
  });

  it("places an interval at whole multiples since 1970", () => {
    const every = everyTimetable(15 * 60_000, "15m");
    expect(iso([nextDue(every, at("2026-11-29T12:07:13")) ?? 0])).toEqual(["2026-11-29T12:15:00.000Z"]);
    expect(dueBetween(every, noon - 1, noon, "skip").publish).toEqual([noon]);
  });

  it("publishes a single time once, also when it is late", () => {
    const once = onceTimetable(noon);
    expect(dueBetween(once, noon - 5, noon + 86_400_000, "last").publish).toEqual([noon]);
    expect(dueBetween(once, noon, noon + 86_400_000, "all").publish).toEqual([]);
    expect(nextDue(once, noon)).toBeUndefined();
  });
});

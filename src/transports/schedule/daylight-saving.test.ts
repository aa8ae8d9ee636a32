/** Both changes of the year in six zones, hour by hour. Expected moments are written by hand from the rules of the zones. */
import { describe, expect, it } from "vitest";
import { cronTimetable } from "./timetable.ts";

/** The next due times after the given time. */
function times(expression: string, zone: string | undefined, after: string, count: number): string[] {
  const { next } = cronTimetable(expression, zone, "@schedule()");
  const found: string[] = [];
  let at = Date.parse(after);
  for (let index = 0; index < count; index++) {
    const due = next(at, 0);
    if (due === undefined) break;
    found.push(new Date(due).toISOString().replace(".000Z", "Z"));
    at = due;
  }
  return found;
}

describe("in spring", () => {
  it.each([
    // 02:00 becomes 03:00 at 01:00Z on 29 March.
    ["30 2 * * *", "Europe/Stockholm", "2026-03-27T12:00Z", ["03-28T01:30Z", "03-29T01:00Z", "03-30T00:30Z"]],
    ["0 9 * * 1-5", "Europe/Stockholm", "2026-03-26T12:00Z", ["03-27T08:00Z", "03-30T07:00Z"]],
    ["0 * * * *", "Europe/Stockholm", "2026-03-28T23:30Z", ["03-29T00:00Z", "03-29T01:00Z", "03-29T02:00Z"]],
    ["*/30 * * * *", "Europe/Stockholm", "2026-03-29T00:20Z", ["03-29T00:30Z", "03-29T01:00Z", "03-29T01:30Z"]],
    // 02:00 becomes 03:00 at 07:00Z on 8 March.
    ["15 2 * * *", "America/New_York", "2026-03-07T00:00Z", ["03-07T07:15Z", "03-08T07:00Z", "03-09T06:15Z"]],
    ["@daily", "America/New_York", "2026-03-07T12:00Z", ["03-08T05:00Z", "03-09T04:00Z"]],
    // 02:00 becomes 02:30 at 15:30Z on 3 October.
    ["15 2 * * *", "Australia/Lord_Howe", "2026-10-02T00:00Z", ["10-02T15:45Z", "10-03T15:30Z", "10-04T15:15Z"]],
    ["0 * * * *", "Australia/Lord_Howe", "2026-10-03T14:00Z", ["10-03T14:30Z", "10-03T16:00Z", "10-03T17:00Z"]],
    // 00:00 becomes 01:00 at 22:00Z on 23 April.
    ["@daily", "Africa/Cairo", "2026-04-22T12:00Z", ["04-22T22:00Z", "04-23T22:00Z", "04-24T21:00Z"]],
    // 00:00 becomes 01:00 at 04:00Z on 6 September.
    ["30 0 * * *", "America/Santiago", "2026-09-04T12:00Z", ["09-05T04:30Z", "09-06T04:00Z", "09-07T03:30Z"]],
    // 02:00 becomes 03:00 at 14:00Z on 26 September.
    ["0 2,14 * * *", "Pacific/Auckland", "2026-09-26T03:00Z", ["09-26T14:00Z", "09-27T01:00Z", "09-27T13:00Z"]],
  ])("%s in %s", (expression, zone, after, expected) => {
    const year = after.slice(0, 4);
    const whole = expected.map((time) => `${year}-${time.replace("Z", ":00Z")}`);
    expect(times(expression, zone, after, expected.length)).toEqual(whole);
  });
});

describe("in autumn", () => {
  it.each([
    // 03:00 becomes 02:00 at 01:00Z on 25 October.
    ["30 2 * * *", "Europe/Stockholm", "2026-10-24T12:00Z", ["10-25T00:30Z", "10-26T01:30Z"]],
    ["0 * * * *", "Europe/Stockholm", "2026-10-24T23:30Z", ["10-25T00:00Z", "10-25T01:00Z", "10-25T02:00Z"]],
    ["*/30 * * * *", "Europe/Stockholm", "2026-10-25T00:10Z", ["10-25T00:30Z", "10-25T01:00Z", "10-25T01:30Z"]],
    // 02:00 becomes 01:00 at 06:00Z on 1 November.
    ["15 1 * * *", "America/New_York", "2026-10-31T12:00Z", ["11-01T05:15Z", "11-02T06:15Z"]],
    ["0 9 * * 1-5", "America/New_York", "2026-10-30T14:00Z", ["11-02T14:00Z", "11-03T14:00Z"]],
    // 02:00 becomes 01:30 at 15:00Z on 4 April.
    ["45 1 * * *", "Australia/Lord_Howe", "2026-04-03T20:00Z", ["04-04T14:45Z", "04-05T15:15Z"]],
    // 00:00 becomes 23:00 at 21:00Z on 29 October.
    ["30 23 * * *", "Africa/Cairo", "2026-10-28T21:00Z", ["10-29T20:30Z", "10-30T21:30Z"]],
    // 00:00 becomes 23:00 at 03:00Z on 5 April.
    ["@daily", "America/Santiago", "2026-04-03T12:00Z", ["04-04T03:00Z", "04-05T04:00Z", "04-06T04:00Z"]],
    // 03:00 becomes 02:00 at 14:00Z on 4 April.
    ["30 2 * * *", "Pacific/Auckland", "2026-04-04T00:00Z", ["04-04T13:30Z", "04-05T14:30Z"]],
  ])("%s in %s", (expression, zone, after, expected) => {
    const year = after.slice(0, 4);
    const whole = expected.map((time) => `${year}-${time.replace("Z", ":00Z")}`);
    expect(times(expression, zone, after, expected.length)).toEqual(whole);
  });
});

describe("by the calendar", () => {
  it.each([
    ["the last day of each month, leap years too", "0 0 L * *", "2028-01-31T12:00Z", ["2028-02-29", "2028-03-31"]],
    ["29 February", "0 0 29 2 *", "2026-01-01T00:00Z", ["2028-02-29", "2032-02-29"]],
    ["day 31, in months that have one", "0 0 31 * *", "2026-01-31T12:00Z", ["2026-03-31", "2026-05-31", "2026-07-31"]],
    ["the last Sunday, as Python writes it", "0 0 * * Lsun", "2026-03-01T00:00Z", ["2026-03-29", "2026-04-26"]],
    ["the last Friday, as croner writes it", "0 0 * * friL", "2026-03-01T00:00Z", ["2026-03-27", "2026-04-24"]],
    ["Sunday as 7", "0 0 * * 7", "2026-03-02T00:00Z", ["2026-03-08", "2026-03-15"]],
    ["a day or a weekday", "0 0 1 * mon", "2026-05-29T00:00Z", ["2026-06-01", "2026-06-08"]],
    ["? as *", "0 0 ? * mon", "2026-06-02T00:00Z", ["2026-06-08", "2026-06-15"]],
    ["Python's year at the end", "0 0 1 1 * 2028", "2026-01-01T00:00Z", ["2028-01-01"]],
    ["@yearly", "@yearly", "2026-01-01T00:00Z", ["2027-01-01", "2028-01-01"]],
  ])("%s", (_what, expression, after, expected) => {
    const found = times(expression, "UTC", after, expected.length + (expression.endsWith("2028") ? 1 : 0));
    expect(found).toEqual(expected.map((day) => `${day}T00:00:00Z`));
  });

  it("never skips the last day of a month, from one before midnight on", () => {
    // Python tomodachi does.
    expect(times("* * * * *", "UTC", "2026-01-30T23:59:30Z", 1)).toEqual(["2026-01-31T00:00:00Z"]);
    expect(times("* * * * *", "UTC", "2026-11-29T23:59:30Z", 1)).toEqual(["2026-11-30T00:00:00Z"]);
    expect(times("0 12 * * *", "UTC", "2026-12-30T23:59:59Z", 1)).toEqual(["2026-12-31T12:00:00Z"]);
  });

  it("accepts seconds first, and offsets, also of half an hour", () => {
    expect(times("*/20 * * * * *", "UTC", "2026-01-01T00:00:05Z", 2)).toEqual([
      "2026-01-01T00:00:20Z",
      "2026-01-01T00:00:40Z",
    ]);
    expect(times("0 9 * * *", "+05:30", "2026-01-01T00:00Z", 1)).toEqual(["2026-01-01T03:30:00Z"]);
    expect(times("0 9 * * *", "GMT -3", "2026-01-01T00:00Z", 1)).toEqual(["2026-01-01T12:00:00Z"]);
  });
});

// Appendix A of the Python project's own tests: what is the same there.
it.each([
  ["*/2 * * * *", "2017-06-15T10:18:00Z"],
  ["1-3/2 * * * *", "2017-06-15T11:01:00Z"],
  ["39 3 L * *", "2017-06-30T03:39:00Z"],
  ["* * * * Lsun", "2017-06-25T00:00:00Z"],
  ["30 5 * jan,mar Ltue", "2018-01-30T05:30:00Z"],
  ["* * 29 2 *", "2020-02-29T00:00:00Z"],
])("the schedule finds for %s the same time as Python", (expression, expected) => {
  expect(times(expression, "UTC", "2017-06-15T10:16:50Z", 1)).toEqual([expected]);
});

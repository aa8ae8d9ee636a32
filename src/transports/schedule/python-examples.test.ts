// Each schedule of Python tomodachi's documentation and examples, as docs/guides/python.md writes it here.
import { describe, expect, it } from "vitest";
import { resolveSchedule } from "./options.ts";

/** A Sunday. */
const start = Date.UTC(2026, 10, 29, 12, 0, 0);

const examples: readonly (readonly [python: string, ours: object, next: readonly string[]])[] = [
  ['interval="every second"', { every: "every second" }, ["2026-11-29T12:00:01", "2026-11-29T12:00:02"]],
  ['interval="minutely"', { every: "minutely" }, ["2026-11-29T12:01:00", "2026-11-29T12:02:00"]],
  ['interval="hourly"', { every: "hourly" }, ["2026-11-29T13:00:00", "2026-11-29T14:00:00"]],
  ["interval=20", { every: 20 }, ["2026-11-29T12:00:20", "2026-11-29T12:00:40"]],
  ['interval="20 seconds"', { every: "20 seconds" }, ["2026-11-29T12:00:20", "2026-11-29T12:00:40"]],
  ["interval=20, immediately=True", { every: "20s", immediately: true }, ["2026-11-29T12:00:20"]],
  ['interval="mondays"', { every: "mondays" }, ["2026-11-30T00:00:00", "2026-12-07T00:00:00"]],
  ['interval="every weekday"', { every: "every weekday" }, ["2026-11-30T00:00:00", "2026-12-01T00:00:00"]],
  ['interval="weekend"', { every: "weekend" }, ["2026-12-05T00:00:00", "2026-12-06T00:00:00"]],
  ['interval="nightly"', { every: "nightly" }, ["2026-11-30T00:00:00"]],
  ['interval="once per hour"', { every: "once per hour" }, ["2026-11-29T13:00:00"]],
  ['interval="annually"', { every: "annually" }, ["2027-01-01T00:00:00"]],
  ['interval="*/2 * * * *"', { cron: "*/2 * * * *" }, ["2026-11-29T12:02:00", "2026-11-29T12:04:00"]],
  [
    'interval="1/2 8-18 * * mon-fri"',
    { cron: "1-59/2 8-18 * * mon-fri" },
    ["2026-11-30T08:01:00", "2026-11-30T08:03:00"],
  ],
  ['interval="30 5 * jan,mar Ltue"', { cron: "30 5 * jan,mar Ltue" }, ["2027-01-26T05:30:00", "2027-03-30T05:30:00"]],
  ['interval="0 9 1 1 * 2028"', { cron: "0 9 1 1 * 2028" }, ["2028-01-01T09:00:00"]],
  ['interval="@weekly"', { cron: "@weekly" }, ["2026-12-06T00:00:00"]],
  [
    'interval="0 9 * * *", timezone="Europe/Stockholm"',
    { cron: "0 9 * * *", timezone: "Europe/Stockholm" },
    ["2026-11-30T08:00:00"],
  ],
  ['timezone="GMT +1"', { cron: "0 9 * * *", timezone: "GMT +1" }, ["2026-11-30T08:00:00"]],
  ['timestamp="22:15:30"', { at: "22:15:30" }, ["2026-11-29T22:15:30", "2026-11-30T22:15:30"]],
  [
    'timestamp="00:00:00", timezone="Europe/Stockholm"',
    { at: "00:00:00", timezone: "Europe/Stockholm" },
    ["2026-11-29T23:00:00"],
  ],
  ['timestamp="2026-12-24 15:00:00"', { at: "2026-12-24 15:00:00" }, ["2026-12-24T15:00:00"]],
];

describe("a schedule of Python's examples", () => {
  it.each(examples)("%s", (_python, ours, expected) => {
    const { timetable } = resolveSchedule(ours, { timezone: "UTC" }, "test");
    const times: string[] = [];
    for (let after = start; times.length < expected.length; ) {
      const next = timetable.next(after, start);
      if (next === undefined) break;
      times.push(new Date(next).toISOString().slice(0, 19));
      after = next;
    }
    expect(times).toEqual(expected);
  });

  it("is refused if Python reads cron differently from every other program", () => {
    expect(() => resolveSchedule({ cron: "1/2 8-18 * * mon-fri" }, {}, "test")).toThrow(/1\/2/);
  });
});

/** The options of a schedule, and the errors for invalid ones. */
import { describe, expect, it } from "vitest";
import { type ResolvedSchedule, resolveSchedule, resolveServiceOptions } from "./options.ts";

const start = Date.UTC(2026, 5, 17, 10, 16, 50); // a Wednesday

function resolved(options: unknown, service: object = { timezone: "UTC" }): ResolvedSchedule {
  return resolveSchedule(options, service, "@schedule() app.tick");
}

/** The first two due times of a service that started at `start`. */
function due(options: unknown, service?: object): readonly (string | undefined)[] {
  const { timetable } = resolved(options, service);
  const first = timetable.next(start, start);
  const second = first === undefined ? undefined : timetable.next(first, start);
  return [first, second].map((time) => (time === undefined ? undefined : new Date(time).toISOString().slice(0, 19)));
}

describe("every", () => {
  it.each([
    ["30s", "2026-06-17T10:17:20", "2026-06-17T10:17:50"],
    ["250ms", "2026-06-17T10:16:50", "2026-06-17T10:16:50"],
    ["5 seconds", "2026-06-17T10:16:55", "2026-06-17T10:17:00"],
    ["every 10 minutes", "2026-06-17T10:26:50", "2026-06-17T10:36:50"],
    ["2h", "2026-06-17T12:16:50", "2026-06-17T14:16:50"],
    ["second", "2026-06-17T10:16:51", "2026-06-17T10:16:52"],
    ["once per second", "2026-06-17T10:16:51", "2026-06-17T10:16:52"],
    ["every minute", "2026-06-17T10:17:00", "2026-06-17T10:18:00"],
    ["hourly", "2026-06-17T11:00:00", "2026-06-17T12:00:00"],
    ["Daily", "2026-06-18T00:00:00", "2026-06-19T00:00:00"],
    ["nightly", "2026-06-18T00:00:00", "2026-06-19T00:00:00"],
    ["weekly", "2026-06-22T00:00:00", "2026-06-29T00:00:00"],
    ["every week", "2026-06-22T00:00:00", "2026-06-29T00:00:00"],
    ["mondays", "2026-06-22T00:00:00", "2026-06-29T00:00:00"],
    ["every mon", "2026-06-22T00:00:00", "2026-06-29T00:00:00"],
    ["weekdays", "2026-06-18T00:00:00", "2026-06-19T00:00:00"],
    ["every weekend", "2026-06-20T00:00:00", "2026-06-21T00:00:00"],
    ["monthly", "2026-07-01T00:00:00", "2026-08-01T00:00:00"],
    ["annually", "2027-01-01T00:00:00", "2028-01-01T00:00:00"],
    ["*/5 * * * *", "2026-06-17T10:20:00", "2026-06-17T10:25:00"],
    ["@hourly", "2026-06-17T11:00:00", "2026-06-17T12:00:00"],
  ])("%s", (every, first, second) => {
    expect(due({ every })).toEqual([first, second]);
  });
});

describe("at", () => {
  it.each([
    ["10:20", ["2026-06-17T10:20:00", "2026-06-18T10:20:00"]],
    ["09:00:30", ["2026-06-18T09:00:30", "2026-06-19T09:00:30"]],
    ["2026-12-24 15:00", ["2026-12-24T15:00:00", undefined]],
    ["2026-12-24T15:00:07", ["2026-12-24T15:00:07", undefined]],
    ["2026-12-24T15:00:00+02:00", ["2026-12-24T13:00:00", undefined]],
    ["2026-12-24T15:00:00Z", ["2026-12-24T15:00:00", undefined]],
    ["2026-12-24", ["2026-12-24T00:00:00", undefined]],
    [new Date("2026-12-24T15:00:00Z"), ["2026-12-24T15:00:00", undefined]],
    ["2020-01-01 00:00", [undefined, undefined]],
  ])("%s", (at, expected) => {
    expect(due({ at })).toEqual(expected);
  });

  it("is read in the time zone of the schedule, otherwise in that of the service", () => {
    expect(due({ at: "2026-12-24 15:00", timezone: "Europe/Stockholm" })).toEqual(["2026-12-24T14:00:00", undefined]);
    expect(due({ at: "10:20" }, { timezone: "America/New_York" })).toEqual([
      "2026-06-17T14:20:00",
      "2026-06-18T14:20:00",
    ]);
    // In the gap of daylight saving: right after it.
    expect(due({ at: "2027-03-28 02:30", timezone: "Europe/Stockholm" })).toEqual(["2027-03-28T01:00:00", undefined]);
  });
});

it("a schedule has a description for people", () => {
  const texts = [{ every: "90s" }, { every: "every hour" }, { cron: "0 9 * * 1-5", timezone: "Europe/Stockholm" }];
  expect(texts.map((options) => resolved(options).timetable.text)).toEqual([
    "every 90s",
    "every hour",
    'cron "0 9 * * 1-5" (Europe/Stockholm)',
  ]);
  expect(resolved({ at: "09:00" }).timetable.text).toBe("at 09:00 each day (UTC)");
  expect(resolved({ at: "2026-12-24 15:00" }).timetable.text).toBe("at 2026-12-24T15:00:00.000Z");
  expect(resolved({ cron: "@daily" }, {}).timetable.text).toMatch(/, the zone of the machine\)$/);
});

it("a schedule uses the time limit of the service, unless it has its own", () => {
  expect(resolved({ every: "1s" }, { timeoutSeconds: 5 }).timeoutSeconds).toBe(5);
  expect(resolved({ every: "1s", timeoutSeconds: 0.5 }, { timeoutSeconds: 5 }).timeoutSeconds).toBe(0.5);
  expect(resolved({ every: "1s" }).timeoutSeconds).toBeUndefined();
});

describe("a schedule is refused", () => {
  it.each([
    [undefined, "options must be an object, not undefined"],
    ["0 3 * * *", 'options must be an object, as in { every: "0 3 * * *" } or { cron: "0 3 * * *" }.'],
    [{}, "options must have exactly one of every, cron and at, but none is given"],
    [{ every: "1s", cron: "@daily" }, "exactly one of every, cron and at, but every and cron are given"],
    [{ interval: "1s" }, 'options has no option "interval". Did you mean "every"?'],
    [{ timestamp: "09:00" }, 'options has no option "timestamp". Did you mean "at"?'],
    [{ every: "1s", timezne: "UTC" }, 'options has no option "timezne". Did you mean "timezone"?'],
    [{ every: "0s" }, "every must be from 10ms to 366 days, but '0s' was given"],
    [{ every: 0 }, "every must be from 10ms to 366 days, but 0 was given"],
    [{ every: -1 }, 'every must be a duration such as "30s" or "5m", or words such as "hour"'],
    [{ every: "fortnight" }, "but 'fortnight' was given"],
    [{ every: "constructor" }, "but 'constructor' was given"],
    [{ every: true }, "options.every must be a duration or words, but true was given"],
    [{ cron: "* * * *" }, 'cron is "* * * *", which cannot be used: it has 4 fields'],
    [{ cron: "61 * * * *" }, "cannot be used: Invalid value for minute: 61"],
    [{ cron: "5/10 * * * *" }, "stepping with numeric prefix ('5/10') is not allowed"],
    [{ cron: "*/0 * * * *" }, "cannot be used"],
    [{ cron: "a b c d e" }, "cannot be used"],
    [{ cron: "@reboot" }, "the nicknames are @minutely, @hourly"],
    [{ cron: "0 0 31 2 *" }, "it names a date that does not exist"],
    [{ cron: "2026-12-24T15:00:00" }, "it has 1 field."],
    [{ at: "25:00" }, "at must be a Date, a moment such as"],
    [{ at: "soon" }, "but 'soon' was given"],
    [{ at: "2026-02-30 10:00" }, "at is '2026-02-30 10:00', a time that does not exist"],
    [{ at: new Date(Number.NaN) }, "at is an invalid Date"],
    [
      { cron: "@daily", timezone: "Europe/Stokholm" },
      '"Europe/Stokholm" is not a time zone (did you mean "Europe/Stockholm"?).',
    ],
    [{ cron: "@daily", timezone: "+25:00" }, '"+25:00" is not a time zone'],
    [{ every: "1s", timeoutSeconds: 0 }, "options.timeoutSeconds must be a number of seconds greater than 0"],
    [{ every: "1s", overlap: 3, immediately: "yes" }, "options.overlap must be true or false, but 3 was given"],
  ])("%j", (options, words) => {
    expect(() => resolved(options)).toThrow(
      expect.objectContaining({ code: "ERR_CONFIGURATION", message: expect.stringContaining(words) }),
    );
    expect(() => resolved(options)).toThrow(/@schedule\(\) app\.tick/);
  });

  it("with a wrong time and an unknown option in one error", () => {
    expect(() => resolved({ every: "fortnight", timezne: "UTC" })).toThrow(
      /has no option "timezne"[\s\S]*every must be a duration such as/,
    );
    expect(() => resolved({ cron: "* * * *", overlap: 3 })).toThrow(/options\.overlap must[\s\S]*it has 4 fields/);
  });

  it("together with the service's own wrong options, in one error", () => {
    const given = { timezone: "Mars", middleware: ["x"], timeout: 3 };
    expect(() => resolveServiceOptions("app", given)).toThrow(
      expect.objectContaining({
        problems: [
          expect.stringContaining('options.schedule.timezone must be a time zone, but "Mars" is not a time zone'),
          expect.stringContaining("options.schedule.middleware must be a list of functions"),
          expect.stringContaining('options.schedule has no option "timeout"'),
        ],
      }),
    );
  });
});

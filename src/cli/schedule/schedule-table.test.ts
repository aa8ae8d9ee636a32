import { expect, it } from "vitest";
import type { ServiceSchedule } from "../../cluster-schedules/index.ts";
import { type ListedSchedule, scheduleTable } from "./schedule-table.ts";

function listed(name: string, when: string, more: Partial<ServiceSchedule>, next?: Date): ListedSchedule {
  const schedule: ServiceSchedule = {
    service: "reports",
    handler: name,
    name: `reports.${name}`,
    schedule: when,
    cluster: undefined,
    beginsWithInstance: false,
    nextAfter: () => next,
    ...more,
  };
  return { schedule, next, state: undefined };
}

const all = [
  listed("bill", 'cron "0 2 * * *" (UTC)', {}, new Date("2026-11-30T02:00:00Z")),
  listed("refresh", "every 30s", { beginsWithInstance: true }),
  listed("once", "at 2020-01-01T00:00:00.000Z", {}),
];

it("is a table, which says why a schedule has no next run", () => {
  const lines = scheduleTable(all, 120);
  expect(lines[0]).toMatch(/^SCHEDULE +WHEN +RUNS +NEXT +LAST +WAITING +DEAD LETTERS$/);
  expect(lines[1]).toMatch(
    /^reports\.bill +cron "0 2 \* \* \*" \(UTC\) +in each instance +2026-11-30T02:00:00Z +- +- +-$/,
  );
  expect(lines[2]).toMatch(/^reports\.refresh +every 30s +in each instance +after its start +- +- +-$/);
  expect(lines[3]).toMatch(/^reports\.once +at 2020\S+ +in each instance +never +- +- +-$/);
});

it("has a line for each value where the terminal is too narrow for the table", () => {
  expect(scheduleTable(all.slice(0, 2), 80)).toEqual([
    "reports.bill",
    '  when          cron "0 2 * * *" (UTC)',
    "  runs          in each instance",
    "  next          2026-11-30T02:00:00Z",
    "  last          -",
    "  waiting       -",
    "  dead letters  -",
    "",
    "reports.refresh",
    "  when          every 30s",
    "  runs          in each instance",
    "  next          after its start",
    "  last          -",
    "  waiting       -",
    "  dead letters  -",
  ]);
});

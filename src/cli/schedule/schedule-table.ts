/** What `tomodachi schedule list` prints: a table for people, or a line of JSON for each schedule. */
import type { ScheduleState, ServiceSchedule } from "../../cluster-schedules/index.ts";

/** A schedule and its state on its broker; undefined if there is no broker, or it does not answer. */
export interface ListedSchedule {
  readonly schedule: ServiceSchedule;
  readonly next: Date | undefined;
  readonly state: ScheduleState | undefined;
}

const head = ["SCHEDULE", "WHEN", "RUNS", "NEXT", "LAST", "WAITING", "DEAD LETTERS"];

/** Where a terminal is too narrow for the table, each schedule has a line for each of its values. */
export function scheduleTable(listed: readonly ListedSchedule[], columns: number): readonly string[] {
  const rows = listed.map(rowOf);
  const table = aligned([head, ...rows]);
  if (table.every((line) => line.length <= columns)) return table;
  const labels = head.slice(1).map((name) => name.toLowerCase());
  return rows.flatMap(([name = "", ...values], at) => [
    ...(at > 0 ? [""] : []),
    name,
    ...aligned(labels.map((label, column) => [`  ${label}`, values[column] ?? ""])),
  ]);
}

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_cell, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function rowOf({ schedule, next, state }: ListedSchedule): readonly string[] {
  const { name, schedule: when, cluster, beginsWithInstance } = schedule;
  const due = beginsWithInstance ? "after its start" : next ? timeOf(next) : "never";
  if (!cluster) return [name, when, "in each instance", due, "-", "-", "-"];
  const runs = state ? `once, of ${state.instances}` : "once";
  const last = state ? timeOf(state.last) : "?";
  return [name, when, runs, due, last, countOf(state?.waiting), countOf(state?.deadLetters)];
}

export function jsonOf({ schedule, next, state }: ListedSchedule): string {
  const { service, handler, name, schedule: when, cluster } = schedule;
  return JSON.stringify({
    schedule: name,
    service,
    handler,
    when,
    once: cluster ? "cluster" : null,
    next: next ?? null,
    ...(cluster && {
      queue: cluster.queue,
      deadLetterQueue: cluster.deadLetterQueue,
      last: state?.last ?? null,
      waiting: state?.waiting ?? null,
      deadLetters: state?.deadLetters ?? null,
      instances: state?.instances ?? null,
      leased: state?.isLeased ?? null,
    }),
  });
}

function timeOf(time: Date | undefined): string {
  return time === undefined ? "-" : time.toISOString().replace(".000Z", "Z");
}

function countOf(count: number | undefined): string {
  return count === undefined ? "?" : String(count);
}

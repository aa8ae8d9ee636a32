/** What `tomodachi schedule list` prints: a table for people, or a line of JSON for each schedule. */
import type { ScheduleState, ServiceSchedule } from "../../cluster-schedules/index.ts";

/** A schedule and its state on its broker; undefined if there is no broker, or it does not answer. */
export interface ListedSchedule {
  readonly schedule: ServiceSchedule;
  readonly next: Date | undefined;
  readonly state: ScheduleState | undefined;
}

const head = ["SCHEDULE", "WHEN", "RUNS", "NEXT", "LAST", "WAITING", "DEAD LETTERS"];

export function scheduleTable(listed: readonly ListedSchedule[]): readonly string[] {
  const rows = [head, ...listed.map(rowOf)];
  const widths = head.map((_name, column) => Math.max(...rows.map((row) => [...(row[column] ?? "")].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function rowOf({ schedule, next, state }: ListedSchedule): readonly string[] {
  const { name, schedule: when, cluster } = schedule;
  if (!cluster) return [name, when, "in each instance", timeOf(next), "-", "-", "-"];
  const runs = state ? `once, of ${state.instances}` : "once";
  const last = state ? timeOf(state.last) : "?";
  return [name, when, runs, timeOf(next), last, countOf(state?.waiting), countOf(state?.deadLetters)];
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

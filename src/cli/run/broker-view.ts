/** What an embedded broker holds and how fast messages move, as lines for a terminal or for a log. */
import type { BrokerOverview } from "../../amqp-broker/overview.ts";
import { printable } from "../../util/printable.ts";

/** The state of the broker at one moment. */
export interface BrokerSample {
  /** The time of a monotonic clock, in milliseconds. */
  readonly at: number;
  readonly overview: BrokerOverview;
}

/** The size of the screen for the table. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

type Queue = BrokerOverview["queues"][number];
type Connection = BrokerOverview["connections"][number];
/** A row of a table: the first two cells are strings, the others are numbers. */
type Row = readonly [name: string, what: string, ...figures: string[]];

const totals = ["published", "delivered", "acknowledged", "unroutable"] as const;
const queueHeader: Row = ["queue", "type", "ready", "unacked", "consumers", "in/s", "out/s"];
const connectionHeader: Row = ["connection", "from", "channels"];

/** One line with all numbers, and the rates since the previous sample. */
export function summaryLine(now: BrokerSample, before: BrokerSample | undefined): string {
  return `${countsOf(now)}  ${ratesOf(now, before)}`;
}

/** The same on two lines, then one row for each queue and connection. If the screen is too small, idle queues are left out first. */
export function tableLines(
  now: BrokerSample,
  before: BrokerSample | undefined,
  { columns, rows }: ScreenSize,
): readonly string[] {
  const { connections, queues } = now.overview;
  const lines = [countsOf(now), ratesOf(now, before)];
  const room = Math.max(rows - 9, 4);
  const forConnections = Math.min(connections.length, Math.max(Math.floor(room / 3), room - queues.length));
  if (queues.length > 0) {
    const shown = busiestFirst(queues, room - forConnections);
    lines.push("", ...aligned([queueHeader, ...shown.map((queue) => queueRow(queue, now, before))]));
    if (shown.length < queues.length) lines.push(`... and ${queues.length - shown.length} more queues`);
  }
  if (connections.length > 0) {
    const shown = connections.slice(0, forConnections);
    lines.push("", ...aligned([connectionHeader, ...shown.map(connectionRow)]));
    if (shown.length < connections.length) lines.push(`... and ${connections.length - shown.length} more connections`);
  }
  return lines.map((line) => [...line].slice(0, columns).join(""));
}

function countsOf({ overview: { connections, queues } }: BrokerSample): string {
  const total = (field: "ready" | "unacknowledged"): number => queues.reduce((sum, queue) => sum + queue[field], 0);
  const counts = { connections: connections.length, queues: queues.length };
  const messages = { ready: total("ready"), unacknowledged: total("unacknowledged") };
  return Object.entries({ ...counts, ...messages })
    .map(([name, count]) => `${name} ${count}`)
    .join("  ");
}

function ratesOf(now: BrokerSample, before: BrokerSample | undefined): string {
  const earlier = before?.overview.totals;
  return totals.map((name) => `${name} ${rate(now.overview.totals[name], earlier?.[name], now, before)}/s`).join("  ");
}

function queueRow(queue: Queue, now: BrokerSample, before: BrokerSample | undefined): Row {
  const { ready, unacknowledged, consumers, published, delivered } = queue;
  const earlier = before?.overview.queues.find((other) => fullName(other) === fullName(queue));
  // All messages of a new queue came since the previous sample.
  const since = (total: number, then: number | undefined): string => rate(total, before && (then ?? 0), now, before);
  return [
    printable(fullName(queue)),
    queue.type,
    ...[ready, unacknowledged, consumers].map(String),
    since(published, earlier?.published),
    since(delivered, earlier?.delivered),
  ];
}

function connectionRow({ name, peer, channels, blocked }: Connection): Row {
  return [printable(name), printable(peer), blocked ? `${channels} (blocked)` : String(channels)];
}

/** Sorted by name. If there is not enough room, the queues in which something happens are kept. */
function busiestFirst(queues: readonly Queue[], room: number): readonly Queue[] {
  const byName = (a: Queue, b: Queue): number => (fullName(a) < fullName(b) ? -1 : 1);
  const activity = (queue: Queue): number => queue.ready + queue.unacknowledged + queue.consumers;
  const kept = [...queues].sort((a, b) => activity(b) - activity(a) || byName(a, b)).slice(0, room);
  return kept.sort(byName);
}

/** The default virtual host is not shown. */
function fullName({ virtualHost, name }: Queue): string {
  return virtualHost === "/" ? name : `${virtualHost}: ${name}`;
}

/** Columns as wide as their widest cell: strings on the left, numbers on the right. */
function aligned(table: readonly Row[]): readonly string[] {
  const widths = (table[0] ?? []).map((_, at) => Math.max(...table.map((row) => (row[at] ?? "").length)));
  return table.map((row) =>
    row
      .map((cell, at) => (at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

/** The rate per second since the previous sample; small rates with a decimal. */
function rate(total: number, then: number | undefined, now: BrokerSample, before: BrokerSample | undefined): string {
  if (before === undefined || then === undefined || now.at <= before.at) return "0";
  const perSecond = ((total - then) * 1000) / (now.at - before.at);
  return perSecond >= 9.95 || perSecond === 0 ? perSecond.toFixed(0) : perSecond.toFixed(1);
}

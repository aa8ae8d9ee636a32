// Tables of a run: for the terminal, and as Markdown.
import type { Side } from "./jobs.ts";
import { type Goal, goalsOf, type JobResult, nameOf, type Results, ratioOf } from "./results.ts";

const columns = ["CPU cold", "ratio", "CPU warm", "ratio", "msg/s warm", "ratio"];

/** One table: a line for each side of a job. CPU is in microseconds for each message; ratios are to plain amqplib. */
export function jobTable(result: JobResult): string {
  const more = moreColumns(result);
  const lines = [`\n${nameOf(result)}: ${result.text}`, row("", ...columns, ...more)];
  for (const side of Object.keys(result.sides) as Side[]) lines.push(row(side, ...cells(result, side)));
  return lines.join("\n");
}

export function startTable({ start }: Results): string {
  const lines = [
    "\nstart: milliseconds until it consumes, and memory after three idle seconds",
    row("", "ms", "idle MB"),
  ];
  for (const [name, { ms, idleMb }] of Object.entries(start)) {
    lines.push(row(name, ms.toFixed(0), idleMb === undefined ? "" : idleMb.toFixed(0)));
  }
  return lines.join("\n");
}

export function goalTable(results: Results): string {
  return ["\ngoals", ...goalsOf(results).map((goal) => `  ${goal.name}: ${verdict(goal)}`)].join("\n");
}

/** A whole run for the documentation. */
export function markdown(results: Results): string {
  const { date, machine, rounds, versions, jobs, start } = results;
  const about = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const lines = [
    `Measured on ${date}, ${machine}; ${about.join(", ")}. Medians of ${rounds} rounds in one run. CPU is microseconds for each message.`,
    "",
    ...table(["job", "side", ...columns, "more"], jobs.flatMap(jobRows)),
    "",
    ...table(
      ["start", "ms", "idle MB"],
      Object.entries(start).map(([name, { ms, idleMb }]) => [name, ms.toFixed(0), idleMb?.toFixed(0) ?? ""]),
    ),
    "",
    ...table(
      ["goal", "result"],
      goalsOf(results).map((goal) => [goal.name, verdict(goal)]),
    ),
  ];
  return `${lines.join("\n")}\n`;
}

function jobRows(result: JobResult): string[][] {
  return (Object.keys(result.sides) as Side[]).map((side) => {
    const all = cells(result, side);
    const more = moreColumns(result).map((name, at) => `${name} ${all[columns.length + at]}`);
    return [nameOf(result), side, ...all.slice(0, columns.length), more.join(", ")];
  });
}

function cells(result: JobResult, side: Side): string[] {
  const own = result.sides[side];
  if (!own) return [];
  const ratio = (part: "cold" | "warm", figure: "cpuMicros" | "perSecond"): string =>
    ratioOf(result, side, part, figure).toFixed(2);
  const { cold, warm, rssMb, loopP99Ms, latencyMs } = own;
  return [
    cold.cpuMicros.toFixed(1),
    ratio("cold", "cpuMicros"),
    warm.cpuMicros.toFixed(1),
    ratio("warm", "cpuMicros"),
    warm.perSecond.toFixed(0),
    ratio("warm", "perSecond"),
    ...Object.values(rssMb).map((mb) => mb.toFixed(0)),
    ...(latencyMs ? [latencyMs.p50.toFixed(2), latencyMs.p99.toFixed(2)] : [loopP99Ms.toFixed(1)]),
  ];
}

function moreColumns({ sides }: JobResult): string[] {
  const { rssMb = {}, latencyMs } = sides.tomodachi ?? {};
  return [...Object.keys(rssMb).map((at) => `MB at ${at}`), ...(latencyMs ? ["p50 ms", "p99 ms"] : ["loop p99 ms"])];
}

function verdict({ value, atMost, unit }: Goal): string {
  return `${value.toFixed(2)} ${unit}, at most ${atMost}: ${value <= atMost ? "met" : "MISSED"}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (all: readonly string[]): string => `| ${all.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}

function row(name: string, ...all: readonly string[]): string {
  return `  ${name.padEnd(16)}${all.map((cell) => cell.padStart(13)).join("")}`.trimEnd();
}

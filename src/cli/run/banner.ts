/** What a run prints in development when a service starts: what runs, what was declared and bound, how to stop. */
import { relative } from "node:path";
import { printable } from "../../util/printable.ts";

export interface BannerFacts {
  readonly version: string;
  readonly files: readonly string[];
  /** The variables in `.env`. */
  readonly variables: readonly string[];
  readonly cwd: string;
  readonly colour: boolean;
}

/** The lines before the start: the package, the runtime, and the files. */
export function openingLines({ version, files, variables, cwd, colour }: BannerFacts): readonly string[] {
  const title = paint(`tomodachi ${version}`, "bold", colour);
  const runtime = paint(`Node.js ${process.versions.node}, process ${process.pid}`, "dim", colour);
  const shown = files.map((file) => {
    const short = relative(cwd, file);
    return short.startsWith("..") ? file : short;
  });
  const fromFile = variables.length > 0 ? [`  .env sets ${printable(variables.join(", "))}`] : [];
  return [`${title}  ${runtime}`, ...shown.map((file) => `  ${printable(file)}`), ...fromFile];
}

/** A line between the two about the broker of the run. */
export function brokerLine(line: string, colour: boolean): string {
  return `  ${paint(printable(line), "bold", colour)}`;
}

/** The lines after the start: what every handler listens to, and the address of the console. */
export function startedLines(
  described: readonly string[],
  page: string | undefined,
  colour: boolean,
): readonly string[] {
  return [...described.map((line) => `  ${printable(line)}`), readyLine(colour), ...consoleLines(page, colour)];
}

/** In a watched run it also says how long a restart took, from the end of the old process. */
export function readyLine(colour: boolean, restart?: { readonly sinceMs: number | undefined }): string {
  if (restart === undefined) return paint("Ready. Ctrl+C stops gracefully.", "dim", colour);
  const { sinceMs } = restart;
  if (sinceMs === undefined)
    return paint("Ready. A changed file restarts the services; Ctrl+C stops them gracefully.", "dim", colour);
  return paint(`Ready again, ${(sinceMs / 1000).toFixed(2)} s after the end of the old process.`, "dim", colour);
}

/** The address of the console; no line if there is none. */
export function consoleLines(address: string | undefined, colour: boolean): readonly string[] {
  return address === undefined ? [] : [`  ${paint("Console:", "bold", colour)} ${address}`];
}

function paint(text: string, style: "bold" | "dim", colour: boolean): string {
  return colour ? `\u001b[${style === "bold" ? 1 : 2}m${text}\u001b[22m` : text;
}

/** The options of a run as `tomodachi config` prints them for people: name, value, and where the value comes from. */
import { printable } from "../../util/printable.ts";

/** One line of the output. */
export interface ShownOption {
  /** The name that users write: `options.amqp.prefetch`, `--production`, or a variable without an option. */
  readonly option: string;
  readonly value: unknown;
  /** The origin: `default`, `code`, `environment`, `.env` or `flag`. */
  readonly from: string;
  /** The name of the variable or the flag. */
  readonly name: string | null;
}

export interface ShownGroup {
  /** The service; null for the run. */
  readonly service: string | null;
  readonly values: readonly ShownOption[];
}

/** The most characters of a column; a longer cell moves what follows it. */
const widest = 60;

/** Three columns. Where a line is wider than the terminal, its origin is on a line of its own; writeLines() breaks what is still too wide. */
export function groupLines({ service, values }: ShownGroup, columns: number): readonly string[] {
  const rows = values.map(({ option, value, from, name }) => ({
    option: `  ${printable(option)}`,
    value: textOf(value),
    from: name === null ? from : `${from} ${name}`,
  }));
  const width = Math.min(widest + 2, Math.max(0, ...rows.map(({ option }) => option.length)));
  const room = Math.min(widest, columns - width - "  ".length - "  default".length);
  const valueWidth = Math.max(0, ...rows.map(({ value }) => value.length).filter((length) => length <= room));
  const lines = rows.flatMap(({ option, value, from }) => {
    const line = `${option.padEnd(width)}  ${value.padEnd(valueWidth)}  ${from}`;
    if (line.length <= columns) return [line];
    return [`${option.padEnd(width)}  ${value}`, `${" ".repeat(width)}  ${from}`];
  });
  return [printable(service ?? "tomodachi run"), ...(lines.length > 0 ? lines : ["  all defaults"])];
}

function textOf(value: unknown): string {
  if (value === null) return "-";
  // Nothing at all would look like a missing value.
  if (value === "") return '""';
  return printable(typeof value === "string" ? value : JSON.stringify(value));
}

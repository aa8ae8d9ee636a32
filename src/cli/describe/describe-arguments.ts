/** What `tomodachi describe` has to print, from the words after it. */
import type { LogLevel } from "../../log/logger.ts";
import type { CommandWords } from "../options/command-definition.ts";
import { OptionValues } from "../options/option-values.ts";

export interface DescribeSettings {
  /** Service files and folders, as they were typed; at least one. */
  readonly paths: readonly string[];
  readonly form: "text" | "json" | "mermaid";
  readonly logLevel: LogLevel;
}

/** @throws UsageError if something is missing, or two output forms are requested */
export function describeSettings({ positionals, services, options, logLevel }: CommandWords): DescribeSettings {
  const paths = [...positionals, ...services];
  const values = new OptionValues("describe", options);
  if (paths.length === 0) throw values.usage("`tomodachi describe` needs a file or a folder.", "service/");
  const [json, mermaid] = [values.has("json"), values.has("mermaid")];
  if (json && mermaid) throw values.usage("--json and --mermaid are two forms of the same output: give one of them.");
  return { paths, form: json ? "json" : mermaid ? "mermaid" : "text", logLevel };
}

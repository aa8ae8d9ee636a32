/** What `tomodachi topology` has to print, from the words after it. */
import type { LogLevel } from "../../log/logger.ts";
import type { LoginPurpose } from "../../topology-export/index.ts";
import { closest } from "../../util/closest.ts";
import { UsageError } from "../common/errors.ts";

export type TopologyFormat = "table" | "json" | "commands" | "terraform";

export interface TopologyCommand {
  /** Service files and folders, as they were typed; at least one. */
  readonly paths: readonly string[];
  readonly format: TopologyFormat;
  /** Prints the permissions that a login needs, instead of exchanges, queues and bindings. */
  readonly permissions: LoginPurpose | undefined;
  /** The name of the login; undefined for the login in the services. */
  readonly user: string | undefined;
  readonly publishesTo: readonly string[];
  /** Only this connection of the services. */
  readonly connection: string | undefined;
  readonly logLevel: LogLevel;
}

const topologyFormats: readonly TopologyFormat[] = ["table", "json", "commands", "terraform"];
const loginPurposes: readonly LoginPurpose[] = ["declare", "verify", "run", "dlq"];

export interface TopologyWords {
  readonly positionals: readonly string[];
  /** The services in `--service`. */
  readonly services: readonly string[];
  readonly options: ReadonlyMap<string, string | true>;
  /** All values of options that were given more than once. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
  readonly logLevel: LogLevel;
}

/** @throws UsageError for a word without a meaning, and for something that is missing */
export function topologySettings({ positionals, services, options, lists, logLevel }: TopologyWords): TopologyCommand {
  const paths = [...positionals, ...services];
  if (paths.length === 0)
    throw new UsageError("`tomodachi topology` needs a file or a folder. Try `tomodachi topology service/`.");
  const asked = oneOf("format", topologyFormats, options);
  if (options.has("json") && asked !== undefined && asked !== "json") {
    throw new UsageError(`--json is --format json, and --format ${asked} was given as well.`);
  }
  const format = options.has("json") ? "json" : (asked ?? "table");
  const permissions = oneOf("permissions", loginPurposes, options);
  const user = text("user", options);
  if (user !== undefined && permissions === undefined) {
    throw new UsageError("--user names the login of --permissions, so it needs that option: add --permissions run.");
  }
  text("publishes-to", options);
  const connection = text("connection", options);
  return { paths, format, permissions, user, publishesTo: lists.get("publishes-to") ?? [], connection, logLevel };
}

function oneOf<T extends string>(name: string, known: readonly T[], options: TopologyWords["options"]): T | undefined {
  const value = text(name, options);
  if (value === undefined) return undefined;
  const found = known.find((one) => one === value.trim().toLowerCase());
  if (found !== undefined) return found;
  const meant = closest(value, known);
  const cure = meant ? `Did you mean \`--${name} ${meant}\`?` : `Known values: ${known.join(", ")}.`;
  throw new UsageError(`--${name} cannot be "${value}". ${cure}`);
}

function text(name: string, options: TopologyWords["options"]): string | undefined {
  const value = options.get(name);
  if (value === true || value === "") throw new UsageError(`--${name} has no value.`);
  return value;
}

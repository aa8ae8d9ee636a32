/** What `tomodachi doctor` has to examine, from the words after it. */
import type { LogLevel } from "../../log/logger.ts";
import type { CommandWords } from "../options/command-definition.ts";
import { OptionValues } from "../options/option-values.ts";

export interface DoctorSettings {
  /** Service files and folders, as they were typed. Empty to examine only the broker. */
  readonly paths: readonly string[];
  /** The URL of the broker, from `--broker`. */
  readonly url: string | undefined;
  /** The URL of the management API, or "none". */
  readonly management: string | undefined;
  readonly target: string | undefined;
  readonly json: boolean;
  readonly logLevel: LogLevel;
}

/** @throws UsageError for a wrong value */
export function doctorSettings({ positionals, services, options, url, logLevel }: CommandWords): DoctorSettings {
  const values = new OptionValues("doctor", options);
  const target = values.text("target");
  if (target !== undefined && !/^\d+\.\d+(\.\d+)?$/.test(target)) {
    throw values.usage(`--target cannot be "${target}": the value must be a version of RabbitMQ, such as 4.3.`);
  }
  const management = managementUrl(values);
  return { paths: [...positionals, ...services], url, target, management, json: values.has("json"), logLevel };
}

/** The value of `--management`. @throws UsageError for a value that is not a URL */
export function managementUrl(values: OptionValues): string | undefined {
  const value = values.text("management");
  if (value === undefined || value === "none") return value;
  if (/^https?:\/\/[^/?#@]+\/?(api\/?)?$/.test(value) && URL.canParse(value)) return value;
  // The value is not shown, because it may contain a password.
  throw values.usage(
    "--management is not the URL of a management API: write http://host:15672, without a user name, or none. The login is that of the broker.",
  );
}

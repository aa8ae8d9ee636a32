/** Where `tomodachi publish` and `tomodachi tail` work: the broker, the services that describe it, and the envelope of the messages. */
import type { LogLevel } from "../../log/logger.ts";
import { type EnvelopeName, envelopeNames } from "../../messages/envelope-name.ts";
import type { Environment } from "../common/run-surroundings.ts";
import type { CommandWords } from "../options/command-definition.ts";
import type { OptionValues } from "../options/option-values.ts";

export interface MessagePlace {
  /** Service files and folders, as they were typed. */
  readonly paths: readonly string[];
  /** The name of a connection of these services. */
  readonly connection: string | undefined;
  /** The URL of the broker, from `--broker`. */
  readonly url: string | undefined;
  readonly environment: Environment;
  readonly exchangeName: string | undefined;
  /** Undefined for the envelope of the handlers. */
  readonly envelope: EnvelopeName | undefined;
  readonly logLevel: LogLevel;
}

/** @throws UsageError for a wrong value */
export function messagePlace(
  { services: paths, url, environment, logLevel }: CommandWords,
  values: OptionValues,
): MessagePlace {
  const connection = values.text("connection");
  if (connection !== undefined && paths.length === 0) {
    throw values.usage("--connection names a connection of a service, so it needs --service.");
  }
  const [exchangeName, envelope] = [values.text("exchange"), values.oneOf("envelope", envelopeNames)];
  return { paths, connection, url, environment, exchangeName, envelope, logLevel };
}

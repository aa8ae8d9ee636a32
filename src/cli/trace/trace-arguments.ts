/** What `tomodachi trace` has to follow, from the words after it. */
import type { LogLevel } from "../../log/logger.ts";
import { managementUrl } from "../doctor/doctor-arguments.ts";
import type { CommandWords } from "../options/command-definition.ts";
import { OptionValues } from "../options/option-values.ts";

export interface TraceSettings {
  readonly routingKey: string;
  /** Service files and folders, as they were typed; at least one. */
  readonly paths: readonly string[];
  readonly exchange: string | undefined;
  /** The URL of the operations port. */
  readonly operations: string | undefined;
  /** The URL of the management API, or "none". */
  readonly management: string | undefined;
  /** The URL of the broker, from `--broker`. */
  readonly url: string | undefined;
  readonly json: boolean;
  readonly logLevel: LogLevel;
}

/** @throws UsageError for a word without a meaning, and for something that is missing */
export function traceSettings({ positionals, services, options, url, logLevel }: CommandWords): TraceSettings {
  const values = new OptionValues("trace", options);
  const [routingKey, ...others] = positionals;
  const paths = [...others, ...services];
  if (routingKey === undefined) {
    throw values.usage("`tomodachi trace` needs a routing key and a service.", "order.42.paid --service service/");
  }
  if (paths.length === 0) {
    const isPath = /[\\/]|\.[cm]?[jt]s$/.test(routingKey);
    const example = isPath ? `order.42.paid --service ${routingKey}` : `${routingKey} --service service/`;
    throw values.usage("`tomodachi trace` needs a service: the services say what is bound.", example);
  }
  if (/(^|\.)[*#](\.|$)/.test(routingKey)) {
    throw values.usage(
      `"${routingKey}" is a pattern: * and # mean something in a binding, and a message has neither. Write the key of one message.`,
      `${routingKey.replace(/[*#]/g, "1")} --service ${paths[0]}`,
    );
  }
  const operations = values.text("operations");
  if (operations !== undefined && !/^https?:\/\/[^/?#@]+\/?$/.test(operations)) {
    throw values.usage(
      "--operations is not the URL of an operations port.",
      `${routingKey} --service ${paths[0]} --operations http://127.0.0.1:9090`,
    );
  }
  const [exchange, management] = [values.text("exchange"), managementUrl(values)];
  const json = values.has("json");
  return { routingKey, paths, exchange, operations, management, url, json, logLevel };
}

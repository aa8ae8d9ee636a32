/** The variables with which `tomodachi publish` and `tomodachi tail` find their broker, and the connection of the services that is used. */
import type { Logger } from "../../log/logger.ts";
import { connectionsOf } from "../../messages/connections-of.ts";
import type { Service } from "../../service/service.ts";
import { closest } from "../../util/closest.ts";
import { UsageError } from "../common/errors.ts";
import { type Environment, environmentToAsk } from "../common/run-surroundings.ts";
import type { MessagePlace } from "./message-place.ts";

/** @throws UsageError if no service has the connection: otherwise the broker on this machine would be used */
export function messageSurroundings(
  { url, environment: given, connection }: MessagePlace,
  services: readonly Service[],
  logger: Logger,
): Environment {
  const environment = environmentToAsk(services, url, given);
  if (connection === undefined) return environment;
  const known = connectionsOf(services, environment, logger);
  if (known.includes(connection)) return environment;
  const meant = closest(connection, known);
  const cure = meant ? `Did you mean "${meant}"?` : `They have: ${known.join(", ")}.`;
  throw new UsageError(`None of these services has a --connection "${connection}". ${cure}`);
}

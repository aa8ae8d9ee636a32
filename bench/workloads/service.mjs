// Runs one service in this process, the way a program of one's own does.
import { createLogger, defineService, JsonBase, runServices } from "tomodachi";

/** Starts a service with JsonBase and the given handlers; `started` gets the service. */
export async function startService({ handlers, startedService }) {
  const service = defineService({ name: "bench", messageEnvelope: JsonBase, handlers, startedService });
  return runServices([service], { logger: await createLogger({ form: "disabled" }) });
}

// Runs one service in this process, like a user's program.
import { createLogger, defineOptions, defineService, JsonBase, runServices } from "tomodachi";
import { settings } from "./meter.mjs";

/** Starts a service with JsonBase and the given handlers; `started` gets the service. */
export async function startService({ handlers, startedService }) {
  // The usual cap is 400 for a whole process.
  const { asyncContext } = settings;
  const options = defineOptions({ asyncContext, amqp: { globalPrefetchCount: Math.max(400, settings.prefetch ?? 0) } });
  const service = defineService({ name: "bench", messageEnvelope: JsonBase, options, handlers, startedService });
  return runServices([service], { logger: await createLogger({ form: "disabled" }) });
}

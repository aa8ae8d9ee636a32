/** `tomodachi trace`: says where a message with a routing key goes, and what prevents it from arriving. It publishes nothing. */

import { arrives, traceServices, traceText } from "../../delivery-trace/index.ts";
import { Progress } from "../common/progress.ts";
import { environmentToAsk } from "../common/run-surroundings.ts";
import { writeJson, writeLines } from "../common/write-lines.ts";
import { withServices } from "../loading/with-services.ts";
import type { TraceSettings } from "./trace-arguments.ts";

/** Returns the exit code; undefined if another copy of the package took over the process. */
export function runTrace(settings: TraceSettings): Promise<number | undefined> {
  return withServices(settings, async (services, logger) => {
    const { routingKey, exchange, operations, management, json, url } = settings;
    const environment = environmentToAsk(services, url, process.env);
    const tracing = traceServices(services, {
      routingKey,
      exchange,
      operations,
      management,
      environment,
      logger,
    });
    const traces = await new Progress(process.stderr).during("Asking the broker ...", tracing);
    if (json) writeJson({ arrives: traces.some(arrives), brokers: traces });
    else writeLines(traces.flatMap((trace, at) => [...(at > 0 ? [""] : []), ...traceText(trace)]));
    return traces.some((trace) => trace.brokerUnseen === null && arrives(trace)) ? 0 : 1;
  });
}

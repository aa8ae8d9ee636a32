// The same by a service. With BENCH_LOG the access log.
import { createWriteStream } from "node:fs";
import { createLogger, defineService, http, httpTransport, on, runServices, transportOf } from "tomodachi";
import { begin, end, listening, order } from "./http-meter.mjs";

const service = defineService({
  name: "orders",
  options: { http: { port: 0, host: "127.0.0.1", accessLog: Boolean(process.env.BENCH_LOG) } },
  handlers: {
    order: on(http("GET", "/orders/:id"), async ({ params }) => order(params.id)),
    begin: on(http("GET", "/begin"), async () => begin()),
    end: on(http("GET", "/end"), async () => end()),
  },
});
const logger = await createLogger({ level: "info", form: "json", destination: createWriteStream("/dev/null") });
const run = await runServices([service], { logger });
listening(new URL(transportOf(run.services[0], httpTransport).origin).port);

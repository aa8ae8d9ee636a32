// The process of an embedded broker under fuzz: run with --expose-gc and an IPC channel, it does what its parent asks.
import { startBroker } from "../../src/amqp-broker/broker.ts";
import { createLogger } from "../../src/log/logger.ts";
import type { BrokerAnswer, BrokerRequest } from "./broker-process.ts";

function tell(answer: BrokerAnswer): void {
  process.send?.(answer);
}

const logger = await createLogger({
  level: "error",
  destination: { write: (line: string) => tell({ kind: "error", line }) },
});
const broker = await startBroker({ logger });
let fresh: string | undefined;

/** Throws away what the last virtual host held, makes a new one, and says what is left in memory. */
function renew(virtualHost: string): void {
  if (fresh !== undefined) broker.removeVirtualHost(fresh);
  broker.addVirtualHost(virtualHost);
  fresh = virtualHost;
  // Sockets that are closed just now are forgotten in the next turns.
  setTimeout(() => {
    globalThis.gc?.();
    const { heapUsed, external, rss } = process.memoryUsage();
    tell({ kind: "renewed", bytes: heapUsed + external, rss, connections: broker.overview().connections.length });
  }, 50);
}

process.on("message", (request: BrokerRequest) => renew(request.renew));
// Whoever loses its parent has nothing left to do.
process.on("disconnect", () => process.exit(0));
tell({ kind: "ready", url: broker.url });

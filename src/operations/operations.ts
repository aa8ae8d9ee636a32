/** The operations port of a run: made when its services are, open before they start, and closed when they have ended. */
import type { ResolvedOperations } from "../service/operations-options.ts";
import type { PlannedRun, RunAddition } from "../service/runner.ts";
import { RunMetrics } from "../telemetry/metrics/run-metrics.ts";
import { prometheusText } from "./prometheus-text.ts";
import { OperationsServer } from "./server.ts";

export function operationsOf(operations: ResolvedOperations, { logger }: PlannedRun): RunAddition {
  const metrics = new RunMetrics();
  return {
    observerOf: metrics.observe,
    created: async (run) => {
      const text = (): string => prometheusText(metrics.instruments);
      const answers = { run, token: operations.token, metrics: text };
      const server = new OperationsServer({ operations, answers, logger });
      const url = await server.listen();
      metrics.start(() => run.health());
      run.atEnd(async () => {
        metrics.stop();
        await server.close();
      });
      logger.info(`operations port: ${url} (GET /live, /ready, /health, /metrics)`);
    },
  };
}

/** Metrics of a run, and the operations port: open before the services start, and closed when they have ended. */
import type { ResolvedOperations } from "../service/operations-options.ts";
import type { PlannedRun, RunAddition } from "../service/runner.ts";
import type { ServiceRun } from "../service/service-run.ts";
import { feedMeter, type MetricsMeter } from "../telemetry/meter.ts";
import { RunMetrics } from "../telemetry/metrics/run-metrics.ts";
import { prometheusText } from "./prometheus-text.ts";
import { OperationsServer } from "./server.ts";

/** The readers of metrics: a port, a meter of OpenTelemetry, or both. */
export interface MetricsReaders {
  readonly operations: ResolvedOperations | undefined;
  readonly meter: MetricsMeter | undefined;
}

export function metricsOf({ operations, meter }: MetricsReaders, { logger }: PlannedRun): RunAddition {
  const metrics = new RunMetrics();
  const openPort = async (run: ServiceRun): Promise<void> => {
    if (!operations) return;
    const text = (): string => prometheusText(metrics.instruments);
    const answers = { run, token: operations.token, metrics: text };
    const server = new OperationsServer({ operations, answers, logger });
    const url = await server.listen();
    run.atEnd(() => server.close());
    logger.info(`operations port: ${url} (GET /live, /ready, /health, /metrics)`);
  };
  return {
    observerOf: metrics.observe,
    created: async (run) => {
      await openPort(run);
      metrics.start(() => run.health());
      const endFeed = meter && feedMeter(meter, metrics.instruments, logger);
      run.atEnd(async () => {
        endFeed?.();
        metrics.stop();
      });
    },
  };
}

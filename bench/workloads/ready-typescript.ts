// The service of ready-service.mjs as one writes it in TypeScript, run without a build step.
import { amqp, JsonBase, Service } from "tomodachi";
import { saysReady } from "./ready.mjs";

const { queue: queueName, routingKey } = JSON.parse(process.env["BENCH_SETTINGS"] ?? "") as Record<
  "queue" | "routingKey",
  string
>;

export class Bench extends Service {
  name = "bench";
  override messageEnvelope = JsonBase;

  @amqp(routingKey, { queueName, queueType: "classic" })
  async take(): Promise<void> {}

  override startedService() {
    saysReady();
  }
}

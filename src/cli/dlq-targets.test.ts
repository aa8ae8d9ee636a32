/** Which broker `tomodachi dlq` asks. */
import { describe, expect, it } from "vitest";
import { createSilentLogger } from "../log/logger.ts";
import { findTargets } from "./dlq-targets.ts";

/** Host and port of the broker that is asked about one queue. */
function endpoints(environment: Readonly<Record<string, string>>, url?: string): unknown {
  const targets = findTargets([], { queues: ["orders"], url }, environment, createSilentLogger());
  return targets.flatMap(({ connection }) => connection.endpoints.map(({ host, port }) => `${host}:${port}`));
}

describe("the broker of tomodachi dlq", () => {
  it("is the one on RabbitMQ's port, where nobody names another", () => {
    expect(endpoints({})).toEqual(["127.0.0.1:5672"]);
  });

  it("is the embedded one of the runs here, where their variable moves it", () => {
    expect(endpoints({ TOMODACHI_BROKER_PORT: "5700" })).toEqual(["127.0.0.1:5700"]);
  });

  it("is the one that is named, whatever the embedded one's port", () => {
    const embedded = { TOMODACHI_BROKER_PORT: "5700" };
    expect(endpoints({ ...embedded, TOMODACHI_AMQP_HOST: "rabbit" })).toEqual(["rabbit:5672"]);
    expect(endpoints({ ...embedded, TOMODACHI_AMQP_PORT: "5800" })).toEqual(["127.0.0.1:5800"]);
    expect(endpoints({ ...embedded, TOMODACHI_AMQP_URL: "amqp://other:1" }, "amqp://named:2")).toEqual(["named:2"]);
  });
});

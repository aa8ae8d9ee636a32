/** The messages about options that the broker's version does not support. */
import { expect, it } from "vitest";
import { embeddedBrokerProduct } from "../../../util/product-names.ts";
import { resolveAmqpOptions } from "../options/options.ts";
import { type BrokerCheckSettings, checkBroker, holdMsOf } from "./broker-support.ts";

const plain = { queueName: "paid", queueType: "quorum", maxPriority: 0, queueArguments: {} } as const;
const withPriorities = { ...plain, maxPriority: 9 };
const withDelays = { ...plain, queueArguments: { "x-delayed-retry-type": "failed" } };

const noLimits = { consumerTimeoutSeconds: undefined, timeoutSeconds: undefined };

/** The warnings about one queue on this broker. */
function said(
  queue: BrokerCheckSettings["plans"][number]["queue"],
  broker: BrokerCheckSettings["broker"],
  strict = false,
  runs: BrokerCheckSettings["plans"][number]["runs"] = noLimits,
): readonly string[] {
  const warnings: string[] = [];
  const warn = (...words: readonly unknown[]): void => void warnings.push(String(words[0]));
  const topology = { profile: "python", strict } as const;
  checkBroker({
    broker,
    plans: [{ queue, runs }],
    topology,
    consuming: { consumerTimeoutSeconds: 1800, paths: resolveAmqpOptions("orders", {}, {}).consuming.paths },
    logger: { warn },
  });
  return warnings;
}

const rabbit = (version: string, product = "RabbitMQ") => ({ product, version });

it("nothing is logged for a broker that supports everything, or that is not RabbitMQ", () => {
  const all = { ...withPriorities, ...withDelays };
  const brokers = [rabbit("4.3.0"), rabbit("4.10.0"), rabbit("5.0.1"), rabbit("4.3.6", embeddedBrokerProduct)];
  for (const broker of [...brokers, rabbit("2.0.0", "LavinMQ"), rabbit("unknown"), undefined]) {
    expect(said(all, broker)).toEqual([]);
  }
  expect(said(plain, rabbit("3.10.8"))).toEqual([]);
});

it("the log says what priorities mean on an older broker", () => {
  expect(said(withPriorities, rabbit("4.0.5"))).toEqual([
    expect.stringMatching(/"paid".*4\.0\.5 has only two priorities/),
  ]);
  expect(said(withPriorities, rabbit("3.13.7"))).toEqual([expect.stringMatching(/ignores the priorities/)]);
  expect(said({ ...withPriorities, queueType: "classic" }, rabbit("3.13.7"))).toEqual([]);
});

it("the log says that an older broker cannot delay messages itself", () => {
  expect(said(withDelays, rabbit("4.2.0", embeddedBrokerProduct))).toEqual([expect.stringMatching(/does not support/)]);
});

it("the log says that an older broker has no consumer timeout per consumer, and a handler that needs it is refused", () => {
  const runs = { consumerTimeoutSeconds: 7200, timeoutSeconds: 600 };
  expect(said(plain, rabbit("4.3.6"), false, runs)).toEqual([]);
  for (const broker of [rabbit("4.2.0"), rabbit("2.0.0", "LavinMQ"), undefined]) {
    expect(said(plain, broker, false, runs)).toEqual([
      expect.stringMatching(/the limit of the broker applies.*1800 s/),
    ]);
  }
  expect(() => said(plain, rabbit("4.2.0"), false, { ...runs, timeoutSeconds: 3600 })).toThrow(
    expect.objectContaining({ code: "ERR_AMQP_BROKER_VERSION", message: expect.stringContaining("3600 s") }),
  );
});

it("half of the broker's timeout is set on the consumer", () => {
  const consuming = { consumerTimeoutSeconds: 1800 };
  const holdMs = (own: number | undefined, version: string): number =>
    holdMsOf({ consumerTimeoutSeconds: own }, consuming, rabbit(version));
  expect([holdMs(undefined, "4.3.6"), holdMs(7200, "4.3.6"), holdMs(10, "4.3.6")]).toEqual([900_000, 3_600_000, 5000]);
  expect([holdMs(7200, "4.0.5"), holdMs(10, "4.0.5")]).toEqual([900_000, 5000]);
});

it("a missing feature is an error with strictTopology", () => {
  expect(() => said(withPriorities, rabbit("4.0.5"), true)).toThrow(
    expect.objectContaining({ code: "ERR_AMQP_BROKER_VERSION", message: expect.stringContaining('"paid"') }),
  );
  expect(said(withPriorities, rabbit("4.3.6"), true)).toEqual([]);
});

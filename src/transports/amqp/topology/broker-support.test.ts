/** What is said of options that the broker's version does not have. */
import { expect, it } from "vitest";
import { embeddedBrokerProduct } from "../../../util/product-names.ts";
import { type BrokerCheckSettings, checkBroker } from "./broker-support.ts";

const plain = { queueName: "paid", queueType: "quorum", maxPriority: 0, queueArguments: {} } as const;
const withPriorities = { ...plain, maxPriority: 9 };
const withDelays = { ...plain, queueArguments: { "x-delayed-retry-type": "failed" } };

/** The warnings about one queue on this broker. */
function said(
  queue: BrokerCheckSettings["plans"][number]["queue"],
  broker: BrokerCheckSettings["broker"],
  strict = false,
): readonly string[] {
  const warnings: string[] = [];
  const warn = (...words: readonly unknown[]): void => void warnings.push(String(words[0]));
  checkBroker({ broker, plans: [{ queue }], topology: { profile: "python", strict }, logger: { warn } });
  return warnings;
}

const rabbit = (version: string, product = "RabbitMQ") => ({ product, version });

it("says nothing of a broker that has all of it, and of one that is not RabbitMQ", () => {
  const all = { ...withPriorities, ...withDelays };
  const brokers = [rabbit("4.3.0"), rabbit("4.10.0"), rabbit("5.0.1"), rabbit("4.3.6", embeddedBrokerProduct)];
  for (const broker of [...brokers, rabbit("2.0.0", "LavinMQ"), rabbit("unknown"), undefined]) {
    expect(said(all, broker)).toEqual([]);
  }
  expect(said(plain, rabbit("3.10.8"))).toEqual([]);
});

it("says what priorities mean on an older broker", () => {
  expect(said(withPriorities, rabbit("4.0.5"))).toEqual([expect.stringMatching(/"paid".*4\.0\.5 has two priorities/)]);
  expect(said(withPriorities, rabbit("3.13.7"))).toEqual([expect.stringMatching(/in the order of arrival/)]);
  expect(said({ ...withPriorities, queueType: "classic" }, rabbit("3.13.7"))).toEqual([]);
});

it("says that an older broker delays nothing by itself", () => {
  expect(said(withDelays, rabbit("4.2.0", embeddedBrokerProduct))).toEqual([expect.stringMatching(/does not know/)]);
});

it("is an error with strictTopology", () => {
  expect(() => said(withPriorities, rabbit("4.0.5"), true)).toThrow(
    expect.objectContaining({ code: "ERR_AMQP_BROKER_VERSION", message: expect.stringContaining('"paid"') }),
  );
  expect(said(withPriorities, rabbit("4.3.6"), true)).toEqual([]);
});

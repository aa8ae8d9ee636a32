import { expect, it } from "vitest";
import { createSilentLogger } from "../log/logger.ts";
import { defineService, on } from "../service/define-service.ts";
import type { ServiceOptions } from "../service/service-options.ts";
import { amqp } from "../transports/amqp/decorator.ts";
import type { AmqpOptions } from "../transports/amqp/options/subscription-options.ts";
import { plannedAddresses } from "./planned-addresses.ts";
import { parseVersion, upgradeFindings, versionFindings } from "./version-findings.ts";

function plannedWith(own: AmqpOptions, amqpOptions: object = {}) {
  const Shop = defineService({
    name: "shop",
    options: { amqp: amqpOptions } as ServiceOptions,
    handlers: { onPaid: on(amqp("order.#.paid.#", { queueName: "paid", ...own }), () => {}) },
  });
  return plannedAddresses([new Shop()], {}, createSilentLogger())[0]?.planned ?? [];
}

const rabbit = (version: string) => ({ product: "RabbitMQ", version });
const said = (findings: ReturnType<typeof upgradeFindings>): string => findings.map(({ says }) => says).join("\n");

it("the version check reads versions and rejects everything else", () => {
  expect(parseVersion("4.3.6")).toEqual({ major: 4, minor: 3 });
  expect(parseVersion("3.10.8-rc.1")).toEqual({ major: 3, minor: 10 });
  for (const text of ["", "4", "four", "4.x"]) expect(parseVersion(text)).toBeUndefined();
});

it("the upgrade check lists changes between the current version and the target, and none from before", () => {
  const planned = plannedWith({ queueType: "classic" }, { maxMessageBytes: 64 * 1024 * 1024 });
  const from3 = said(upgradeFindings(rabbit("3.13.7"), "4.3", planned));
  expect(from3).toContain("no mirrored classic queues");
  expect(from3).toContain("accepts at most 16 MiB by default");
  expect(from3).toContain("only possible from 4.2");
  const from42 = said(upgradeFindings(rabbit("4.2.1"), "4.3", planned));
  expect(from42).not.toContain("mirrored");
  expect(from42).toContain("only possible from 4.2");
  expect(said(upgradeFindings(rabbit("4.3.6"), "4.3", planned))).toBe("The broker is 4.3.6 already.");
});

it("the upgrade check lists the current limits that end with the upgrade", () => {
  const planned = plannedWith({ maxPriority: 5, consumerTimeout: "1h" });
  const now = versionFindings(rabbit("3.13.7"), planned);
  expect(said(now)).toContain("ignores the priorities");
  const then = upgradeFindings(rabbit("3.13.7"), "4.3", planned);
  expect(then.filter(({ severity }) => severity === "ok").map(({ says }) => says)).toEqual([
    expect.stringContaining("no transient queues"),
    expect.stringContaining("The upgrade solves this: The queue"),
    expect.stringContaining("The upgrade solves this: RabbitMQ 3.13.7 has no timeout per consumer"),
  ]);
});

it("the upgrade check reports an upgrade that RabbitMQ refuses as a problem", () => {
  const Shop = defineService({ name: "shop", handlers: { on: on(amqp("#.a.#.b.#"), () => {}) } });
  const planned = plannedAddresses([new Shop()], {}, createSilentLogger())[0]?.planned ?? [];
  const problems = versionFindings(rabbit("4.3.6"), planned).filter(({ severity }) => severity === "problem");
  expect(problems.map(({ says }) => says)).toEqual([expect.stringContaining('more than two "#"')]);
  expect(versionFindings(rabbit("4.2.0"), planned)).toEqual([expect.objectContaining({ severity: "ok" })]);
});

it("the upgrade check says that it does not know other brokers", () => {
  const lavin = { product: "LavinMQ", version: "2.4.0" };
  expect(said(versionFindings(lavin, []))).toContain("its releases are not known here");
  expect(said(upgradeFindings(lavin, "4.3", []))).toContain("only releases of RabbitMQ are known");
});

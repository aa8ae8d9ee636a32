import { expect, it } from "vitest";
import { createSilentLogger } from "../../../log/logger.ts";
import { defineService, on } from "../../../service/define-service.ts";
import type { ServiceClass } from "../../../service/service.ts";
import { ServiceRun } from "../../../service/service-run.ts";
import { amqp } from "../decorator.ts";
import type { AmqpServiceOptions } from "../options/options.ts";

function service(name: string, method: string, given: AmqpServiceOptions = {}): ServiceClass {
  return defineService({
    name,
    options: { amqp: given } as never,
    handlers: { [method]: on(amqp(`key.${method}`, { queueName: "shared" }), () => {}) },
  });
}

/** Nothing connects: queues are claimed when handlers are added. */
async function run(...services: readonly ServiceClass[]): Promise<void> {
  const instances = services.map((each) => new each());
  await new ServiceRun({ services: instances, logger: createSilentLogger(), environment: {} }).stop();
}

it("two services of one run with one queue are refused, and both are named", async () => {
  const refused = run(service("a", "onA"), service("b", "onB"));
  await expect(refused).rejects.toMatchObject({ code: "ERR_AMQP_QUEUE_SHARED" });
  await expect(run(service("a", "onA"), service("b", "onB"))).rejects.toThrow(/b\.onB and .*a\.onA.*"shared"/);
});

it("services with the same name and different methods on one queue are refused", async () => {
  await expect(run(service("a", "onA"), service("a", "onB"))).rejects.toMatchObject({ code: "ERR_AMQP_QUEUE_SHARED" });
});

it("instances of one service may share a queue, and so may services of the python profile", async () => {
  await run(service("a", "onA"), service("a", "onA"));
  const python = { topology: "python" } as const;
  await run(service("a", "onA", python), service("b", "onB", python));
});

it("queues of two virtual hosts or with two prefixes are different", async () => {
  await run(service("a", "onA"), service("b", "onB", { vhost: "other" }));
  await run(service("a", "onA"), service("b", "onB", { queueNamePrefix: "b." }));
});

// Operators' policies over all queues: a limit that drops the oldest must not drop failed messages and waiting retries.
import { describe, expect, it } from "vitest";
import { amqp, Service } from "../../src/index.ts";
import { brokerKind, connectForeign, createVirtualHost, ctl, isPrivateBroker, until } from "../support/broker.ts";
import { createScope, start } from "../support/running.ts";

// The embedded broker has no policies.
describe.skipIf(brokerKind === "embedded" || !isPrivateBroker)(
  "a policy with max-length, whose overflow is drop-head if the queue sets none",
  () => {
    it.each([
      ["dead letters", undefined, "jobs.dlq"],
      ["messages that wait for a retry", { delays: ["1h"] as const }, "jobs.retry.1h"],
    ])(
      "drops no %s: copies that do not fit are refused, and their messages are kept",
      { timeout: 60_000 },
      async (_what, retry, full) => {
        await using host = await createVirtualHost("policies");
        await using foreign = await connectForeign(host.url);
        const scope = createScope();
        class Jobs extends Service {
          name = "jobs";
          override options = scope.options({ url: host.url });
          @amqp("job", { queueName: "jobs", prefetch: 1, ...(retry && { retry }) }) on() {
            throw new Error("no");
          }
        }
        await using running = await start(Jobs);
        const definition = JSON.stringify({ "max-length": 3 });
        const pattern = `(\\.dlq|\\.retry\\..*)$`;
        await ctl("set_policy", "-p", host.name, "blanket", pattern, definition, "--apply-to", "queues");
        for (let number = 0; number < 10; number++)
          await foreign.publish("amq.topic", `${scope.prefix}job`, `${number}`);
        const refused = ({ msg }: { readonly msg: string }): boolean => msg.includes("the consumer pauses");
        await until(() => running.log.some(refused), { what: "a copy that is refused", timeoutMs: 30_000 });
        await running.stop();
        // Messages of the stopped service return to their queue, which the broker counts a little later. A copy whose refusal came
        // late may be in both queues; none is missing.
        const count = async (queue: string): Promise<number> =>
          (await foreign.queueInfo(scope.prefix + queue))?.messageCount ?? 0;
        await until(async () => (await count(full)) + (await count("jobs")) >= 10, {
          what: "all ten",
          timeoutMs: 30_000,
        });
        expect(await count(full)).toBeGreaterThanOrEqual(3);
        const bodies = new Set<string>();
        for (const queue of [full, "jobs"]) {
          for (
            let message = await foreign.get(scope.prefix + queue);
            message;
            message = await foreign.get(scope.prefix + queue)
          ) {
            bodies.add(message.content.toString());
          }
        }
        expect(bodies.size).toBe(10);
      },
    );
  },
);

// What docs/guides/production.md says of policies that no argument of a queue keeps away: what they drop, what survives, and what is noticed.
import { describe, expect, it } from "vitest";
import { amqp, Service } from "../../src/index.ts";
import { createVirtualClock } from "../../src/testing/virtual-clock.ts";
import {
  brokerKind,
  connectForeign,
  createVirtualHost,
  ctl,
  isPrivateBroker,
  until,
  type VirtualHost,
} from "../support/broker.ts";
import { createScope, start, startOnClock } from "../support/running.ts";

const ten = Array.from({ length: 10 }, (_, number) => `${number}`);
const timeoutMs = 30_000;

async function setPolicy(host: VirtualHost, name: string, pattern: string, definition: object): Promise<void> {
  await ctl("set_policy", "-p", host.name, name, pattern, JSON.stringify(definition), "--apply-to", "queues");
}

// The embedded broker has no policies.
describe.skipIf(brokerKind === "embedded" || !isPrivateBroker)("a policy", { timeout: 120_000 }, () => {
  it("with overflow drop-head or message-ttl drops dead letters, and the log warns about their queue", async () => {
    await using host = await createVirtualHost("policies");
    await using foreign = await connectForeign(host.url);
    const scope = createScope();
    const clock = createVirtualClock();
    const runs: string[] = [];
    class Jobs extends Service {
      name = "jobs";
      override options = scope.options({ url: host.url });
      @amqp("short", { queueName: "short" }) short(job: string) {
        runs.push(job);
        throw new Error("no");
      }
      @amqp("timed", { queueName: "timed" }) timed(job: string) {
        runs.push(job);
        throw new Error("no");
      }
      @amqp("safe", { queueName: "safe" }) safe(job: string) {
        runs.push(job);
        throw new Error("no");
      }
    }
    await setPolicy(host, "short", "short\\.dlq$", { "max-length": 3, overflow: "drop-head" });
    await setPolicy(host, "timed", "timed\\.dlq$", { "message-ttl": 200 });
    await using running = await startOnClock(clock, Jobs);
    for (const key of ["short", "timed", "safe"]) {
      for (const body of ten) await foreign.publish("amq.topic", scope.prefix + key, body);
    }
    const count = async (name: string): Promise<number | undefined> =>
      (await foreign.queueInfo(`${scope.prefix}${name}.dlq`))?.messageCount;
    await until(async () => runs.length === 30 && (await count("short")) === 3, { what: "three of ten", timeoutMs });
    await until(async () => (await count("timed")) === 0, { what: "none of ten", timeoutMs });
    await until(async () => (await count("safe")) === 10, { what: "ten of ten", timeoutMs });
    const warned = (): readonly string[] =>
      running.log
        .filter(({ msg }) => /just added to .* (?:is|are) missing/.test(msg))
        .map(({ deadLetterQueue }) => `${deadLetterQueue}`);
    // Two looks, 30 seconds apart by the clock of the test; each asks the broker.
    await until(
      async () => {
        await clock.advance("30000ms");
        return warned().length >= 2;
      },
      { what: "two warnings", timeoutMs },
    );
    expect([...warned()].sort()).toEqual([`${scope.prefix}short.dlq`, `${scope.prefix}timed.dlq`]);
  });

  it("with overflow drop-head or message-ttl makes retries return early, and loses none", async () => {
    await using host = await createVirtualHost("policies");
    await using foreign = await connectForeign(host.url);
    const scope = createScope();
    const runs: string[] = [];
    const failFirst = (job: string): void => {
      runs.push(job);
      if (runs.filter((one) => one === job).length === 1) throw new Error("no");
    };
    class Jobs extends Service {
      name = "jobs";
      override options = scope.options({ url: host.url });
      @amqp("timed", { queueName: "timed", retry: { delays: ["1h"] } }) timed(job: string) {
        failFirst(job);
      }
      @amqp("short", { queueName: "short", retry: { delays: ["2h"] } }) short(job: string) {
        failFirst(job);
      }
    }
    await setPolicy(host, "timed", "\\.retry\\.1h$", { "message-ttl": 200 });
    await setPolicy(host, "short", "\\.retry\\.2h$", { "max-length": 3, overflow: "drop-head" });
    await using running = await start(Jobs);
    for (const body of ten) await foreign.publish("amq.topic", `${scope.prefix}timed`, `timed ${body}`);
    for (const body of ten) await foreign.publish("amq.topic", `${scope.prefix}short`, `short ${body}`);
    const again = (kind: string): number =>
      new Set(runs.filter((job, at) => job.startsWith(kind) && runs.indexOf(job) !== at)).size;
    await until(() => again("timed") === 10, { what: "all ten again", timeoutMs });
    await until(() => again("short") === 7, { what: "seven of ten again", timeoutMs });
    expect((await foreign.queueInfo(`${scope.prefix}jobs.retry.2h`))?.messageCount).toBe(3);
    expect(new Set(runs).size).toBe(20);
    expect(await running.stop()).toBe(0);
  });

  it("with expires deletes a dead-letter queue without consumers, and everything in it", async () => {
    await using host = await createVirtualHost("policies");
    await using foreign = await connectForeign(host.url);
    const scope = createScope();
    class Jobs extends Service {
      name = "jobs";
      override options = scope.options({ url: host.url });
      @amqp("job", { queueName: "jobs" }) on() {
        throw new Error("no");
      }
    }
    await using running = await start(Jobs);
    const queue = `${scope.prefix}jobs.dlq`;
    await foreign.publish("amq.topic", `${scope.prefix}job`, "1");
    await until(async () => (await foreign.queueInfo(queue))?.messageCount === 1, { what: "a dead letter", timeoutMs });
    await running.stop();
    await setPolicy(host, "blanket", "\\.dlq$", { expires: 200 });
    await until(async () => (await foreign.queueInfo(queue)) === undefined, { what: `${queue} is gone`, timeoutMs });
  });
});

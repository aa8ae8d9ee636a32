// Copies that cannot be made: the dead-letter queue is deleted, full, or not permitted. The delivery stays until this is fixed.
import { expect, it } from "vitest";
import { amqp, amqpPublish, JsonBase, Service } from "../../src/index.ts";
import {
  connectForeign,
  createVirtualHost,
  describeWithPrivateBroker,
  type ForeignConnection,
  operator,
  until,
} from "../support/broker.ts";
import { createScope, type RunningServices, start } from "../support/running.ts";
import { FaultCase, takeDeadLetters } from "./support/fault-case.ts";
import { scaled } from "./support/scale.ts";

interface Job {
  readonly id: string;
  readonly fails: boolean;
}

/** Not to the default exchange, through which copies go. */
const noCopies = { configure: ".*", write: "^(?!amq\\.default$)", read: ".*" };
const everything = { configure: ".*", write: ".*", read: ".*" };

const prefetch = 10;

interface Setting extends AsyncDisposable {
  readonly fault: FaultCase;
  readonly foreign: ForeignConnection;
  readonly running: RunningServices;
  readonly host: string;
  readonly queue: string;
  /** Publishes messages of which every third fails. */
  send(count: number): Promise<void>;
}

/** A service in its own virtual host. */
async function set(name: string, prepare?: (foreign: ForeignConnection, deadLetters: string) => Promise<unknown>) {
  const fault = new FaultCase(name);
  const { ledger } = fault;
  const virtualHost = await createVirtualHost("dlq");
  const foreign = await connectForeign(virtualHost.url);
  const scope = createScope();
  const queue = `${scope.prefix}jobs`;
  await prepare?.(foreign, `${queue}.dlq`);
  class Jobs extends Service {
    name = "jobs";
    override messageEnvelope = JsonBase;
    override options = scope.options({ url: virtualHost.url });
    @amqp("job", { queueName: "jobs", prefetch }) on({ id, fails }: Job) {
      if (fails) throw new Error(`not ${id}`);
      ledger.handled(id);
    }
  }
  const running = await start(Jobs);
  const [service] = running.services as [Service];
  let next = 0;
  const setting: Setting = {
    fault,
    foreign,
    running,
    host: virtualHost.name,
    queue,
    async send(count) {
      const jobs = Array.from({ length: count }, () => next++);
      await Promise.all(
        jobs.map((number) => {
          const job: Job = { id: `m${number}`, fails: number % 3 === 0 };
          return ledger.publish(job.id, () => amqpPublish(service, job, { routingKey: "job" }));
        }),
      );
    },
    async [Symbol.asyncDispose]() {
      await running.stop();
      await foreign.close();
      await virtualHost[Symbol.asyncDispose]();
    },
  };
  return setting;
}

/** Resolves when the service has repeatedly reported that copies fail, and accepts no more messages. */
async function awaitPause({ running, foreign, queue }: Setting): Promise<void> {
  /** Failed copies: a line is one, with those that it sums up. */
  const failed = (): number =>
    running.log
      .filter(({ msg }) => msg.includes("the consumer pauses"))
      .reduce((sum, { more = 0 }) => sum + 1 + Number(more), 0);
  await until(() => failed() > 0, { what: "the first failed copy" });
  // Similar lines are summed up every 10 s. More failures than messages in flight: some message was tried again.
  await until(() => failed() > prefetch, { what: "more failed copies than messages in flight", timeoutMs: 60_000 });
  // Not by the broker's count of consumers: a quorum queue counts one that is cancelled and holds deliveries.
  await until(() => running.log.some(({ msg }) => msg === `consumer of "${queue}" is paused`), { what: "the pause" });
  expect((await foreign.queueInfo(queue))?.messageCount).toBeGreaterThan(0);
}

/** Ends the case: everything arrives, the queue is consumed again, and it is empty after the stop. */
async function end(setting: Setting, count: number): Promise<void> {
  const { fault, foreign, running, queue } = setting;
  const look = (): Promise<void> => takeDeadLetters(foreign, `${queue}.dlq`, fault.ledger);
  const balance = await fault.end({ look });
  expect(balance).toMatchObject({ confirmed: count, deadLettered: Math.ceil(count / 3), duplicates: 0 });
  await until(async () => (await foreign.queueInfo(queue))?.consumerCount === 1, { what: "the consumer" });
  expect(await running.stop()).toBe(0);
  await look();
  expect(fault.ledger.balance()).toEqual(balance);
  expect(await foreign.queueInfo(queue)).toMatchObject({ messageCount: 0 });
}

const count = scaled(60, 600);

describeWithPrivateBroker("a dead-letter queue", () => {
  it("that was deleted is declared again", async () => {
    await using setting = await set("a dead-letter queue that was deleted");
    await setting.foreign.deleteQueue(`${setting.queue}.dlq`);
    await setting.send(count);
    await end(setting, count);
  });

  it("that is full delays only its own queue, until it has room", { timeout: 90_000 }, async () => {
    const full = {
      durable: true,
      arguments: { "x-queue-type": "classic", "x-overflow": "reject-publish" },
      maxLength: 2,
    };
    await using setting = await set("a dead-letter queue that is full", (foreign, queue) =>
      foreign.channel.assertQueue(queue, full),
    );
    await setting.send(count);
    await awaitPause(setting);
    expect(await setting.foreign.queueInfo(`${setting.queue}.dlq`)).toMatchObject({ messageCount: 2 });
    await end(setting, count);
  });

  it("that may not be written delays only its own queue, until it may", { timeout: 90_000 }, async () => {
    await using setting = await set("a dead-letter queue that is not permitted");
    await operator().setPermissions(setting.host, noCopies);
    await setting.send(count);
    await awaitPause(setting);
    expect(await setting.foreign.queueInfo(`${setting.queue}.dlq`)).toMatchObject({ messageCount: 0 });
    await operator().setPermissions(setting.host, everything);
    await end(setting, count);
  });
});

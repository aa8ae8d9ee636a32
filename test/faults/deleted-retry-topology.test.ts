// The objects that retries and dead letters need, deleted while a service runs: it reports and declares them again, and loses
// no confirmed message.
import { afterAll, expect, it } from "vitest";
import { startBroker } from "../../src/amqp-broker/broker.ts";
import { amqp, amqpPublish, JsonBase, Service } from "../../src/index.ts";
import { createVirtualClock } from "../../src/testing/virtual-clock.ts";
import { brokerKind, describeWithPrivateBroker, until } from "../support/broker.ts";
import { type ForeignConnection, openForeign } from "../support/foreign-connection.ts";
import { createScope, type RunningServices, startOnClock, type TestScope } from "../support/running.ts";
import { startOwnNode } from "./own-node.ts";
import { FaultCase, takeDeadLetters } from "./support/fault-case.ts";

interface OwnBroker {
  readonly url: string;
  stop(): Promise<unknown>;
}

const clock = createVirtualClock();

/** RabbitMQ's dead-letter worker tries again after 3 minutes; here after a second. The embedded broker goes by the test's clock. */
async function startOwnBroker(): Promise<OwnBroker> {
  if (brokerKind === "embedded") return startBroker({ clock });
  const node = await startOwnNode("deleted");
  await node.ctl("eval", "application:set_env(rabbit, dead_letter_worker_publisher_confirm_timeout, 1000).");
  return node;
}

/** A service whose handler fails at a message's first run. */
class Case implements AsyncDisposable {
  readonly fault: FaultCase;
  readonly scope: TestScope = createScope();
  readonly foreign: ForeignConnection;
  readonly failures = new Set<string>();
  /** Ids of messages that fail always. */
  readonly hopeless = new Set<string>();
  #running: RunningServices | undefined;

  constructor(name: string, foreign: ForeignConnection) {
    this.fault = new FaultCase(name);
    this.foreign = foreign;
  }

  get running(): RunningServices {
    if (!this.#running) throw new Error("the case has not started");
    return this.#running;
  }

  name(suffix: string): string {
    return `${this.scope.prefix}${suffix}`;
  }

  async start(url: string): Promise<this> {
    const { failures, hopeless, fault, scope } = this;
    class Retries extends Service {
      name = "retries";
      override messageEnvelope = JsonBase;
      // Longer than what a test does while a message waits, on a slow machine too.
      override options = scope.options({ url, retry: { delays: ["5s"] } });
      @amqp("job", { queueName: "jobs" }) on({ id }: { id: string }) {
        if (hopeless.has(id) || !failures.has(id)) {
          failures.add(id);
          throw new Error("fails");
        }
        fault.ledger.handled(id);
      }
    }
    this.#running = await startOnClock(clock, Retries);
    return this;
  }

  /** Publishes messages and resolves when each waits for its retry. */
  async publishFailing(...ids: readonly string[]): Promise<void> {
    await this.publish(...ids);
    await until(() => ids.every((id) => this.failures.has(id)), { what: "the first runs" });
    await until(async () => (await this.waiting()) === ids.length, { what: "the copies in the retry queue" });
  }

  async publish(...ids: readonly string[]): Promise<void> {
    const [service] = this.running.services as [Service];
    const send = (id: string): Promise<void> => amqpPublish(service, { id }, { routingKey: "job" });
    await Promise.all(ids.map((id) => this.fault.ledger.publish(id, () => send(id))));
  }

  async waiting(): Promise<number> {
    return (await this.foreign.queueInfo(this.name("retries.retry.5s")))?.messageCount ?? 0;
  }

  /** Moves the time on until the log has such a line. */
  async warned(text: string): Promise<void> {
    await this.passesUntil(() => this.running.log.some(({ level, msg }) => level >= 40 && msg.includes(text)), text);
  }

  async passesUntil(predicate: () => boolean | Promise<boolean>, what: string): Promise<void> {
    await until(
      async () => {
        if (await predicate()) return true;
        await clock.advance("30000ms");
        return false;
      },
      { timeoutMs: 40_000, what },
    );
  }

  async end(): Promise<void> {
    await this.passesUntil(async () => {
      for (const queue of ["jobs.dlq", "retries.lost.dlq"]) {
        await takeDeadLetters(this.foreign, this.name(queue), this.fault.ledger);
      }
      return this.fault.ledger.complete;
    }, "every confirmed message");
    await this.fault.end();
    expect(await this.running.stop()).toBe(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running?.stop();
    await this.foreign.close();
  }
}

describeWithPrivateBroker("objects that are deleted while a service runs", { timeout: 90_000 }, () => {
  let broker: Promise<OwnBroker> | undefined;
  afterAll(async () => (await broker)?.stop());

  async function startCase(name: string): Promise<Case> {
    broker ??= startOwnBroker();
    const { url } = await broker;
    return new Case(name, await openForeign(url)).start(url);
  }

  const ids = ["1", "2", "3", "4", "5"];

  it("the return exchange: waiting messages return when it was declared again", async () => {
    await using test = await startCase("the return exchange deleted");
    await test.publishFailing(...ids);
    await test.foreign.channel.deleteExchange(test.name("retries.return"));
    await test.warned(`The exchange "${test.name("retries.return")}" did not exist any more`);
    await test.end();
    expect(test.fault.ledger.balance()).toMatchObject({ handled: 5, deadLettered: 0 });
  });

  it("the return exchange, its alternate exchange and the lost queue", async () => {
    await using test = await startCase("the way back deleted");
    await test.publishFailing(...ids);
    await test.foreign.channel.deleteExchange(test.name("retries.return"));
    await test.foreign.channel.deleteExchange(test.name("retries.lost"));
    await test.foreign.deleteQueue(test.name("retries.lost.dlq"));
    await test.warned(`the queue "${test.name("retries.lost.dlq")}" did not exist any more`);
    await test.end();
    expect(test.fault.ledger.balance()).toMatchObject({ handled: 5, deadLettered: 0 });
  });

  it("the alternate exchange alone, and the queue's binding: unroutable messages are kept until a queue exists", async () => {
    await using test = await startCase("the alternate exchange and a binding deleted");
    await test.publishFailing(...ids);
    await test.foreign.channel.deleteExchange(test.name("retries.lost"));
    const [queue, exchange] = [test.name("jobs"), test.name("retries.return")];
    await test.foreign.channel.unbindQueue(queue, exchange, queue);
    await test.warned(`The exchange "${test.name("retries.lost")}" did not exist any more`);
    await test.end();
  });

  it("the binding of the queue: a message that missed it is a dead letter in the log, and the next one returns", async () => {
    await using test = await startCase("the binding to the return exchange deleted");
    const [queue, exchange] = [test.name("jobs"), test.name("retries.return")];
    await test.publishFailing("1");
    await test.foreign.channel.unbindQueue(queue, exchange, queue);
    const lost = test.name("retries.lost.dlq");
    if (brokerKind === "embedded") await clock.advance("5000ms");
    await until(async () => ((await test.foreign.queueInfo(lost))?.messageCount ?? 0) === 1, { what: "the lost copy" });
    await test.warned(`"${lost}" holds 1 message`);
    await test.publishFailing("2", "3");
    await test.end();
    expect(test.fault.ledger.balance()).toMatchObject({ handled: 2, deadLettered: 1 });
  });

  it("the exchange of a retry queue, and the queue: the next copy finds both declared again", async () => {
    await using test = await startCase("a retry queue and its exchange deleted");
    await test.foreign.channel.deleteExchange(test.name("retries.retry.5s"));
    await test.publish("1");
    await test.passesUntil(() => test.fault.ledger.complete, "the first message");
    await test.foreign.deleteQueue(test.name("retries.retry.5s"));
    await test.publish("2");
    await test.end();
    expect(test.fault.ledger.balance()).toMatchObject({ handled: 2, deadLettered: 0 });
  });

  it("everything, while nothing fails: it is declared again and reported before it is needed", async () => {
    await using test = await startCase("all side queues deleted");
    const { foreign } = test;
    for (const name of ["retries.return", "retries.lost", "retries.retry.5s"])
      await foreign.channel.deleteExchange(test.name(name));
    const queues = ["retries.lost.dlq", "retries.retry.5s", "jobs.dlq"].map((name) => test.name(name));
    for (const queue of queues) await foreign.deleteQueue(queue);
    for (const queue of queues) await test.warned(`he queue "${queue}" did not exist any more`);
    for (const queue of queues) expect(await foreign.queueInfo(queue), queue).toMatchObject({ messageCount: 0 });
    test.hopeless.add("1");
    await test.publish("1", "2");
    await test.end();
    expect(test.fault.ledger.balance()).toMatchObject({ handled: 1, deadLettered: 1 });
    const lines = test.running.log.filter(({ msg }) => msg.includes("did not exist any more"));
    expect(lines, "each part is told once").toHaveLength(3);
  });

  it("the dead-letter queue: the next dead letter finds it declared again", async () => {
    await using test = await startCase("a dead-letter queue deleted");
    test.hopeless.add("1");
    await test.publishFailing("1");
    await test.foreign.deleteQueue(test.name("jobs.dlq"));
    await test.end();
    expect(test.fault.ledger.balance()).toMatchObject({ handled: 0, deadLettered: 1 });
  });
});

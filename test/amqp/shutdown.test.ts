// A stop: running handlers end and acknowledge, other messages are requeued, and no finished message comes again.
import { expect, it } from "vitest";
import { type AmqpContext, amqp, amqpPublish, exit, Service } from "../../src/index.ts";
import { connectForeign, describeWithBroker, operator, uniqueName, until } from "../support/broker.ts";
import { createScope, start } from "../support/running.ts";

describeWithBroker("a graceful stop", () => {
  it("waits for running handlers, requeues the rest, and allows stopService to publish", async () => {
    const scope = createScope();
    const order: string[] = [];
    let finish = (): void => {};
    class Works extends Service {
      name = "works";
      override options = scope.options();
      @amqp("key", { queueName: "works", concurrency: 1 }) async on(data: string) {
        order.push(`began ${data}`);
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        order.push(`ended ${data}`);
      }
      override stoppingService() {
        order.push("stopping");
      }
      override async stopService() {
        await amqpPublish(this, "bye", { routingKey: "bye", mandatory: true });
        order.push("stopped");
      }
    }
    await using foreign = await connectForeign();
    const queue = uniqueName("bye");
    await foreign.channel.assertQueue(queue, { exclusive: true });
    await foreign.channel.bindQueue(queue, "amq.topic", `${scope.prefix}bye`);
    const running = await start(Works);
    for (const text of ["a", "b", "c"]) await foreign.publish("amq.topic", `${scope.prefix}key`, text);
    await until(() => order.length === 1, { what: "the first run" });
    const stopped = running.stop();
    await until(async () => (await foreign.queueInfo(`${scope.prefix}works`))?.messageCount === 2, {
      what: "two given back",
    });
    finish();
    expect(await stopped).toBe(0);
    expect(order).toEqual(["began a", "stopping", "ended a", "stopped"]);
    expect((await foreign.get(queue))?.content.toString()).toBe("bye");
    const gone = async (): Promise<boolean> => (await foreign.queueInfo(`${scope.prefix}works`))?.consumerCount === 0;
    await until(gone, { what: "the end of the consumer" });
    expect(await foreign.queueInfo(`${scope.prefix}works`)).toMatchObject({ messageCount: 2 });
    const rest = [await foreign.get(`${scope.prefix}works`), await foreign.get(`${scope.prefix}works`)];
    expect(rest.map((message) => message?.content.toString())).toEqual(["b", "c"]);
  });

  it("aborts a handler that runs longer than the grace period and requeues its message, whatever it throws then", async () => {
    const scope = createScope();
    let [begun, aborted] = [0, 0];
    class Stubborn extends Service {
      name = "stubborn";
      override options = { terminationGracePeriodSeconds: 0, ...scope.options() };
      @amqp("throws", { queueName: "throws" }) async throws(_data: string, { signal }: AmqpContext) {
        begun++;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        aborted++;
        throw new Error("interrupted");
      }
      @amqp("hangs", { queueName: "hangs" }) async hangs(_data: string, { signal }: AmqpContext) {
        begun++;
        signal.addEventListener("abort", () => aborted++);
        await new Promise(() => {});
      }
    }
    await using foreign = await connectForeign();
    const running = await start(Stubborn);
    await foreign.publish("amq.topic", `${scope.prefix}throws`, "x");
    await foreign.publish("amq.topic", `${scope.prefix}hangs`, "y");
    await until(() => begun === 2, { what: "both runs" });
    expect(await running.stop()).toBe(0);
    expect(aborted).toBe(2);
    for (const queue of ["throws", "hangs"]) {
      // The broker requeues what a closed channel held a moment after it has confirmed the close.
      await until(async () => (await foreign.queueInfo(`${scope.prefix}${queue}`))?.messageCount === 1, {
        what: "the requeued message",
      });
      expect(await foreign.queueInfo(`${scope.prefix}${queue}.dlq`)).toMatchObject({ messageCount: 0 });
    }
  });

  it("is started by exit(), also from inside a handler", async () => {
    const scope = createScope();
    class Leaves extends Service {
      name = "leaves";
      override options = scope.options();
      @amqp("key", { queueName: "leaves" }) on() {
        exit(3);
      }
    }
    await using foreign = await connectForeign();
    const running = await start(Leaves);
    await foreign.publish("amq.topic", `${scope.prefix}key`, "x");
    expect(await running.run.ended).toBe(3);
    expect(await foreign.queueInfo(`${scope.prefix}leaves`)).toMatchObject({ messageCount: 0 });
  });

  it("works after a reconnect, and the service has handled the messages from the meantime", async () => {
    const scope = createScope();
    const seen: string[] = [];
    class Comes extends Service {
      name = uniqueName("comes");
      override options = scope.options();
      @amqp("key", { queueName: "comes" }) on(data: string) {
        seen.push(data);
      }
    }
    await using running = await start(Comes);
    const [service] = running.services as [Service];
    await amqpPublish(service, "before", { routingKey: "key" });
    await until(() => seen.includes("before"), { what: "the first" });
    await operator().closeConnectionsOf(service.name);
    await amqpPublish(service, "after", { routingKey: "key" });
    await until(() => seen.includes("after"), { what: "the one after" });
    expect(running.log.some(({ msg }) => msg.includes("is consumed again"))).toBe(true);
  });
});

// A move to another queue (`previousQueueNames`) while an instance of the older version stops, with messages that no count shows.
import { expect, it } from "vitest";
import {
  type AmqpContext,
  amqp,
  defineService,
  on,
  type QueueType,
  Requeue,
  type ServiceClass,
} from "../../src/index.ts";
import { connectForeign, describeWithBroker, until } from "../support/broker.ts";
import { createScope, start, type TestScope } from "../support/running.ts";
import { FaultCase } from "./support/fault-case.ts";

type Handle = (id: string, context: AmqpContext) => Promise<void>;

function version(
  scope: TestScope,
  queueType: QueueType,
  queueName: string,
  previousQueueNames: string[],
  handle: Handle,
): ServiceClass {
  return defineService({
    name: "moves",
    options: { terminationGracePeriodSeconds: 3, ...scope.options({ queueType }) },
    handlers: { handle: on(amqp("key", { queueName, previousQueueNames }), handle) },
  });
}

const ids = ["a", "b", "c", "d", "e"];
const never = (): Promise<void> => new Promise(() => {});
const untilAborted = ({ signal }: AmqpContext): Promise<void> =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));

const ends: Readonly<Record<string, Handle>> = {
  "never end": never,
  "throw when they are told to end": async (_id, context) => {
    await untilAborted(context);
    throw new Error("told to end");
  },
  "put their messages back when they are told to end": async (_id, context) => {
    await untilAborted(context);
    throw new Requeue();
  },
};

describeWithBroker("moving away from a queue", () => {
  for (const queueType of ["classic", "quorum"] as const) {
    for (const [how, end] of Object.entries(ends)) {
      it(`loses nothing when a stopping instance's runs ${how} (${queueType})`, async () => {
        const scope = createScope();
        const fault = new FaultCase(`previousQueueNames, ${queueType}: a stopping instance's runs ${how}`);
        const { ledger } = fault;
        await using foreign = await connectForeign();
        let began = 0;
        const older = await start(
          version(scope, queueType, "old", [], (id, context) => {
            began++;
            return end(id, context);
          }),
        );
        for (const id of ids) await ledger.publish(id, () => foreign.publish("amq.topic", `${scope.prefix}key`, id));
        await until(() => began === ids.length, { what: "the older version to hold all messages" });
        await using newer = await start(version(scope, queueType, "new", ["old"], async (id) => ledger.handled(id)));
        const stopped = older.stop();
        const consumers = async (): Promise<boolean> =>
          (await foreign.queueInfo(`${scope.prefix}old`))?.consumerCount === 1;
        await until(consumers, { what: "the older version to take no more" });
        await stopped;
        await fault.end();
        // Only an operator, who sees unacknowledged messages, may delete it.
        expect(await foreign.queueInfo(`${scope.prefix}old`)).toEqual({ messageCount: 0, consumerCount: 1 });
        await newer.stop();
        for (const queue of ["old", "new"]) await foreign.deleteQueue(scope.prefix + queue);
      });
    }
  }

  it("handles a message that another consumer took from the old queue and requeues much later", async () => {
    const scope = createScope();
    const fault = new FaultCase("previousQueueNames: a message got by hand, and given back");
    const { ledger } = fault;
    await using foreign = await connectForeign();
    await using holder = await connectForeign();
    await (await start(version(scope, "classic", "old", [], never))).stop();
    for (const id of ids) await ledger.publish(id, () => foreign.publish("amq.topic", `${scope.prefix}key`, id));
    const queue = `${scope.prefix}old`;
    for (let held = 0; held < 3; held++) await holder.channel.get(queue);
    await using newer = await start(version(scope, "classic", "new", ["old"], async (id) => ledger.handled(id)));
    await until(() => ledger.balance().handled === 2, { what: "what nobody held" });
    await holder.close();
    await fault.end();
    await foreign.deleteQueue(queue);
    const consumed = (): unknown => newer.run.health()[0]?.transports[0]?.consumers.length === 1;
    await until(consumed, { what: "the end of the previous queue's consumer" });
  });
});

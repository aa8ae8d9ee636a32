// Batches: messages that are handled together, and settled together or one by one.
import { expect, it } from "vitest";
import {
  type AmqpContext,
  amqp,
  type BatchOutcome,
  defineService,
  JsonBase,
  type MessageMiddleware,
  on,
  Service,
} from "../../src/index.ts";
import { connectForeign, describeWithBroker, type ForeignConnection, until } from "../support/broker.ts";
import { createScope, failureOf, start, type TestScope } from "../support/running.ts";

const long = "10m";

async function send(foreign: ForeignConnection, scope: TestScope, ...texts: readonly string[]): Promise<void> {
  await Promise.all(texts.map((text) => foreign.publish("amq.topic", `${scope.prefix}batch`, text)));
}

/** Waits until everything is acknowledged, and returns the dead letters. */
async function afterwards(foreign: ForeignConnection, scope: TestScope): Promise<number> {
  const queue = `${scope.prefix}batch`;
  expect(await foreign.queueInfo(queue)).toMatchObject({ messageCount: 0 });
  return (await foreign.queueInfo(`${queue}.dlq`))?.messageCount ?? 0;
}

/** A consumer that is served before every other, for one message, on its own channel. */
async function greedyConsumer(foreign: ForeignConnection, queue: string) {
  const channel = await foreign.connection.createChannel();
  let taken = 0;
  await channel.prefetch(1);
  await channel.consume(queue, () => taken++, { priority: 10 });
  return { channel, took: () => taken > 0 };
}

describeWithBroker("a batch", () => {
  it("is delivered when it is full, with a context for each message, and acknowledged as a whole", async () => {
    const scope = createScope();
    const batches: string[][] = [];
    const service = defineService({
      name: "full",
      options: scope.options(),
      handlers: {
        batch: on(
          amqp("batch", { queueName: "batch", batch: { size: 3, wait: long } }),
          async (items: string[], contexts) => {
            expect(contexts.map(({ body }) => body.toString())).toEqual(items);
            batches.push(items);
          },
        ),
      },
    });
    await using foreign = await connectForeign();
    await using running = await start(service);
    await send(foreign, scope, "a", "b", "c", "d", "e", "f");
    await until(() => batches.length === 2, { what: "two batches" });
    expect(batches.map(({ length }) => length)).toEqual([3, 3]);
    expect(batches.flat().sort()).toEqual(["a", "b", "c", "d", "e", "f"]);
    await running.stop();
    expect(await afterwards(foreign, scope)).toBe(0);
  });

  it("is delivered incomplete when its first message has waited long enough", async () => {
    const scope = createScope();
    const batches: string[][] = [];
    class Waits extends Service {
      name = "waits";
      override options = scope.options();
      @amqp("batch", { queueName: "batch", batch: { size: 100, wait: "50ms" } }) batch(items: string[]) {
        batches.push(items);
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Waits);
    await send(foreign, scope, "a", "b");
    await until(() => batches.flat().length === 2, { what: "the messages" });
    await running.stop();
    expect(await afterwards(foreign, scope)).toBe(0);
  });

  it("is settled message by message if the handler returns outcomes", async () => {
    const scope = createScope();
    const seen: string[] = [];
    class OneByOne extends Service {
      name = "one-by-one";
      override options = scope.options();
      @amqp("batch", { queueName: "batch", batch: { size: 4, wait: "300ms" } })
      async batch(items: string[], contexts: AmqpContext[]): Promise<BatchOutcome[]> {
        return items.map((item, index) => {
          seen.push(item);
          if (item === "again") return contexts[index]?.redelivered ? "acknowledge" : "requeue";
          if (item === "reject") return "reject";
          return item === "error" ? new RangeError("this one alone") : undefined;
        });
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(OneByOne);
    await send(foreign, scope, "good", "again", "reject", "error");
    await until(() => seen.length === 5, { what: "the one that came again" });
    expect([...seen].sort()).toEqual(["again", "again", "error", "good", "reject"]);
    const dead = `${scope.prefix}batch.dlq`;
    await until(async () => (await foreign.queueInfo(dead))?.messageCount === 2, { what: "both that failed" });
    const copies = [await foreign.get(dead), await foreign.get(dead)];
    const reasons = copies.map((copy) => [copy?.content.toString(), copy?.properties.headers?.["x-tomodachi-reason"]]);
    expect(reasons.sort()).toEqual([
      ["error", "handler-error"],
      ["reject", "rejected"],
    ]);
    await running.stop();
    expect(await afterwards(foreign, scope)).toBe(0);
  });

  it("fails message by message when the handler throws, with the retry policy of each", async () => {
    const scope = createScope();
    const sizes: number[] = [];
    class Throws extends Service {
      name = "throws";
      override options = scope.options();
      @amqp("batch", { queueName: "batch", batch: { size: 2, wait: long }, retry: { quick: 1 } })
      async batch(items: string[]) {
        sizes.push(items.length);
        if (sizes.length === 1) throw new Error("not yet");
        if (items.includes("bad")) throw new Error("bad");
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Throws);
    await send(foreign, scope, "good", "bad");
    const dead = `${scope.prefix}batch.dlq`;
    await until(async () => (await foreign.queueInfo(dead))?.messageCount === 2, { what: "what failed twice" });
    expect(sizes).toEqual([2, 2]);
    await running.stop();
    const copy = await foreign.get(dead);
    expect(copy?.properties.headers).toMatchObject({ "x-tomodachi-attempts": 2, "x-tomodachi-error-message": "bad" });
  });

  it("contains no duplicates and no unreadable messages, and each message passes middleware", async () => {
    const scope = createScope();
    const batches: unknown[][] = [];
    const numbers: MessageMiddleware = (next, { message }) => {
      return next({ data: (message as { readonly data: number }).data * 10 });
    };
    class Sorted extends Service {
      name = "sorted";
      override options = scope.options();
      override messageEnvelope = JsonBase;
      override messageMiddleware = [numbers];
      @amqp("batch", { queueName: "batch", batch: { size: 2, wait: long } }) batch(items: number[]) {
        batches.push(items);
      }
    }
    const message = (data: number, uuid: string): string =>
      JSON.stringify({ service: {}, metadata: { message_uuid: uuid, data_encoding: "raw" }, data });
    await using foreign = await connectForeign();
    await using running = await start(Sorted);
    await send(foreign, scope, message(1, "one"));
    await send(foreign, scope, message(1, "one"));
    await send(foreign, scope, "{ unreadable");
    await send(foreign, scope, message(2, "two"));
    await until(() => batches.length === 1, { what: "the batch" });
    expect(batches).toEqual([[10, 20]]);
    await running.stop();
    expect(await afterwards(foreign, scope)).toBe(1);
  });

  it("that is not full is delivered at once when the service stops", async () => {
    const scope = createScope();
    const batches: string[][] = [];
    const arrived: string[] = [];
    const arrives: MessageMiddleware = (next, { message }) => {
      arrived.push(String(message));
      return next();
    };
    class Stops extends Service {
      name = "stops";
      override options = scope.options();
      override messageMiddleware = [arrives];
      @amqp("batch", { queueName: "batch", batch: { size: 10, wait: long } }) async batch(items: string[]) {
        batches.push(items);
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Stops);
    await send(foreign, scope, "a", "b");
    await until(() => arrived.length === 2, { what: "both messages" });
    expect(batches).toEqual([]);
    expect(await running.stop()).toBe(0);
    expect(batches.map((batch) => [...batch].sort())).toEqual([["a", "b"]]);
    expect(await afterwards(foreign, scope)).toBe(0);
  });

  it("is one message alone while a message may have crashed the process, and none waits for others", async () => {
    const scope = createScope();
    const batches: string[][] = [];
    class Careful extends Service {
      name = "careful";
      override options = scope.options();
      @amqp("batch", { queueName: "batch", prefetch: 2, batch: { size: 2, wait: long } }) async batch(items: string[]) {
        batches.push(items);
      }
    }
    await using foreign = await connectForeign();
    await (await start(Careful)).stop();
    await send(foreign, scope, "suspect");
    // As processes that the message crashes.
    for (let times = 0; times < 3; times++) {
      const channel = await foreign.connection.createChannel();
      await until(() => channel.get(`${scope.prefix}batch`), { what: "the suspect" });
      await channel.close();
    }
    await send(foreign, scope, "a", "b");
    await using running = await start(Careful);
    await until(() => batches.flat().length === 3, { what: "all of them" });
    expect(batches.map((batch) => batch.join()).sort()).toEqual(["a", "b", "suspect"]);
    expect(batches[0]).toEqual(["suspect"]);
    await send(foreign, scope, "c", "d");
    await until(() => batches.flat().length === 5, { what: "the next two" });
    expect([...(batches[3] ?? [])].sort()).toEqual(["c", "d"]);
    await running.stop();
    expect(await afterwards(foreign, scope)).toBe(0);
  });

  it("that waits is delivered at once when a suspected message arrives, which waits for it", async () => {
    const scope = createScope();
    const batches: string[][] = [];
    class Interrupted extends Service {
      name = "interrupted";
      override options = scope.options();
      @amqp("batch", { queueName: "batch", batch: { size: 10, wait: long } }) async batch(items: string[]) {
        batches.push(items);
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Interrupted);
    await send(foreign, scope, "a");
    // Consumers that are served before the service take it in turn and close, like processes that it crashes.
    let holder = await greedyConsumer(foreign, `${scope.prefix}batch`);
    await send(foreign, scope, "suspect");
    for (let times = 1; times <= 3; times++) {
      await until(() => holder.took(), { what: "the suspect" });
      const next = times < 3 ? await greedyConsumer(foreign, `${scope.prefix}batch`) : undefined;
      await holder.channel.close();
      if (next) holder = next;
    }
    await until(() => batches.flat().length === 2, { what: "both" });
    expect(batches).toEqual([["a"], ["suspect"]]);
    await running.stop();
    expect(await afterwards(foreign, scope)).toBe(0);
  });

  it("of one message that failed uses its retry queue, and the others are acknowledged", async () => {
    const scope = createScope();
    const batches: [string, number][][] = [];
    class Partly extends Service {
      name = "partly";
      override options = scope.options();
      @amqp("batch", {
        queueName: "batch",
        batch: { size: 3, wait: long },
        retry: { delays: ["0.2s"], attempts: 2 },
      })
      async batch(items: string[], contexts: AmqpContext[]): Promise<BatchOutcome[]> {
        batches.push(items.map((item, index) => [item, contexts[index]?.attempt ?? 0]));
        return items.map((item) => (item === "bad" ? new RangeError("bad") : undefined));
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Partly);
    await send(foreign, scope, "a", "bad", "b");
    await until(() => batches.length === 1, { what: "the first batch" });
    // The bad one fills the next batch, whether it returns before these two or after them.
    await send(foreign, scope, "c", "d");
    const copy = await until(() => foreign.get(`${scope.prefix}batch.dlq`), { what: "the bad one" });
    expect(copy.properties.headers).toMatchObject({
      "x-tomodachi-attempts": 2,
      "x-tomodachi-error-class": "RangeError",
    });
    expect(batches.map((batch) => [...batch].sort())).toEqual([
      [
        ["a", 1],
        ["b", 1],
        ["bad", 1],
      ],
      [
        ["bad", 2],
        ["c", 1],
        ["d", 1],
      ],
    ]);
    await running.stop();
    expect(await afterwards(foreign, scope)).toBe(0);
  });

  it("is collected as before after a previous queue is deleted", async () => {
    const scope = createScope();
    const batches: string[][] = [];
    const version = (queueName: string, previousQueueNames: string[]) =>
      defineService({
        name: "moved",
        options: scope.options(),
        handlers: {
          batch: on(
            amqp("batch", { queueName, previousQueueNames, batch: { size: 2, wait: long } }),
            (items: string[]) => {
              batches.push(items);
            },
          ),
        },
      });
    await using foreign = await connectForeign();
    await (await start(version("before", []))).stop();
    await using running = await start(version("batch", ["before"]));
    const consumers = (): number | undefined => running.run.health()[0]?.transports[0]?.consumers.length;
    await until(() => consumers() === 2, { what: "the previous queue to be consumed" });
    await foreign.deleteQueue(`${scope.prefix}before`);
    await until(() => consumers() === 1, { what: "the previous queue's end" });
    await send(foreign, scope, "a", "b");
    await until(() => batches.flat().length === 2, { what: "both" });
    expect(batches).toHaveLength(1);
    await running.stop();
    expect(await afterwards(foreign, scope)).toBe(0);
  });

  it("that many messages pause at once causes no warning about a listener leak from Node", async () => {
    const scope = createScope();
    const warnings: Error[] = [];
    const warned = (warning: Error): void => void warnings.push(warning);
    process.on("warning", warned);
    const done: string[] = [];
    const batch = { size: 12, wait: "100ms" } as const;
    const handle = async (items: string[], contexts: readonly AmqpContext[]): Promise<BatchOutcome[]> =>
      items.map((item, index) => {
        const { attempt = 1, redelivered } = contexts[index] ?? {};
        if (item === "requeue" && !redelivered) return "requeue";
        if (item === "error" && attempt === 1) return new Error("not yet");
        done.push(item);
        return "acknowledge";
      });
    // The pauses before a requeue grow per queue: three queues, so that no pause is long.
    const requeueing = on(amqp("batch", { batch }), handle);
    const service = defineService({
      name: "pauses",
      options: scope.options(),
      handlers: {
        first: requeueing,
        second: requeueing,
        third: requeueing,
        retrying: on(amqp("error", { batch, retry: { quick: 1 } }), handle),
      },
    });
    await using foreign = await connectForeign();
    await using running = await start(service);
    const errors = Array.from({ length: 12 }, () => foreign.publish("amq.topic", `${scope.prefix}error`, "error"));
    await Promise.all([...errors, send(foreign, scope, "requeue", "requeue", "requeue", "requeue")]);
    await until(() => done.length === 24, { what: "the second runs" });
    await running.stop();
    process.off("warning", warned);
    expect(warnings).toEqual([]);
  });

  it("that runs longer than its timeout is dead-lettered, message by message", async () => {
    const scope = createScope();
    class Slow extends Service {
      name = "slow";
      override options = scope.options();
      @amqp("batch", { queueName: "batch", batch: { size: 2, wait: "50ms" }, timeoutSeconds: 0.2 })
      async batch(_items: string[], contexts: AmqpContext[]) {
        await Promise.all(
          contexts.map(({ signal }) => {
            return new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
          }),
        );
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Slow);
    await send(foreign, scope, "a", "b");
    const dead = `${scope.prefix}batch.dlq`;
    await until(async () => (await foreign.queueInfo(dead))?.messageCount === 2, { what: "both" });
    await running.stop();
    const copy = await foreign.get(dead);
    expect(copy?.properties.headers).toMatchObject({ "x-tomodachi-reason": "timeout" });
  });

  it("whose handler returns a list of the wrong length fails with a named error", async () => {
    const scope = createScope();
    class Odd extends Service {
      name = "odd";
      override options = scope.options();
      @amqp("batch", { queueName: "batch", batch: { size: 2, wait: "50ms" } }) batch() {
        return [undefined, undefined, undefined];
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Odd);
    void running;
    await send(foreign, scope, "a");
    const copy = await until(() => foreign.get(`${scope.prefix}batch.dlq`), { what: "the copy" });
    expect(copy.properties.headers).toMatchObject({ "x-tomodachi-error-code": "ERR_AMQP_BATCH_RESULT" });
  });

  it("that cannot be filled fails the start", async () => {
    const scope = createScope();
    class Never extends Service {
      name = "never";
      override options = scope.options();
      @amqp("batch", { prefetch: 5, batch: { size: 10, wait: "1000ms" }, timeoutSeconds: 1, reply: true }) batch() {}
    }
    const { message } = await failureOf(Never);
    expect(message).toContain("options.batch.size is 10, above prefetch (5)");
    expect(message).toContain("options.timeoutSeconds is 1");
    expect(message).toContain("options.reply cannot be used with batch");
  });
});

// Retries: a failed message is handled again after its delays, returns only to its own queue, and is finally dead-lettered.
import { expect, it } from "vitest";
import { type AmqpContext, amqp, JsonBase, Reject, RetryLater, Service } from "../../src/index.ts";
import { createDeferred, type Deferred } from "../../src/util/deferred.ts";
import { connectForeign, describeWithBroker, describeWithPrivateBroker, operator, until } from "../support/broker.ts";
import { warningsOf } from "../support/capturing-logger.ts";
import { createScope, type RunningServices, start } from "../support/running.ts";

/** The attempt of a run. */
interface Seen {
  readonly data: unknown;
  readonly attempt: number;
  readonly routingKey: string;
  readonly exchangeName: string;
}

const seenBy = (data: unknown, { attempt, routingKey, exchangeName }: AmqpContext): Seen => ({
  data,
  attempt,
  routingKey,
  exchangeName,
});

/** A message as an envelope builds it, with an id. */
const jsonBase = (data: unknown): string =>
  JSON.stringify({ service: {}, metadata: { message_uuid: "u-1", data_encoding: "raw" }, data });

/** Stops a service while its only run continues, which then fails: a stop takes longer than a delay on a slow machine. */
async function failInStop(running: RunningServices, failing: Deferred<void>): Promise<void> {
  const stopped = running.stop();
  const consumer = () => running.run.health()[0]?.transports[0]?.consumers[0];
  await until(() => consumer()?.state === "cancelled", { what: "the end of the consumer" });
  failing.resolve();
  await stopped;
}

describeWithBroker("a retry", () => {
  it("handles a message again that failed twice, and then leaves nothing behind", async () => {
    const scope = createScope();
    const seen: Seen[] = [];
    class Twice extends Service {
      name = "twice";
      override options = scope.options();
      @amqp("order.*", { queueName: "twice", retry: { delays: ["100ms", "200ms"] } })
      on(data: string, context: AmqpContext) {
        seen.push(seenBy(data, context));
        if (seen.length < 3) throw new Error("not yet");
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Twice);
    await foreign.publish("amq.topic", `${scope.prefix}order.paid`, "one");
    await until(() => seen.length === 3, { what: "three runs" });
    expect(seen).toEqual(
      [1, 2, 3].map((attempt) => ({ data: "one", attempt, routingKey: "order.paid", exchangeName: "amq.topic" })),
    );
    expect(running.run.describe().at(-1)).toBe(
      "  5 queues, all quorum: 1 for messages, 1 for dead letters, 2 for retries, 1 for lost retries",
    );
    await running.stop();
    for (const queue of ["twice", "twice.dlq", "twice.retry.100ms", "twice.retry.200ms", "twice.lost.dlq"]) {
      expect(await foreign.queueInfo(scope.prefix + queue), queue).toMatchObject({ messageCount: 0 });
    }
  });

  it("dead-letters a message that always fails, with attempts and times, and removes headers that would misroute a copy", async () => {
    const scope = createScope();
    let runs = 0;
    class Always extends Service {
      name = "always";
      override options = scope.options({ retry: { delays: ["50ms"], attempts: 3 } });
      @amqp("key", { queueName: "always" }) on() {
        runs++;
        throw Object.assign(new TypeError(`failure ${runs}`), runs === 1 ? { code: "ERR_FIRST" } : {});
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Always);
    void running;
    await foreign.publish("amq.topic", `${scope.prefix}key`, "body", {
      contentType: "text/x",
      messageId: "m-1",
      correlationId: "c-1",
      replyTo: "r-1",
      priority: 3,
      expiration: "600000",
      userId: "guest",
      headers: { mine: 1, CC: ["elsewhere"], "x-death": [{ queue: "another", reason: "expired", count: 7 }] },
    });
    const copy = await until(() => foreign.get(`${scope.prefix}always.dlq`), { what: "the dead letter" });
    expect([runs, copy.content.toString()]).toEqual([3, "body"]);
    const kept = { contentType: "text/x", messageId: "m-1", correlationId: "c-1", replyTo: "r-1", priority: 3 };
    expect(copy.properties).toMatchObject({ ...kept, deliveryMode: 2 });
    const { headers = {}, expiration, userId } = copy.properties;
    expect([expiration, userId]).toEqual([undefined, undefined]);
    expect(headers).toMatchObject({
      mine: 1,
      "x-tomodachi-original-CC": ["elsewhere"],
      "x-tomodachi-original-expiration": "600000",
      "x-tomodachi-original-user-id": "guest",
      "x-tomodachi-reason": "handler-error",
      "x-tomodachi-error-message": "failure 3",
      "x-tomodachi-attempts": 3,
      "x-tomodachi-failures": 3,
      "x-tomodachi-exchange": "amq.topic",
      "x-tomodachi-routing-key": `${scope.prefix}key`,
      "x-tomodachi-queue": `${scope.prefix}always`,
    });
    expect(Object.keys(headers).filter((name) => /^(CC|BCC|x-(death|first-death|last-death).*)$/.test(name))).toEqual(
      [],
    );
    // The first failure had a code; the last one, which is reported, had none.
    expect(headers).not.toHaveProperty("x-tomodachi-error-code");
    const [first, last] = ["x-tomodachi-first-failed-at", "x-tomodachi-failed-at"].map((name) =>
      Date.parse(String(headers[name])),
    );
    expect((last ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(100);
  });

  it("calls `when`, and never retries a message that was rejected or cannot be read", async () => {
    const scope = createScope();
    const runs: string[] = [];
    const asked: unknown[] = [];
    class Choosy extends Service {
      name = "choosy";
      override options = scope.options({
        retry: {
          delays: ["50ms"],
          when: (error, { attempt }) => {
            asked.push([(error as Error).message, attempt]);
            return (error as Error).message === "again";
          },
        },
      });
      @amqp("text", { queueName: "choosy" }) on(data: string) {
        runs.push(data);
        if (data === "reject") throw new Reject("never");
        throw new Error(data);
      }
      @amqp("json", { queueName: "choosy-json", messageEnvelope: JsonBase }) json() {
        runs.push("json");
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Choosy);
    void running;
    for (const body of ["again", "no", "reject"]) await foreign.publish("amq.topic", `${scope.prefix}text`, body);
    await foreign.publish("amq.topic", `${scope.prefix}json`, "not json");
    const count = async (queue: string): Promise<number> =>
      (await foreign.queueInfo(scope.prefix + queue))?.messageCount ?? 0;
    await until(async () => (await count("choosy.dlq")) === 3 && (await count("choosy-json.dlq")) === 1, {
      what: "four dead letters",
    });
    expect(runs.sort()).toEqual(["again", "again", "no", "reject"]);
    expect(asked.sort()).toEqual([
      ["again", 1],
      ["again", 2],
      ["no", 1],
    ]);
  });

  it("continues and logs it if `when` returns an invalid answer, also a promise that rejects", async () => {
    const scope = createScope();
    const when = async (): Promise<boolean> => {
      throw new Error("nobody waits for this");
    };
    class Asynchronous extends Service {
      name = "asynchronous";
      override options = scope.options({ retry: { quick: 1, when: when as unknown as () => boolean } });
      @amqp("key", { queueName: "asynchronous" }) on() {
        throw new Error("no");
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Asynchronous);
    await foreign.publish("amq.topic", `${scope.prefix}key`, "body");
    const copy = await until(() => foreign.get(`${scope.prefix}asynchronous.dlq`), { what: "the copy" });
    expect(copy.properties.headers).toMatchObject({ "x-tomodachi-attempts": 2 });
    expect(running.log.map(({ msg }) => msg)).toContainEqual(
      expect.stringMatching(/^retry\.when .* returned a promise/),
    );
  });

  it("happens at the handler's request without a policy, and declares what it needs then", async () => {
    const scope = createScope();
    const attempts: number[] = [];
    class Later extends Service {
      name = "later";
      override options = scope.options();
      @amqp("key", { queueName: "later" }) on(_data: string, { attempt }: AmqpContext) {
        attempts.push(attempt);
        if (attempt < 3) throw new RetryLater("300ms");
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Later);
    void running;
    expect(await foreign.queueInfo(`${scope.prefix}later.retry.1s`)).toBeUndefined();
    await foreign.publish("amq.topic", `${scope.prefix}key`, "x");
    await until(() => attempts.length === 3, { what: "the third run" });
    expect(attempts).toEqual([1, 2, 3]);
    expect(await foreign.queueInfo(`${scope.prefix}later.retry.1s`)).toMatchObject({ messageCount: 0 });
    expect(await foreign.queueInfo(`${scope.prefix}later.dlq`)).toMatchObject({ messageCount: 0 });
  });

  it("dead-letters a message that asks for more runs than the policy's attempts", async () => {
    const scope = createScope();
    let runs = 0;
    class Insists extends Service {
      name = "insists";
      override options = scope.options();
      @amqp("key", { queueName: "insists", retry: { delays: ["50ms"], attempts: 2 } }) on() {
        runs++;
        throw new RetryLater("20ms", "again, please");
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Insists);
    void running;
    await foreign.publish("amq.topic", `${scope.prefix}key`, "x");
    const copy = await until(() => foreign.get(`${scope.prefix}insists.dlq`), { what: "the dead letter" });
    expect(runs).toBe(2);
    expect(copy.properties.headers).toMatchObject({
      "x-tomodachi-error-class": "RetryLater",
      "x-tomodachi-error-message": "again, please",
      "x-tomodachi-attempts": 2,
    });
  });

  it("runs first in the process, with fresh data, and after that with delays", async () => {
    const scope = createScope();
    const seen: unknown[] = [];
    class Quick extends Service {
      name = "quick";
      override messageEnvelope = JsonBase;
      override options = scope.options();
      @amqp("key", { queueName: "quick", retry: { delays: ["50ms"], quick: 2 } })
      on(data: { list: number[] }, { attempt, redelivered, headers }: AmqpContext) {
        seen.push([attempt, redelivered, "x-tomodachi-attempts" in headers, [...data.list]]);
        data.list.push(attempt);
        if (attempt < 4) throw new Error("not yet");
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Quick);
    void running;
    const body = jsonBase({ list: [0] });
    await foreign.publish("amq.topic", `${scope.prefix}key`, body);
    await until(() => seen.length === 4, { what: "four runs" });
    expect(seen).toEqual([
      [1, false, false, [0]],
      [2, false, false, [0]],
      [3, false, false, [0]],
      [4, false, true, [0]],
    ]);
    // The copy released the id; the success did not.
    await foreign.publish("amq.topic", `${scope.prefix}key`, body);
    await until(async () => (await foreign.queueInfo(`${scope.prefix}quick`))?.messageCount === 0, { what: "the ack" });
    await running.stop();
    expect(seen.length).toBe(4);
  });

  it("uses the handler's own policy, or none", async () => {
    const scope = createScope();
    const runs: string[] = [];
    class Own extends Service {
      name = "own";
      override options = scope.options({ retry: { delays: ["50ms"] } });
      @amqp("a", { queueName: "inherits" }) a() {
        runs.push("a");
        throw new Error("a");
      }
      @amqp("b", { queueName: "more", retry: { delays: ["30ms"], attempts: 3 } }) b() {
        runs.push("b");
        throw new Error("b");
      }
      @amqp("c", { queueName: "none", retry: false }) c() {
        runs.push("c");
        throw new Error("c");
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Own);
    void running;
    for (const key of ["a", "b", "c"]) await foreign.publish("amq.topic", scope.prefix + key, "x");
    for (const queue of ["inherits", "more", "none"])
      await until(() => foreign.get(`${scope.prefix}${queue}.dlq`), { what: `the dead letter of ${queue}` });
    expect(runs.sort()).toEqual(["a", "a", "b", "b", "b", "c"]);
  });

  it("returns each of many messages after its own delay: a short delay does not wait for a long one", async () => {
    const scope = createScope();
    const delays = ["50ms", "1h", "150ms", "300ms"] as const;
    const ended: string[] = [];
    class Mixed extends Service {
      name = "mixed";
      override options = scope.options({ retry: { delays: ["50ms", "150ms", "300ms", "1h"] } });
      @amqp("key", { queueName: "mixed" }) on(data: (typeof delays)[number], { attempt }: AmqpContext) {
        if (attempt === 1) throw new RetryLater(data);
        ended.push(data);
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Mixed);
    void running;
    const sent = Array.from({ length: 40 }, (_, index) => delays[index % 4] ?? "");
    for (const body of sent) await foreign.publish("amq.topic", `${scope.prefix}key`, body);
    await until(() => ended.length === 30, { what: "all that wait shortly" });
    expect([...ended].sort()).toEqual(sent.filter((delay) => delay !== "1h").sort());
    const waiting = async (): Promise<boolean> =>
      (await foreign.queueInfo(`${scope.prefix}mixed.retry.1h`))?.messageCount === 10;
    await until(waiting, { what: "the ten that wait for an hour" });
  });

  it("returns only to the queue that failed", async () => {
    const scope = createScope();
    const runs: string[] = [];
    class Both extends Service {
      name = "both";
      override options = scope.options({ retry: { delays: ["50ms"] } });
      @amqp("key", { queueName: "good" }) good() {
        runs.push("good");
      }
      @amqp("key", { queueName: "bad" }) bad(_data: string, { attempt }: AmqpContext) {
        runs.push("bad");
        if (attempt === 1) throw new Error("not yet");
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Both);
    await foreign.publish("amq.topic", `${scope.prefix}key`, "x");
    await until(() => runs.filter((run) => run === "bad").length === 2, { what: "the second run" });
    await running.stop();
    expect(runs.sort()).toEqual(["bad", "bad", "good"]);
    expect(await foreign.queueInfo(`${scope.prefix}good`)).toMatchObject({ messageCount: 0 });
  });

  it("of forty messages of a deleted queue delays none of an existing queue", async () => {
    const scope = createScope();
    const handled: string[] = [];
    class Living extends Service {
      name = "vanish";
      override options = scope.options({ retry: { delays: ["300ms"] } });
      @amqp("living", { queueName: "living" }) on(data: string, { attempt }: AmqpContext) {
        if (attempt === 1) throw new Error("not yet");
        handled.push(data);
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Living);
    void running;
    // Like the copies of a queue that was deleted before they return.
    for (let index = 0; index < 40; index++)
      await foreign.publish(`${scope.prefix}vanish.retry.300ms`, `${scope.prefix}gone`, `${index}`);
    await foreign.publish("amq.topic", `${scope.prefix}living`, "x");
    await until(() => handled.length === 1, { what: "the living one" });
    const lost = `${scope.prefix}vanish.lost.dlq`;
    await until(async () => (await foreign.queueInfo(lost))?.messageCount === 40, { what: "forty without a queue" });
    expect((await foreign.get(lost))?.content.toString()).toBe("0");
  });

  it("continues after a stop of the service during the delay, and the next instance keeps the count", async () => {
    const scope = createScope();
    const attempts: number[] = [];
    const failing = createDeferred();
    class Stopped extends Service {
      name = "stopped";
      override options = scope.options();
      @amqp("key", { queueName: "stopped", retry: { delays: ["400ms"] } })
      async on(_data: string, { attempt }: AmqpContext) {
        attempts.push(attempt);
        if (attempt > 1) return;
        await failing.promise;
        throw new Error("not yet");
      }
    }
    await using foreign = await connectForeign();
    const first = await start(Stopped);
    await foreign.publish("amq.topic", `${scope.prefix}key`, "x");
    await until(() => attempts.length === 1, { what: "the first run" });
    await failInStop(first, failing);
    expect(attempts).toEqual([1]);
    await using second = await start(Stopped);
    void second;
    await until(() => attempts.length === 2, { what: "the second run" });
    expect(attempts).toEqual([1, 2]);
    expect(await foreign.queueInfo(`${scope.prefix}stopped.dlq`)).toMatchObject({ messageCount: 0 });
  });

  it("requeues a message when a stop comes in a quick pause, and counts it as redelivered", async () => {
    const scope = createScope();
    const seen: unknown[] = [];
    let failing = true;
    class Pausing extends Service {
      name = "pausing";
      override options = scope.options({ retry: { quick: 20 } });
      @amqp("key", { queueName: "pausing" }) on(_data: string, { attempt, redelivered }: AmqpContext) {
        seen.push([attempt, redelivered]);
        if (failing) throw new Error("not yet");
      }
    }
    await using foreign = await connectForeign();
    const first = await start(Pausing);
    await foreign.publish("amq.topic", `${scope.prefix}key`, "x");
    await until(() => seen.length === 3, { what: "three runs" });
    await first.stop();
    const runs = seen.length;
    expect(seen.slice(0, 3)).toEqual([1, 2, 3].map((attempt) => [attempt, false]));
    const isBack = async (): Promise<boolean> =>
      (await foreign.queueInfo(`${scope.prefix}pausing`))?.messageCount === 1;
    await until(isBack, { what: "the message to be back in its queue" });
    failing = false;
    await using second = await start(Pausing);
    void second;
    await until(() => seen.length > runs, { what: "the run after the stop" });
    expect(seen.slice(runs)).toEqual([[2, true]]);
  });

  it("waits in the process if the queue belongs to one instance", async () => {
    const scope = createScope();
    const attempts: number[] = [];
    class Alone extends Service {
      name = "alone";
      override options = scope.options({ retry: { delays: ["50ms", "100ms"] } });
      @amqp("key", { queueName: "alone", competing: false }) on(_data: string, { attempt }: AmqpContext) {
        attempts.push(attempt);
        throw new Error("never");
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Alone);
    void running;
    await foreign.publish("amq.topic", `${scope.prefix}key`, "x");
    const copy = await until(() => foreign.get(`${scope.prefix}alone.dlq`), { what: "the dead letter" });
    expect(attempts).toEqual([1, 2, 3]);
    expect(copy.properties.headers).toMatchObject({ "x-tomodachi-attempts": 3, "x-tomodachi-failures": 3 });
    expect(await foreign.queueInfo(`${scope.prefix}alone.retry.50ms`)).toBeUndefined();
  });

  it("declares its queues again when they were deleted", async () => {
    const scope = createScope();
    let runs = 0;
    class Mended extends Service {
      name = "mended";
      override options = scope.options({ retry: { delays: ["50ms"] } });
      @amqp("key", { queueName: "mended" }) on(_data: string, { attempt }: AmqpContext) {
        runs++;
        if (attempt === 1) throw new Error("not yet");
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Mended);
    void running;
    const send = (): Promise<unknown> => foreign.publish("amq.topic", `${scope.prefix}key`, "x");
    await foreign.deleteQueue(`${scope.prefix}mended.retry.50ms`);
    await send();
    await until(() => runs === 2, { what: "the retry through a queue made anew" });
    await foreign.channel.deleteExchange(`${scope.prefix}mended.retry.50ms`);
    await send();
    await until(() => runs === 4, { what: "the retry through an exchange made anew" });
    await foreign.deleteQueue(`${scope.prefix}mended`);
    await until(async () => ((await foreign.queueInfo(`${scope.prefix}mended`))?.consumerCount ?? 0) > 0, {
      what: "the queue made anew and consumed",
    });
    await send();
    await until(() => runs === 6, { what: "the retry to a queue made anew" });
    expect(await foreign.queueInfo(`${scope.prefix}mended.lost.dlq`)).toMatchObject({ messageCount: 0 });
  });

  it("reaches a queue that has a new name", async () => {
    const scope = createScope();
    const seen: unknown[] = [];
    const failing = createDeferred();
    // With ids, because for a short time both queues receive returned copies.
    class Old extends Service {
      name = "renamed";
      override messageEnvelope = JsonBase;
      override options = scope.options({ retry: { delays: ["500ms"] } });
      @amqp("key", { queueName: "old" }) async on() {
        seen.push("old");
        await failing.promise;
        throw new Error("not here");
      }
    }
    class New extends Service {
      name = "renamed";
      override messageEnvelope = JsonBase;
      override options = scope.options({ retry: { delays: ["500ms"] } });
      @amqp("key", { queueName: "new", previousQueueNames: ["old"] }) on(_data: string, { attempt }: AmqpContext) {
        seen.push(attempt);
      }
    }
    await using foreign = await connectForeign();
    const old = await start(Old);
    await foreign.publish("amq.topic", `${scope.prefix}key`, jsonBase("x"));
    await until(() => seen.length === 1, { what: "the run" });
    await failInStop(old, failing);
    await using running = await start(New);
    void running;
    await until(() => seen.length === 2, { what: "the retry under the new name" });
    expect(seen).toEqual(["old", 2]);
  });

  it("reaches a queue that has a new name, even if the new version has no delays of its own", async () => {
    const scope = createScope();
    const seen: unknown[] = [];
    const failing = createDeferred();
    class Old extends Service {
      name = "renamed-later";
      override messageEnvelope = JsonBase;
      override options = scope.options();
      @amqp("key", { queueName: "old" }) async on() {
        seen.push("old");
        await failing.promise;
        throw new RetryLater("1s");
      }
    }
    class New extends Service {
      name = "renamed-later";
      override messageEnvelope = JsonBase;
      override options = scope.options();
      @amqp("key", { queueName: "new", previousQueueNames: ["old"] }) on(_data: string, { attempt }: AmqpContext) {
        seen.push(attempt);
      }
    }
    await using foreign = await connectForeign();
    const old = await start(Old);
    await foreign.publish("amq.topic", `${scope.prefix}key`, jsonBase("x"));
    await until(() => seen.length === 1, { what: "the run" });
    await failInStop(old, failing);
    await using running = await start(New);
    void running;
    await until(() => seen.length === 2, { what: "the retry under the new name" });
    expect(seen).toEqual(["old", 2]);
  });

  it("works in the python profile as well", async () => {
    const scope = createScope();
    const attempts: number[] = [];
    class Python extends Service {
      name = "python";
      override options = scope.options({ topology: "python", retry: { delays: ["50ms"] } });
      @amqp("key", { competing: true }) on(_data: string, { attempt }: AmqpContext) {
        attempts.push(attempt);
        if (attempt === 1) throw new Error("not yet");
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Python);
    void running;
    await foreign.publish("amq.topic", `${scope.prefix}key`, "x");
    await until(() => attempts.length === 2, { what: "the second run" });
    expect(attempts).toEqual([1, 2]);
  });
});

describeWithPrivateBroker("the queues of retries", () => {
  it("do not change the queue's own arguments: other delays start without a warning", async () => {
    const scope = createScope();
    const make = (delays: readonly `${number}ms`[]) =>
      class Scheduled extends Service {
        name = "scheduled";
        override options = scope.options({ retry: { delays, quick: delays.length } });
        @amqp("key", { queueName: "scheduled" }) on() {}
      };
    const argumentsOf = async (name: string): Promise<unknown> =>
      (await operator().listQueues()).find((queue) => queue.name === scope.prefix + name)?.arguments;
    await (await start(make(["100ms"]))).stop();
    const before = await argumentsOf("scheduled");
    const again = await start(make(["300ms", "100ms"]));
    await again.stop();
    expect(warningsOf(again.log)).toEqual([]);
    expect(await argumentsOf("scheduled")).toEqual(before);
    expect(await argumentsOf("scheduled.retry.300ms")).toEqual({
      "x-queue-type": "quorum",
      "x-message-ttl": 300,
      "x-dead-letter-exchange": `${scope.prefix}scheduled.return`,
      "x-dead-letter-strategy": "at-least-once",
      "x-overflow": "reject-publish",
    });
  });
});

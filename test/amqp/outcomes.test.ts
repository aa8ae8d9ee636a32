// What happens to a delivery: every path ends in exactly one settlement, and nothing is lost.
import { expect, it } from "vitest";
import { type AmqpContext, amqp, JsonBase, type MessageMiddleware, Reject, Requeue, Service } from "../../src/index.ts";
import { createDeferred } from "../../src/util/deferred.ts";
import { connectForeign, describeWithBroker, until } from "../support/broker.ts";
import { createScope, start } from "../support/running.ts";

const envelope = (data: unknown, uuid: string = crypto.randomUUID()): string =>
  JSON.stringify({
    service: { name: "sender", uuid: "u" },
    metadata: {
      message_uuid: uuid,
      protocol_version: "tomodachi-json-base--1.0.0",
      timestamp: 1,
      topic: "t",
      data_encoding: "raw",
    },
    data,
  });

describeWithBroker("the outcome of a delivery", () => {
  it("acknowledges a message whose handler resolved", async () => {
    const scope = createScope();
    const seen: unknown[] = [];
    class Ok extends Service {
      name = "ok";
      override options = scope.options();
      @amqp("key", { queueName: "ok" }) async on(data: string) {
        seen.push(data);
      }
    }
    await using foreign = await connectForeign();
    {
      await using running = await start(Ok);
      void running;
      await foreign.publish("amq.topic", `${scope.prefix}key`, "one");
      await until(() => seen.length === 1, { what: "the message" });
    }
    expect(seen).toEqual(["one"]);
    expect(await foreign.queueInfo(`${scope.prefix}ok`)).toMatchObject({ messageCount: 0 });
    expect(await foreign.queueInfo(`${scope.prefix}ok.dlq`)).toMatchObject({ messageCount: 0 });
  });

  it.each([99, 3])("runs a message whose sender wrote a delivery count of %i as its second run", async (count) => {
    const scope = createScope();
    const attempts: number[] = [];
    class Twice extends Service {
      name = "twice";
      override options = scope.options();
      @amqp("key", { queueName: "twice" }) async on(_data: string, { attempt }: AmqpContext) {
        attempts.push(attempt);
        if (attempts.length === 1) throw new Requeue();
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Twice);
    const headers = { "x-delivery-count": count };
    await foreign.publish("amq.topic", `${scope.prefix}key`, "one", { headers });
    await until(() => attempts.length === 2, { what: "the second run" });
    await running.stop();
    expect(attempts).toEqual([1, 2]);
    expect(running.log.filter(({ msg }) => msg.includes("It is handled alone"))).toEqual([]);
    expect(await foreign.queueInfo(`${scope.prefix}twice.dlq`)).toMatchObject({ messageCount: 0 });
  });

  it("dead-letters a message whose handler threw, with the reason in headers and the same body", async () => {
    const scope = createScope();
    class Fails extends Service {
      name = "fails";
      override options = scope.options();
      @amqp("key", { queueName: "fails" }) on() {
        throw new TypeError("no such customer", { cause: new RangeError("the database is closed") });
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Fails);
    void running;
    await foreign.publish("amq.topic", `${scope.prefix}key`, "body", {
      contentType: "text/x",
      messageId: "m-1",
      expiration: "60000",
      headers: { mine: 1, CC: ["elsewhere"] },
    });
    const copy = await until(() => foreign.get(`${scope.prefix}fails.dlq`), { what: "the copy" });
    expect(copy.content.toString()).toBe("body");
    expect(copy.properties).toMatchObject({ contentType: "text/x", messageId: "m-1", deliveryMode: 2 });
    expect(copy.properties.expiration).toBeUndefined();
    expect(copy.properties.headers).toMatchObject({
      mine: 1,
      "x-tomodachi-original-CC": ["elsewhere"],
      "x-tomodachi-original-expiration": "60000",
      "x-tomodachi-reason": "handler-error",
      "x-tomodachi-error-class": "TypeError",
      "x-tomodachi-error-message": "no such customer",
      "x-tomodachi-handler": "on",
      "x-tomodachi-service": "fails",
      "x-tomodachi-queue": `${scope.prefix}fails`,
      "x-tomodachi-routing-key": `${scope.prefix}key`,
      "x-tomodachi-attempts": 1,
    });
    expect(copy.properties.headers?.["x-tomodachi-error-stack"]).toMatch(
      /^TypeError: no such customer\n +at .*\n(.*\n)*caused by: RangeError: the database is closed\n +at .*outcomes\.test\.ts/,
    );
    await until(async () => (await foreign.queueInfo(`${scope.prefix}fails`))?.messageCount === 0, { what: "the ack" });
  });

  it("does not handle an unreadable message, and dead-letters it", async () => {
    const scope = createScope();
    const seen: unknown[] = [];
    class Reads extends Service {
      name = "reads";
      override options = scope.options();
      @amqp("json", { queueName: "json", messageEnvelope: JsonBase }) json(data: unknown) {
        seen.push(data);
      }
      @amqp("text", { queueName: "text" }) text(data: unknown) {
        seen.push(data);
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Reads);
    void running;
    for (const body of ["", "hello", "[1, 2]", '{"metadata": null}'])
      await foreign.publish("amq.topic", `${scope.prefix}json`, body);
    await foreign.publish("amq.topic", `${scope.prefix}text`, Buffer.from([0xff, 0xfe, 0x00]));
    const aside = async (queue: string): Promise<number> =>
      (await foreign.queueInfo(`${scope.prefix}${queue}.dlq`))?.messageCount ?? 0;
    await until(async () => (await aside("json")) === 4 && (await aside("text")) === 1, { what: "five copies" });
    const copy = await foreign.get(`${scope.prefix}text.dlq`);
    expect(copy?.properties.headers).toMatchObject({
      "x-tomodachi-reason": "unreadable",
      "x-tomodachi-error-code": "ERR_AMQP_BODY_NOT_TEXT",
    });
    expect(seen).toEqual([]);
  });

  it("requeues a message for Requeue and dead-letters it for Reject", async () => {
    const scope = createScope();
    let runs = 0;
    class Asks extends Service {
      name = "asks";
      override options = scope.options();
      @amqp("requeue", { queueName: "requeue" }) again() {
        runs++;
        if (runs < 3) throw new Requeue();
      }
      @amqp("reject", { queueName: "reject" }) never() {
        throw new Reject("not for us");
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Asks);
    void running;
    await foreign.publish("amq.topic", `${scope.prefix}requeue`, "a");
    await foreign.publish("amq.topic", `${scope.prefix}reject`, "b");
    await until(() => runs === 3, { what: "the third run" });
    const copy = await until(() => foreign.get(`${scope.prefix}reject.dlq`), { what: "the copy" });
    expect(copy.properties.headers).toMatchObject({
      "x-tomodachi-reason": "rejected",
      "x-tomodachi-error-message": "not for us",
    });
    expect(await foreign.queueInfo(`${scope.prefix}requeue.dlq`)).toMatchObject({ messageCount: 0 });
  });

  it("aborts the signal at the deadline, dead-letters the message, and ignores the rest of the run", async () => {
    const scope = createScope();
    let aborted = false;
    class Slow extends Service {
      name = "slow";
      override options = scope.options();
      @amqp("key", { queueName: "slow", timeoutSeconds: 0.2 }) async on(_data: string, { signal }: AmqpContext) {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        aborted = true;
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Slow);
    void running;
    await foreign.publish("amq.topic", `${scope.prefix}key`, "x");
    const copy = await until(() => foreign.get(`${scope.prefix}slow.dlq`), { what: "the copy" });
    expect(copy.properties.headers).toMatchObject({
      "x-tomodachi-reason": "timeout",
      "x-tomodachi-error-code": "ERR_HANDLER_TIMEOUT",
    });
    expect(aborted).toBe(true);
  });

  it("acknowledges a duplicate without handling it, but handles one whose first copy failed", async () => {
    const scope = createScope();
    const seen: string[] = [];
    class Once extends Service {
      name = "once";
      override messageEnvelope = JsonBase;
      override options = scope.options();
      @amqp("key", { queueName: "once" }) on(data: string) {
        seen.push(data);
        if (seen.length === 1) throw new Error("the first time fails");
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Once);
    void running;
    const send = (): Promise<unknown> => foreign.publish("amq.topic", `${scope.prefix}key`, envelope("x", "same-id"));
    await send();
    await until(() => foreign.get(`${scope.prefix}once.dlq`), { what: "the first copy" });
    await send();
    await until(() => seen.length === 2, { what: "the second run" });
    await send();
    await foreign.publish("amq.topic", `${scope.prefix}key`, envelope("last"));
    await until(() => seen.includes("last"), { what: "the last message" });
    await until(async () => (await foreign.queueInfo(`${scope.prefix}once`))?.messageCount === 0, {
      what: "an empty queue",
    });
    expect(seen).toEqual(["x", "x", "last"]);
  });

  it("makes a second copy wait for the first, which still runs", async () => {
    const scope = createScope();
    let runs = 0;
    let finish = (): void => {};
    class Waits extends Service {
      name = "waits";
      override messageEnvelope = JsonBase;
      override options = scope.options();
      @amqp("key", { queueName: "waits" }) async on() {
        runs++;
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
      }
    }
    await using foreign = await connectForeign();
    const running = await start(Waits);
    for (let copy = 0; copy < 3; copy++)
      await foreign.publish("amq.topic", `${scope.prefix}key`, envelope("x", "same-id"));
    await until(() => runs === 1, { what: "the first run" });
    // The service holds all three: none is ready in the queue.
    await until(async () => (await foreign.queueInfo(`${scope.prefix}waits`))?.messageCount === 0, {
      what: "three deliveries",
    });
    finish();
    await running.stop();
    expect(runs).toBe(1);
    expect(await foreign.queueInfo(`${scope.prefix}waits`)).toMatchObject({ messageCount: 0 });
  });

  it("dead-letters a message whose handler failed after a middleware that did not wait for it", async () => {
    const scope = createScope();
    const forgetful: MessageMiddleware = async (next) => void next();
    class Hasty extends Service {
      name = "hasty";
      override messageMiddleware = [forgetful];
      override options = scope.options();
      @amqp("key", { queueName: "hasty" }) async on() {
        await new Promise((done) => setImmediate(done));
        throw new Error("after the middleware");
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Hasty);
    await foreign.publish("amq.topic", `${scope.prefix}key`, "one");
    await until(() => running.log.some(({ msg }) => msg.includes("after the middleware")), { what: "the failure" });
    await running.stop();
    expect(await foreign.queueInfo(`${scope.prefix}hasty`)).toMatchObject({ messageCount: 0 });
    expect(await foreign.queueInfo(`${scope.prefix}hasty.dlq`)).toMatchObject({ messageCount: 1 });
  });

  it("acknowledges a message for which middleware did not call the handler, and dead-letters one for which middleware threw", async () => {
    const scope = createScope();
    const seen: unknown[] = [];
    const guard: MessageMiddleware = async (next, { message, context }) => {
      if (message === "skip") return;
      if (message === "fail") throw new Error("from the middleware");
      await next({ traceId: "t-1", data: `${message}!`, routingKey: "not this" });
      seen.push((context as unknown as { traceId: string }).traceId, (context as AmqpContext).routingKey);
    };
    class Guarded extends Service {
      name = "guarded";
      override messageMiddleware = [guard];
      override options = scope.options();
      @amqp("key", { queueName: "guarded" }) on(data: string) {
        seen.push(data);
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Guarded);
    void running;
    for (const body of ["skip", "fail", "go"]) await foreign.publish("amq.topic", `${scope.prefix}key`, body);
    const copy = await until(() => foreign.get(`${scope.prefix}guarded.dlq`), { what: "the copy" });
    expect(copy.content.toString()).toBe("fail");
    await until(() => seen.length === 3, { what: "the handled one" });
    expect(seen).toEqual(["go!", "t-1", "key"]);
    await until(async () => (await foreign.queueInfo(`${scope.prefix}guarded`))?.messageCount === 0, {
      what: "the acks",
    });
  });

  it("neither dead-letters nor logs a message that failed after its channel was closed", async () => {
    const scope = createScope();
    const [began, released] = [createDeferred<void>(), createDeferred<void>()];
    class Slow extends Service {
      name = "slow";
      override options = scope.options();
      @amqp("key", { queueName: "slow" }) async on() {
        began.resolve();
        await released.promise;
        throw new Error("too late");
      }
    }
    const queue = `${scope.prefix}slow`;
    await using foreign = await connectForeign();
    await using running = await start(Slow);
    const said = (text: string): boolean => running.log.some(({ msg }) => msg.includes(text));
    await foreign.publish("amq.topic", `${scope.prefix}key`, "one");
    await began.promise;
    await foreign.deleteQueue(queue);
    await until(() => said(`the queue "${queue}" is consumed again`), { what: "the next channel" });
    released.resolve();
    await until(() => said("a run failed: too late; its channel was closed"), { what: "the end of the run" });
    expect(said("it goes to")).toBe(false);
    await running.stop();
    expect(await foreign.queueInfo(`${queue}.dlq`)).toMatchObject({ messageCount: 0 });
  });

  it("creates the dead-letter queue again when it was deleted", async () => {
    const scope = createScope();
    class Fails extends Service {
      name = "gone";
      override options = scope.options();
      @amqp("key", { queueName: "gone" }) on() {
        throw new Error("no");
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Fails);
    void running;
    await foreign.deleteQueue(`${scope.prefix}gone.dlq`);
    await foreign.publish("amq.topic", `${scope.prefix}key`, "kept");
    const copy = await until(
      async () => (await foreign.queueInfo(`${scope.prefix}gone.dlq`)) && foreign.get(`${scope.prefix}gone.dlq`),
      {
        what: "the copy",
      },
    );
    expect(copy.content.toString()).toBe("kept");
  });
});

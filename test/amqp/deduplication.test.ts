// A handled message is not handled again by another instance with the same store, even if the store fails.
import { expect, it } from "vitest";
import {
  amqp,
  type DeduplicationStore,
  type DeduplicationWindow,
  defineService,
  JsonBase,
  memoryDeduplicationStore,
  on,
  type ServiceClass,
} from "../../src/index.ts";
import { createDeferred } from "../../src/util/deferred.ts";
import {
  connectForeign,
  describeWithBroker,
  describeWithPrivateBroker,
  type ForeignConnection,
  operator,
  until,
} from "../support/broker.ts";
import { createScope, start, type TestScope } from "../support/running.ts";

const message = (data: string, uuid: string): string => {
  const metadata = {
    message_uuid: uuid,
    protocol_version: "tomodachi-json-base--1.0.0",
    timestamp: 1,
    topic: "t",
    data_encoding: "raw",
  };
  return JSON.stringify({ service: { name: "sender", uuid: "u" }, metadata, data });
};

/** Instances of one service; `run` receives which of them it is. */
function instance(
  scope: TestScope,
  which: string,
  store: DeduplicationStore | undefined,
  run: (which: string, data: string) => unknown,
  more: { readonly prefetch?: number; readonly deduplicationWindow?: DeduplicationWindow } = {},
): ServiceClass {
  return defineService({
    name: "shared",
    messageEnvelope: JsonBase,
    options: scope.options({ deduplicationStore: store, ...more }),
    handlers: { on: on(amqp("key", { queueName: "shared" }), (data) => run(which, String(data))) },
  });
}

const send = (foreign: ForeignConnection, scope: TestScope, data: string, uuid: string): Promise<void> =>
  foreign.publish("amq.topic", `${scope.prefix}key`, message(data, uuid));

/** Like a replay: through the default exchange, directly to its queue. A replay mark is trusted only on that route. */
const replay = (foreign: ForeignConnection, scope: TestScope, data: string, uuid: string, id: string): Promise<void> =>
  foreign.publish("", `${scope.prefix}shared`, message(data, uuid), { headers: { "x-tomodachi-replay": id } });

const drained = (foreign: ForeignConnection, scope: TestScope): Promise<unknown> =>
  until(async () => (await foreign.queueInfo(`${scope.prefix}shared`))?.messageCount === 0, { what: "an empty queue" });

/** Answers with a promise, as a store in the network does, and counts the calls. */
function remoteStore(): DeduplicationStore & { readonly calls: string[] } {
  const [memory, calls] = [memoryDeduplicationStore(), [] as string[]];
  const remote = async <T>(name: string, call: () => T): Promise<Awaited<T>> => {
    calls.push(name);
    await new Promise((resolve) => setImmediate(resolve));
    return await call();
  };
  return {
    calls,
    claim: (key, owner, leaseMs) => remote("claim", () => memory.claim(key, owner, leaseMs)),
    complete: (key, owner) => remote("complete", () => memory.complete(key, owner)),
    release: (key, owner) => remote("release", () => memory.release(key, owner)),
  };
}

describeWithPrivateBroker("a message that was done while its connection was lost", () => {
  it.each([
    ["memory of the process", undefined],
    ["shared store", remoteStore()],
  ])("is acknowledged without being handled when it comes again (%s)", async (_, store) => {
    const [scope, seen, finish] = [createScope(), [] as string[], createDeferred()];
    const run = async (_which: string, data: string): Promise<void> => {
      seen.push(data);
      await finish.promise;
    };
    await using foreign = await connectForeign();
    await using running = await start(instance(scope, "one", store, run));
    await send(foreign, scope, "x", "id-1");
    await until(() => seen.length === 1, { what: "the run" });
    await operator().closeConnectionsOf("shared");
    await until(() => running.log.some(({ msg }) => msg.endsWith("is consumed again")), { what: "the consumer" });
    finish.resolve();
    await send(foreign, scope, "last", "id-2");
    await until(() => seen.includes("last"), { what: "the last message" });
    await running.stop();
    await drained(foreign, scope);
    expect(seen).toEqual(["x", "last"]);
  });
});

describeWithBroker("the option deduplicationWindow", () => {
  it("limits what is remembered: a copy of an id that newer ids replaced is handled again", async () => {
    const [scope, seen] = [createScope(), [] as string[]];
    const run = (_which: string, data: string): void => void seen.push(data);
    const more = { prefetch: 1, deduplicationWindow: { size: 1 } };
    await using foreign = await connectForeign();
    await using running = await start(instance(scope, "one", undefined, run, more));
    void running;
    for (const id of ["a", "a", "b", "c", "d", "a", "end"]) await send(foreign, scope, id, id);
    await until(() => seen.includes("end"), { what: "the last message" });
    expect(seen).toEqual(["a", "b", "c", "d", "a", "end"]);
  });
});

describeWithBroker("a deduplication store that two instances share", () => {
  it("prevents one instance from handling what the other has handled", async () => {
    const [scope, store, seen] = [createScope(), remoteStore(), [] as string[]];
    const run = (which: string, data: string): void => void seen.push(`${which} ${data}`);
    await using foreign = await connectForeign();
    const first = await start(instance(scope, "first", store, run));
    await send(foreign, scope, "x", "id-1");
    await until(() => seen.length === 1, { what: "the first run" });
    await first.stop();
    await using second = await start(instance(scope, "second", store, run));
    await send(foreign, scope, "x again", "id-1");
    await send(foreign, scope, "y", "id-2");
    await until(() => seen.length === 2, { what: "the other message" });
    await second.stop();
    await drained(foreign, scope);
    expect(seen).toEqual(["first x", "second y"]);
  });

  it("makes a copy wait for the message that another instance handles, and then acknowledges it", async () => {
    const [scope, store, seen, finish] = [createScope(), remoteStore(), [] as string[], createDeferred()];
    const run = async (which: string, data: string): Promise<void> => {
      seen.push(`${which} ${data}`);
      await finish.promise;
    };
    await using foreign = await connectForeign();
    // One message each: the instance with the first copy has no room for the second.
    await using first = await start(instance(scope, "first", store, run, { prefetch: 1 }));
    await using second = await start(instance(scope, "second", store, run, { prefetch: 1 }));
    await send(foreign, scope, "x", "id-1");
    await until(() => seen.length === 1, { what: "the first run" });
    await send(foreign, scope, "x", "id-1");
    await until(() => store.calls.filter((call) => call === "claim").length >= 3, { what: "the other to ask again" });
    expect(seen).toHaveLength(1);
    finish.resolve();
    await drained(foreign, scope);
    await Promise.all([first.stop(), second.stop()]);
    expect(seen).toHaveLength(1);
    expect(await foreign.queueInfo(`${scope.prefix}shared`)).toMatchObject({ messageCount: 0 });
  });

  it("forgets failed messages, so that the other instance may handle them", async () => {
    const [scope, store, seen] = [createScope(), remoteStore(), [] as string[]];
    const run = (which: string, data: string): void => {
      seen.push(`${which} ${data}`);
      if (which === "first") throw new Error("the first cannot");
    };
    await using foreign = await connectForeign();
    const first = await start(instance(scope, "first", store, run));
    await send(foreign, scope, "x", "id-1");
    await until(() => foreign.get(`${scope.prefix}shared.dlq`), { what: "the copy" });
    await first.stop();
    await using second = await start(instance(scope, "second", store, run));
    await send(foreign, scope, "x", "id-1");
    await until(() => seen.length === 2, { what: "the second run" });
    await second.stop();
    expect(seen).toEqual(["first x", "second x"]);
  });

  it("handles a replay although its message was handled, but the same replay only once", async () => {
    const [scope, store, seen] = [createScope(), remoteStore(), [] as string[]];
    await using foreign = await connectForeign();
    await using running = await start(instance(scope, "one", store, (_, data) => void seen.push(data)));
    await send(foreign, scope, "first", "id-1");
    await until(() => seen.length === 1, { what: "the first run" });
    await replay(foreign, scope, "replay", "id-1", "replay-1");
    await replay(foreign, scope, "replay", "id-1", "replay-1");
    await send(foreign, scope, "first", "id-1");
    await send(foreign, scope, "last", "id-2");
    await until(() => seen.includes("last"), { what: "the last message" });
    await running.stop();
    await drained(foreign, scope);
    expect(seen).toEqual(["first", "replay", "last"]);
  });

  it.each([
    ["fails", () => Promise.reject(new Error("no route to redis"))],
    [
      "throws at once",
      () => {
        throw new Error("no route to redis");
      },
    ],
    ["never answers", () => new Promise<never>(() => {})],
  ])("that %s loses no message, and is logged once", async (_, fail) => {
    const [scope, seen] = [createScope(), [] as string[]];
    const store: DeduplicationStore = { claim: fail, complete: fail, release: fail };
    await using foreign = await connectForeign();
    await using running = await start(instance(scope, "one", store, (_which, data) => void seen.push(data)));
    for (const id of ["1", "2", "3", "3"]) await send(foreign, scope, id, id);
    await send(foreign, scope, "last", "last");
    await until(() => seen.includes("last"), { what: "the last message" });
    await running.stop();
    expect(seen.toSorted()).toEqual(["1", "2", "3", "last"]);
    expect(running.log.filter(({ msg }) => msg.startsWith("the deduplicationStore failed"))).toHaveLength(1);
    await drained(foreign, scope);
    expect(await foreign.queueInfo(`${scope.prefix}shared.dlq`)).toMatchObject({ messageCount: 0 });
  });
});

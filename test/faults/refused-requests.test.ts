// A request for which the broker closes a channel, or a connection that is closed, among other requests: nothing is handled twice
// unless it is idempotent, and what the broker refuses at first costs the requests beside it nothing.
import { expect, it } from "vitest";
import { amqp, amqpRequest, JsonBase, Service } from "../../src/index.ts";
import { createDeferred } from "../../src/util/deferred.ts";
import {
  connectForeign,
  createVirtualHost,
  describeWithPrivateBroker,
  operator,
  uniqueName,
  until,
} from "../support/broker.ts";
import { createScope, start } from "../support/running.ts";

interface Question {
  readonly id: string;
  /** Whether the handler waits until the test releases it. */
  readonly held?: boolean;
}

/** A service that asks, one that answers, and an exchange between them. */
async function startCase(url?: string) {
  const scope = createScope();
  const released = createDeferred<void>();
  const runs: string[] = [];
  const exchangeName = uniqueName("asked");
  const name = `${scope.prefix}asker`;
  class Answers extends Service {
    override name = "answers";
    override messageEnvelope = JsonBase;
    override options = scope.options(url === undefined ? {} : { url });
    @amqp("answer", { queueName: "answers", exchangeName, reply: true }) async answer({ id, held }: Question) {
      runs.push(id);
      if (held) await released.promise;
      return id;
    }
  }
  class Asker extends Service {
    override name = name;
    override messageEnvelope = JsonBase;
    override options = scope.options(url === undefined ? {} : { url });
    override startedService() {}
  }
  const client = new Asker();
  const running = await start(Answers, client);
  const ask = (question: Question, exchange = exchangeName, idempotent = false): Promise<unknown> =>
    amqpRequest(client, "answer", question, { exchangeName: exchange, timeoutSeconds: 30, idempotent });
  const askMany = (prefix: string, held = false, idempotent = false): Promise<PromiseSettledResult<unknown>[]> =>
    Promise.allSettled(ids(prefix).map((id) => ask({ id, held }, exchangeName, idempotent)));
  const twice = (): readonly string[] => runs.filter((id, index) => runs.indexOf(id) !== index);
  return {
    ...{ name, exchangeName, runs, released, ask, askMany, twice },
    [Symbol.asyncDispose]: async () => {
      released.resolve();
      await running.stop();
    },
  };
}

const ids = (prefix: string): readonly string[] => Array.from({ length: 20 }, (_, index) => `${prefix}${index}`);

const replies = (results: readonly PromiseSettledResult<unknown>[]): readonly unknown[] =>
  results.map((result) => (result.status === "fulfilled" ? result.value : (result.reason as { code: string }).code));

describeWithPrivateBroker("requests together with one that the broker refuses", () => {
  it("to an internal exchange: only it is rejected, and waiting and later requests get their replies", async () => {
    await using foreign = await connectForeign();
    const internal = uniqueName("internal");
    await foreign.channel.assertExchange(internal, "topic", { internal: true });
    await using test = await startCase();
    const waiting = test.askMany("waits", true);
    await until(() => test.runs.length === 20, { what: "the runs" });
    const [bad, beside] = await Promise.all([
      Promise.allSettled([test.ask({ id: "bad" }, internal), test.ask({ id: "worse" }, internal)]),
      test.askMany("beside"),
    ]);
    expect(replies(bad)).toEqual(["ERR_AMQP_PUBLISH_REFUSED", "ERR_AMQP_PUBLISH_REFUSED"]);
    expect(replies(beside)).toEqual(ids("beside"));
    test.released.resolve();
    expect(replies(await waiting)).toEqual(ids("waits"));
    expect(test.twice()).toEqual([]);
    await foreign.channel.deleteExchange(internal);
  });

  it("to an exchange whose write permission is missing: the same", async () => {
    await using host = await createVirtualHost();
    await using foreign = await connectForeign(host.url);
    const forbidden = uniqueName("forbidden");
    await foreign.channel.assertExchange(forbidden, "topic");
    await using test = await startCase(host.url);
    const waiting = test.askMany("waits", true);
    await until(() => test.runs.length === 20, { what: "the runs" });
    await operator().setPermissions(host.name, { configure: ".*", write: "^(?!forbidden)", read: ".*" });
    const [bad, beside] = await Promise.all([
      Promise.allSettled([test.ask({ id: "bad" }, forbidden)]),
      test.askMany("beside"),
    ]);
    expect(replies(bad)).toEqual(["ERR_AMQP_PUBLISH_REFUSED"]);
    expect(replies(beside)).toEqual(ids("beside"));
    test.released.resolve();
    expect(replies(await waiting)).toEqual(ids("waits"));
    expect(test.twice()).toEqual([]);
  });

  it("to an exchange that was deleted later: each ends by name, none is handled twice, and later ones succeed", async () => {
    await using foreign = await connectForeign();
    await using test = await startCase();
    const other = uniqueName("other");
    await foreign.channel.assertExchange(other, "topic");
    // No queue is bound to it, which is an answer too.
    expect(replies(await Promise.allSettled([test.ask({ id: "x" }, other)]))).toEqual(["ERR_AMQP_UNROUTABLE"]);
    await foreign.channel.deleteExchange(other);
    const [bad, beside] = await Promise.all([
      Promise.allSettled([test.ask({ id: "bad" }, other)]),
      test.askMany("beside"),
    ]);
    const lost = ["ERR_AMQP_REQUEST_LOST", "ERR_AMQP_EXCHANGE_NOT_FOUND"];
    expect(lost).toContain(replies(bad)[0]);
    for (const [index, reply] of replies(beside).entries()) expect([lost[0], `beside${index}`]).toContain(reply);
    expect(replies(await Promise.allSettled([test.ask({ id: "bad" }, other)]))).toEqual([
      "ERR_AMQP_EXCHANGE_NOT_FOUND",
    ]);
    expect(replies(await test.askMany("after"))).toEqual(ids("after"));
    expect(test.twice()).toEqual([]);
  });

  it("on a connection that is closed: rejected as lost and handled once, or answered if they are idempotent", async () => {
    await using test = await startCase();
    const lost = test.askMany("lost", true);
    const repeated = test.askMany("again", true, true);
    await until(() => test.runs.length === 40, { what: "the runs" });
    await operator().closeConnectionsOf(test.name);
    expect(new Set(replies(await lost))).toEqual(new Set(["ERR_AMQP_REQUEST_LOST"]));
    test.released.resolve();
    expect(replies(await repeated)).toEqual(ids("again"));
    expect(test.twice().filter((id) => id.startsWith("lost"))).toEqual([]);
    expect(replies(await test.askMany("after"))).toEqual(ids("after"));
  });

  it("sent again after its connection was lost, and held by its handler: later requests get their replies", async () => {
    await using test = await startCase();
    const held = Promise.allSettled([test.ask({ id: "held", held: true })]);
    await until(() => test.runs.length === 1, { what: "the run" });
    const again = test.ask({ id: "again", held: true }, test.exchangeName, true);
    await until(() => test.runs.length === 2, { what: "the second run" });
    await operator().closeConnectionsOf(test.name);
    expect(replies(await held)).toEqual(["ERR_AMQP_REQUEST_LOST"]);
    expect(replies(await test.askMany("after"))).toEqual(ids("after"));
    test.released.resolve();
    expect(await again).toBe("again");
  });
});

// Requests and replies over direct reply-to: results, named errors, and no endless waits.
import { describe, expect, it } from "vitest";
import {
  AmqpRemoteError,
  type AmqpServiceOptions,
  amqp,
  amqpRequest,
  type ContextOf,
  JsonBase,
  type MessageMiddleware,
  Reject,
  Requeue,
  request,
  Service,
  type StandardSchema,
} from "../../src/index.ts";
import {
  amqpUrl,
  connectForeign,
  describeWithBroker,
  describeWithPrivateBroker,
  operator,
  until,
} from "../support/broker.ts";
import { warningsOf } from "../support/capturing-logger.ts";
import { startOwnBroker } from "../support/own-broker.ts";
import { createScope, start, type TestScope } from "../support/running.ts";

const replyTo = "amq.rabbitmq.reply-to";

/** A schema without a library. */
function schema<Input, Output>(check: (value: unknown) => Output | undefined): StandardSchema<Input, Output> {
  return {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value) => {
        const output = check(value);
        return output === undefined ? { issues: [{ message: "does not fit" }] } : { value: output };
      },
    },
  };
}

/** A service that only sends requests. */
function asker(scope: TestScope, url = amqpUrl): Service {
  class Asker extends Service {
    name = `${scope.prefix}asker`;
    override options = scope.options({ url });
    override messageEnvelope = JsonBase;
    override startedService() {}
  }
  return new Asker();
}

async function failureOf(promise: Promise<unknown>): Promise<Error & { readonly code?: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error & { code?: string };
  }
  throw new Error("It resolved, though it must not.");
}

describeWithBroker("a request", () => {
  it("gets the handler's result, by the envelope of both services", async () => {
    const scope = createScope();
    const client = asker(scope);
    class Prices extends Service {
      name = "prices";
      override options = scope.options();
      override messageEnvelope = JsonBase;
      @amqp("price.get", { reply: true }) async get(data: { readonly article: string }) {
        return { article: data.article, cents: 250 };
      }
      @amqp("price.none", { reply: true }) none() {}
    }
    await using running = await start(Prices, client);
    void running;
    expect(await amqpRequest(client, "price.get", { article: "bread" })).toEqual({ article: "bread", cents: 250 });
    expect(await amqpRequest(client, "price.none", {})).toBeNull();
  });

  it("by a contract is checked on both sides, and each schema transforms once", async () => {
    const scope = createScope();
    const client = asker(scope);
    const double = request("double", {
      schema: schema<string, number>((value) => (typeof value === "string" ? Number(value) : undefined)),
      reply: schema<number, string>((value) => (typeof value === "number" ? `is ${value}` : undefined)),
      envelope: JsonBase,
    });
    class Doubles extends Service {
      name = "doubles";
      override options = scope.options();
      @amqp(double) async double(data: number) {
        return data === 0 ? ("nothing" as unknown as number) : data * 2;
      }
    }
    await using running = await start(Doubles, client);
    void running;
    expect(await amqpRequest(client, double, "21")).toBe("is 42");
    expect(await failureOf(amqpRequest(client, double, 5 as unknown as string))).toMatchObject({
      code: "ERR_SCHEMA_REFUSED",
    });
    expect(await failureOf(amqpRequest(client, double, "0"))).toMatchObject({
      code: "ERR_AMQP_REQUEST_FAILED",
      remote: { name: "SchemaError", code: "ERR_SCHEMA_REFUSED" },
    });
  });

  it("by a contract with parameters in the key is sent by the filled key, and the handler gets them", async () => {
    const scope = createScope();
    const client = asker(scope);
    const orderGet = request("order.{id}.get", { envelope: JsonBase });
    class Orders extends Service {
      name = "orders";
      override options = scope.options();
      @amqp(orderGet) async get(_data: unknown, { params, routingKey }: ContextOf<typeof orderGet>) {
        return [params.id, routingKey];
      }
    }
    await using running = await start(Orders, client);
    void running;
    const answers = ["1", "zwölf"].map((id) => amqpRequest(client, orderGet, null, { params: { id } }));
    expect(await Promise.all(answers)).toEqual([
      ["1", "order.1.get"],
      ["zwölf", "order.zwölf.get"],
    ]);
    expect(await failureOf(amqpRequest(client, orderGet, null, { params: { id: "a.b" } }))).toMatchObject({
      code: "ERR_AMQP_KEY_PARAMETER",
    });
    const unknown = { params: { id: "1" } } as object;
    expect((await failureOf(amqpRequest(client, "plain", null, unknown))).message).toContain('"params"');
  });

  it("can be in flight thousands of times on one channel, and each gets its own reply", async () => {
    const scope = createScope();
    const client = asker(scope);
    class Echo extends Service {
      name = "echo";
      override options = scope.options();
      override messageEnvelope = JsonBase;
      @amqp("echo", { reply: true }) async echo(data: number) {
        return data;
      }
    }
    await using running = await start(Echo, client);
    void running;
    const numbers = Array.from({ length: 3000 }, (_, index) => index);
    const replies = await Promise.all(
      numbers.map((number) => amqpRequest<number>(client, "echo", number, { timeoutSeconds: 25 })),
    );
    expect(replies).toEqual(numbers);
  });

  it("gets the handler's error with class, message and code, and the request is acknowledged", async () => {
    const scope = createScope();
    const client = asker(scope);
    class NoSuchArticle extends Error {
      readonly code = "NO_SUCH_ARTICLE";
    }
    class Fails extends Service {
      name = "fails";
      override options = scope.options({ retry: { delays: ["1h"] } });
      override messageEnvelope = JsonBase;
      @amqp("fails", { queueName: "fails", reply: true }) async fails() {
        throw new NoSuchArticle("there is no bread");
      }
      @amqp("stack", { reply: true, replyStacks: true }) async stack() {
        throw new NoSuchArticle("there is no bread");
      }
      @amqp("kept", { queueName: "kept", reply: true, onError: "dead-letter" }) async kept() {
        throw new NoSuchArticle("there is no bread");
      }
      @amqp("rejects", { queueName: "rejects", reply: true }) async rejects() {
        throw new Reject("never again");
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Fails, client);
    void running;
    const error = await failureOf(amqpRequest(client, "fails", {}));
    expect(error).toBeInstanceOf(AmqpRemoteError);
    expect(error).toMatchObject({
      code: "ERR_AMQP_REQUEST_FAILED",
      remote: { name: "NoSuchArticle", message: "there is no bread", code: "NO_SUCH_ARTICLE", stack: undefined },
    });
    expect(error.message).toContain("NoSuchArticle NO_SUCH_ARTICLE: there is no bread");
    const { remote } = (await failureOf(amqpRequest(client, "stack", {}))) as AmqpRemoteError;
    expect(remote.stack).toContain("requests.test.ts");
    await failureOf(amqpRequest(client, "kept", {}));
    await failureOf(amqpRequest(client, "rejects", {}));
    const copy = await until(() => foreign.get(`${scope.prefix}kept.dlq`), { what: "the copy" });
    expect(copy.properties.headers).toMatchObject({ "x-tomodachi-error-class": "NoSuchArticle" });
    await until(() => foreign.get(`${scope.prefix}rejects.dlq`), { what: "the rejected one" });
    await running.stop();
    expect(await foreign.queueInfo(`${scope.prefix}fails`)).toMatchObject({ messageCount: 0 });
    expect(await foreign.queueInfo(`${scope.prefix}fails.dlq`)).toMatchObject({ messageCount: 0 });
  });

  it("is retried if the subscription says so, and only the last error is sent", async () => {
    const scope = createScope();
    const client = asker(scope);
    let runs = 0;
    class Tries extends Service {
      name = "tries";
      override options = scope.options();
      override messageEnvelope = JsonBase;
      @amqp("second", { reply: true, retry: { quick: 1 } }) async second() {
        if (runs++ === 0) throw new Error("not yet");
        return runs;
      }
      @amqp("requeued", { reply: true }) async requeued(_data: unknown, { redelivered }: { redelivered: boolean }) {
        if (!redelivered) throw new Requeue();
        return "redelivered";
      }
    }
    await using running = await start(Tries, client);
    void running;
    expect(await amqpRequest(client, "second", {})).toBe(2);
    expect(await amqpRequest(client, "requeued", {})).toBe("redelivered");
  });

  it("that was replayed and fails again is logged with its first routing key", async () => {
    const scope = createScope();
    const client = asker(scope);
    class Prices extends Service {
      name = "prices";
      override options = scope.options({ allowReplyTo: "any" });
      override messageEnvelope = JsonBase;
      @amqp("price.*", { queueName: "prices", reply: true }) async get() {
        throw new Error("no price");
      }
    }
    await using running = await start(Prices, client);
    await using foreign = await connectForeign();
    const body = `{"metadata":{"data_encoding":"raw"},"data":1}`;
    const key = `${scope.prefix}price.bread`;
    const headers = { "x-tomodachi-replay": "r", "x-tomodachi-exchange": "amq.topic", "x-tomodachi-routing-key": key };
    await foreign.publish("", `${scope.prefix}prices`, body, { headers, replyTo: "nobody.waits" });
    const line = await until(() => running.log.find(({ msg }) => msg.includes("its error was sent back")), {
      what: "the warning",
    });
    expect(line).toMatchObject({ routingKey: key });
  });

  it("gets an error if the request cannot be read or the handler times out", async () => {
    const scope = createScope();
    const client = asker(scope);
    class Slow extends Service {
      name = "slow";
      override options = scope.options();
      @amqp("json", { reply: true, messageEnvelope: JsonBase }) async json() {}
      @amqp("slow", { reply: true, timeoutSeconds: 0.05, messageEnvelope: JsonBase }) slow(
        _data: unknown,
        { signal }: { readonly signal: AbortSignal },
      ) {
        return new Promise((resolve) => {
          signal.addEventListener("abort", () => resolve("too late"), { once: true });
        });
      }
    }
    await using running = await start(Slow, client);
    void running;
    const unreadable = failureOf(amqpRequest(client, "json", "{ nothing", { messageEnvelope: null }));
    expect(await unreadable).toMatchObject({ remote: { name: "EnvelopeError" } });
    expect(await failureOf(amqpRequest(client, "slow", {}))).toMatchObject({
      remote: { code: "ERR_HANDLER_TIMEOUT" },
    });
  });

  it("gets an error if the reply cannot be built or is too large, and the request is not handled again", async () => {
    const scope = createScope();
    const client = asker(scope);
    let calls = 0;
    class Odd extends Service {
      name = "odd";
      override options = scope.options({ maxMessageBytes: 2000 });
      override messageEnvelope = JsonBase;
      @amqp("function", { reply: true, retry: { quick: 3 } }) async odd() {
        calls++;
        return () => {};
      }
      @amqp("large", { reply: true, retry: { quick: 3 } }) async large() {
        calls++;
        return "x".repeat(5000);
      }
    }
    await using running = await start(Odd, client);
    void running;
    expect(await failureOf(amqpRequest(client, "function", {}))).toMatchObject({ remote: { name: "EnvelopeError" } });
    expect(await failureOf(amqpRequest(client, "large", {}))).toMatchObject({
      remote: { code: "ERR_AMQP_MESSAGE_TOO_LARGE" },
    });
    expect(calls).toBe(2);
  });

  it("gets the handler's value when middleware returns nothing, and middleware's value when it answers", async () => {
    const scope = createScope();
    const client = asker(scope);
    const forgets: MessageMiddleware = async (next, { message }) => {
      if ((message as { readonly data: unknown }).data === "cached") return "from the cache";
      await next();
      return undefined;
    };
    class Wrapped extends Service {
      name = "wrapped";
      override options = scope.options();
      override messageEnvelope = JsonBase;
      override messageMiddleware = [forgets];
      @amqp("wrapped", { reply: true }) async wrapped() {
        return "from the handler";
      }
    }
    await using running = await start(Wrapped, client);
    void running;
    expect(await amqpRequest(client, "wrapped", "new")).toBe("from the handler");
    expect(await amqpRequest(client, "wrapped", "cached")).toBe("from the cache");
  });

  it("has a timeout that includes envelopes and schemas, and names the one that does not answer", async () => {
    const scope = createScope();
    const client = asker(scope);
    class Answers extends Service {
      name = "answers";
      override options = scope.options();
      override messageEnvelope = JsonBase;
      @amqp("answer", { reply: true }) answer() {
        return 1;
      }
    }
    await using running = await start(Answers, client);
    void running;
    const never = (): Promise<never> => new Promise(() => {});
    const silent = { "~standard": { version: 1 as const, vendor: "test", validate: never } } satisfies StandardSchema;
    const { parseMessage, buildMessage } = JsonBase;
    const mute = { buildMessage: never, parseMessage };
    const stalled = { buildMessage, parseMessage: never };
    const checked = request("answer", { schema: silent, envelope: JsonBase });
    const answered = request("answer", { reply: silent, envelope: JsonBase });
    const failures = await Promise.all([
      failureOf(amqpRequest(client, checked, 1, { timeoutSeconds: 0.2 })),
      failureOf(amqpRequest(client, "answer", 1, { timeoutSeconds: 0.2, messageEnvelope: mute })),
      failureOf(amqpRequest(client, answered, 1, { timeoutSeconds: 3 })),
      failureOf(amqpRequest(client, "answer", 1, { timeoutSeconds: 3, messageEnvelope: stalled })),
    ]);
    const states = ["it was not sent", "it was not sent", "its reply came", "its reply came"];
    for (const [index, failure] of failures.entries()) {
      expect(failure).toMatchObject({ code: "ERR_AMQP_REQUEST_TIMEOUT" });
      expect(failure.message).toContain(`${states[index]}, and its async envelope or schema did not finish`);
    }
  });

  it("fails at once if no queue is bound", async () => {
    const scope = createScope();
    const client = asker(scope);
    await using running = await start(client);
    void running;
    const failure = await failureOf(amqpRequest(client, "nobody", {}, { timeoutSeconds: 25 }));
    expect(failure).toMatchObject({ code: "ERR_AMQP_UNROUTABLE" });
    const missing = failureOf(amqpRequest(client, "any", {}, { exchangeName: `${scope.prefix}no-exchange` }));
    expect(await missing).toMatchObject({ code: "ERR_AMQP_EXCHANGE_NOT_FOUND" });
  });

  it("reports to the caller that the reply's schema never answered", async () => {
    const scope = createScope();
    const client = asker(scope);
    const never: StandardSchema<unknown, unknown> = {
      "~standard": { version: 1, vendor: "test", validate: () => new Promise(() => {}) },
    };
    const question = request("silent", { schema: schema<unknown, unknown>((value) => value ?? null), reply: never });
    class Silent extends Service {
      name = "silent";
      // The reply that says so has the same time to be confirmed.
      override options = scope.options({ publishTimeoutSeconds: 2 });
      override messageEnvelope = JsonBase;
      @amqp(question) async silent() {
        return "an answer";
      }
    }
    await using running = await start(Silent, client);
    void running;
    const failure = await failureOf(amqpRequest(client, "silent", {}));
    expect(failure).toBeInstanceOf(AmqpRemoteError);
    expect(failure.message).toContain("did not finish within 2 s");
  });

  it("expires after its timeout, so that it is not handled after its caller stopped waiting", async () => {
    const scope = createScope();
    const client = asker(scope);
    await using foreign = await connectForeign();
    await using running = await start(client);
    void running;
    const queue = `${scope.prefix}slow`;
    await foreign.channel.assertQueue(queue, { durable: true });
    await foreign.channel.bindQueue(queue, "amq.topic", `${scope.prefix}slow`);
    const failure = await failureOf(amqpRequest(client, "slow", {}, { timeoutSeconds: 0.2 }));
    expect(failure).toMatchObject({ code: "ERR_AMQP_REQUEST_TIMEOUT" });
    expect(failure.message).toContain("it was sent");
    await until(async () => (await foreign.queueInfo(queue))?.messageCount === 0, { what: "the request to expire" });
    await foreign.deleteQueue(queue);
  });

  it("is in no dead-letter queue after it expired", async () => {
    const scope = createScope();
    const client = asker(scope);
    class Down extends Service {
      name = "down";
      override options = scope.options();
      @amqp("down", { queueName: "down", reply: true }) async down() {}
    }
    await using foreign = await connectForeign();
    await using running = await start(client);
    void running;
    await (await start(Down)).stop();
    await failureOf(amqpRequest(client, "down", {}, { timeoutSeconds: 0.2 }));
    await until(async () => (await foreign.queueInfo(`${scope.prefix}down`))?.messageCount === 0, { what: "its end" });
    expect(await foreign.queueInfo(`${scope.prefix}down.dlq`)).toMatchObject({ messageCount: 0 });
  });

  it("is ended by its signal, and rejected by name when the service stops", async () => {
    const scope = createScope();
    const client = asker(scope);
    await using foreign = await connectForeign();
    await using running = await start(client);
    const queue = `${scope.prefix}waits`;
    await foreign.channel.assertQueue(queue, { durable: true });
    await foreign.channel.bindQueue(queue, "amq.topic", `${scope.prefix}waits`);
    const controller = new AbortController();
    const cancelled = failureOf(amqpRequest(client, "waits", {}, { signal: controller.signal }));
    const stopped = failureOf(amqpRequest(client, "waits", {}));
    await until(async () => (await foreign.queueInfo(queue))?.messageCount === 2, { what: "both requests" });
    controller.abort(new Error("enough"));
    expect(await cancelled).toMatchObject({ code: "ERR_AMQP_REQUEST_CANCELLED", cause: { message: "enough" } });
    const aborted = AbortSignal.abort(new Error("before"));
    expect(await failureOf(amqpRequest(client, "waits", {}, { signal: aborted }))).toMatchObject({
      code: "ERR_AMQP_REQUEST_CANCELLED",
    });
    await running.stop();
    expect(await stopped).toMatchObject({ code: "ERR_AMQP_CLOSED" });
    await foreign.deleteQueue(queue);
  });

  it("refuses options that it sets itself", async () => {
    const scope = createScope();
    const client = asker(scope);
    await using running = await start(client);
    void running;
    const odd = { replyTo: "mine", timeoutSeconds: -1, prioity: 1, priority: 300 } as object;
    const failure = await failureOf(amqpRequest(client, "any", {}, odd));
    expect(failure.message).toContain("The request itself sets options.replyTo");
    expect(failure.message).toContain("options.timeoutSeconds must be");
    expect(failure.message).toContain('options has no option "prioity". Did you mean "priority"?');
    expect(failure.message).toContain("options.priority must be");
    expect(failure.message.match(/replyTo/g)).toHaveLength(1);
    const slip = (await failureOf(amqpRequest(client, "any", {}, { timeoutSecond: 1 } as object))).message;
    expect(slip).toMatch(
      /^amqpRequest\(\) of "any" is configured wrongly:\s+- options has no option "timeoutSecond". Did you mean "timeoutSeconds"\?/,
    );
    expect((await failureOf(amqpRequest(client, "any", {}, 5 as never))).message).toContain("must be an object, not 5");
  });
});

describeWithBroker("a handler that replies", () => {
  it("handles a message without a reply address like any other", async () => {
    const scope = createScope();
    const seen: unknown[] = [];
    class Both extends Service {
      name = "both";
      override options = scope.options();
      @amqp("both", { queueName: "both", reply: true }) async both(data: string) {
        seen.push(data);
        if (data === "bad") throw new Error("bad");
        return data;
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Both);
    await foreign.publish("amq.topic", `${scope.prefix}both`, "plain");
    await foreign.publish("amq.topic", `${scope.prefix}both`, "bad");
    await until(() => foreign.get(`${scope.prefix}both.dlq`), { what: "the one that failed" });
    expect(seen.sort()).toEqual(["bad", "plain"]);
    await running.stop();
    expect(await foreign.queueInfo(`${scope.prefix}both`)).toMatchObject({ messageCount: 0 });
  });

  it("answers another program's client on its own queue, with its correlation id", async () => {
    const scope = createScope();
    class Foreign extends Service {
      name = "foreign";
      override options = scope.options();
      @amqp("ask", { reply: true }) async ask(data: string) {
        return data === "fail" ? Promise.reject(new TypeError("no")) : data.toUpperCase();
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Foreign);
    void running;
    const { queue } = await foreign.channel.assertQueue("", { exclusive: true });
    const ask = (text: string): Promise<void> =>
      foreign.publish("amq.topic", `${scope.prefix}ask`, text, { replyTo: queue, correlationId: `id-${text}` });
    await ask("hello");
    const reply = await until(() => foreign.get(queue), { what: "the reply" });
    expect(reply.content.toString()).toBe("HELLO");
    expect(reply.properties).toMatchObject({ correlationId: "id-hello", appId: "foreign" });
    await ask("fail");
    const error = await until(() => foreign.get(queue), { what: "the error" });
    expect(JSON.parse(error.content.toString())).toEqual({ name: "TypeError", message: "no" });
    expect(error.properties).toMatchObject({ correlationId: "id-fail", headers: { "x-tomodachi-reply": "error" } });
  });

  it.each<[string, AmqpServiceOptions["allowReplyTo"], boolean]>([
    ["not by default", undefined, false],
    ["not with direct", "direct", false],
    ["where a function allows it", (replyTo) => replyTo.endsWith(".payments"), true],
    ["not where a function forbids it", (replyTo) => replyTo.endsWith(".replies"), false],
    [
      "not where a function throws",
      () => {
        throw new Error("lookup failed");
      },
      false,
    ],
    ["not where a function is asynchronous", (async () => true) as never, false],
    ["with any", "any", true],
  ])("replies to a queue that the caller named: %s", async (_what, allowReplyTo, written) => {
    const scope = createScope();
    let handled = 0;
    class Echo extends Service {
      name = "echo";
      override options = scope.options(allowReplyTo === undefined ? {} : { allowReplyTo });
      @amqp("echo", { queueName: "echo", reply: true }) async echo(data: string) {
        handled++;
        return data;
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Echo);
    void running;
    const victim = await foreign.channel.assertQueue(`${scope.prefix}payments`, { exclusive: true });
    await foreign.publish("", `${scope.prefix}echo`, "pay me", { replyTo: victim.queue });
    if (written) {
      expect((await until(() => foreign.get(victim.queue), { what: "the reply" })).content.toString()).toBe("pay me");
      return;
    }
    const aside = await until(() => foreign.get(`${scope.prefix}echo.dlq`), { what: "the request" });
    expect(String(aside.properties.headers?.["x-tomodachi-error-message"])).toContain("allowReplyTo");
    expect(handled).toBe(0);
    expect(await foreign.queueInfo(victim.queue)).toMatchObject({ messageCount: 0 });
  });

  it("acknowledges a request whose caller is gone", async () => {
    const scope = createScope();
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let began = false;
    class Patient extends Service {
      name = "patient";
      override options = scope.options();
      @amqp("gone", { queueName: "gone", reply: true }) async gone() {
        began = true;
        await held;
        return "nobody hears it";
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Patient);
    const caller = await connectForeign();
    await caller.channel.consume(replyTo, () => {}, { noAck: true });
    await caller.publish("amq.topic", `${scope.prefix}gone`, "are you there", { replyTo, correlationId: "1" });
    await until(() => began, { what: "the run" });
    await caller.close();
    release();
    await until(async () => (await foreign.queueInfo(`${scope.prefix}gone`))?.messageCount === 0, { what: "the ack" });
    await running.stop();
    expect(await foreign.queueInfo(`${scope.prefix}gone`)).toMatchObject({ messageCount: 0 });
    expect(await foreign.queueInfo(`${scope.prefix}gone.dlq`)).toMatchObject({ messageCount: 0 });
    expect(warningsOf(running.log)).toEqual([]);
  });

  it("logs a missing reply queue at debug level only", async () => {
    const scope = createScope();
    let handled = 0;
    class Unheard extends Service {
      name = "unheard";
      override options = scope.options({ allowReplyTo: "any" });
      @amqp("unheard", { queueName: "unheard", reply: true }) async unheard() {
        handled++;
        return "nobody hears it";
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Unheard);
    for (const replyTo of [`${scope.prefix}gone`, `${scope.prefix}gone too`]) {
      await foreign.publish("amq.topic", `${scope.prefix}unheard`, "hello", { replyTo });
    }
    await until(() => handled === 2, { what: "both runs" });
    await running.stop();
    const lines = running.log.filter(({ msg }) => msg.startsWith("a reply was not delivered"));
    expect(lines.map(({ level, unwanted }) => [level, unwanted])).toEqual([
      [20, 1],
      [20, 2],
    ]);
    expect(warningsOf(running.log)).toEqual([]);
    expect(await foreign.queueInfo(`${scope.prefix}unheard`)).toMatchObject({ messageCount: 0 });
  });

  it("dead-letters what was redelivered so often that the broker would drop it, and does not handle it again", async () => {
    const scope = createScope();
    const seen: string[] = [];
    class Survivor extends Service {
      name = "survivor";
      override options = scope.options();
      @amqp("survivor", { queueName: "survivor", reply: true }) async survivor(data: string) {
        seen.push(data);
        return data;
      }
    }
    await using foreign = await connectForeign();
    await (await start(Survivor)).stop();
    const queue = `${scope.prefix}survivor`;
    const asked = await foreign.channel.assertQueue("", { exclusive: true });
    await foreign.publish("amq.topic", queue, "an event");
    await foreign.publish("amq.topic", queue, "a request", { replyTo: asked.queue, correlationId: "1" });
    // Like processes that it crashes: each takes both, and is gone.
    for (let times = 0; times < 5; times++) {
      const channel = await foreign.connection.createChannel();
      await channel.prefetch(2);
      let taken = 0;
      await channel.consume(queue, () => void taken++);
      await until(() => taken === 2, { what: "both messages" });
      await channel.close();
    }
    await foreign.publish("amq.topic", queue, "a sound one");
    await using running = await start(Survivor);
    await until(() => seen.length > 0, { what: "the sound one" });
    const copies = [
      await until(() => foreign.get(`${queue}.dlq`), { what: "a copy" }),
      await until(() => foreign.get(`${queue}.dlq`), { what: "the other copy" }),
    ];
    expect(copies.map(({ content }) => content.toString()).sort()).toEqual(["a request", "an event"]);
    for (const { properties } of copies) {
      expect(properties.headers).toMatchObject({
        "x-tomodachi-reason": "delivery-limit",
        "x-tomodachi-error-code": "ERR_DELIVERY_LIMIT",
        "x-tomodachi-original-x-delivery-count": 5,
      });
    }
    const reply = await until(() => foreign.get(asked.queue), { what: "the error" });
    expect(JSON.parse(reply.content.toString())).toMatchObject({ code: "ERR_DELIVERY_LIMIT" });
    await running.stop();
    expect(seen).toEqual(["a sound one"]);
    expect(await foreign.queueInfo(queue)).toMatchObject({ messageCount: 0 });
  });

  it("ignores the result of a handler that does not reply", async () => {
    const scope = createScope();
    let handled = false;
    class Silent extends Service {
      name = "silent";
      override options = scope.options();
      @amqp("silent", { queueName: "silent" }) async silent() {
        handled = true;
        return "not for you";
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Silent);
    const { queue } = await foreign.channel.assertQueue("", { exclusive: true });
    await foreign.publish("amq.topic", `${scope.prefix}silent`, "hello", { replyTo: queue });
    await until(() => handled, { what: "the run" });
    await running.stop();
    expect(await foreign.queueInfo(`${scope.prefix}silent`)).toMatchObject({ messageCount: 0 });
    expect(await foreign.queueInfo(queue)).toMatchObject({ messageCount: 0 });
  });
});

describeWithPrivateBroker("a request while the broker blocks publishes", () => {
  it("waits within its timeout, reports a timeout, and is sent when the alarm ends", async () => {
    await using broker = await startOwnBroker("alarm");
    const scope = createScope();
    const client = asker(scope, broker.url);
    const seen: unknown[] = [];
    class Answers extends Service {
      name = "answers";
      override options = scope.options({ url: broker.url });
      override messageEnvelope = JsonBase;
      @amqp("answer", { reply: true }) async answer(data: unknown) {
        seen.push(data);
        return data;
      }
    }
    await using running = await start(Answers, client);
    void running;
    expect(await amqpRequest(client, "answer", "before")).toBe("before");
    let waits: Promise<unknown>;
    const gone = new AbortController();
    try {
      await broker.setAlarm(true);
      // RabbitMQ notifies a connection that it is blocked when it next publishes.
      const first = failureOf(amqpRequest(client, "answer", "first", { timeoutSeconds: 0.5 }));
      const blocked = (): boolean => client.health().transports[0]?.publisher?.blocked ?? false;
      await until(blocked, { what: "the broker to block" });
      waits = amqpRequest(client, "answer", "waits", { timeoutSeconds: 25 });
      const cancelled = failureOf(amqpRequest(client, "answer", "gone", { timeoutSeconds: 25, signal: gone.signal }));
      const late = await failureOf(amqpRequest(client, "answer", "late", { timeoutSeconds: 0.2 }));
      expect(late).toMatchObject({ code: "ERR_AMQP_REQUEST_TIMEOUT" });
      expect(late.message).toContain("it was never sent, because the broker blocks publishes (a memory or disk alarm)");
      gone.abort();
      expect(await cancelled).toMatchObject({ code: "ERR_AMQP_REQUEST_CANCELLED" });
      expect(await first).toMatchObject({ code: "ERR_AMQP_REQUEST_TIMEOUT" });
    } finally {
      await broker.setAlarm(false);
    }
    expect(await waits).toBe("waits");
    // A request that was in the socket already expires from when the broker has read it; one that was given up before was not sent.
    expect(seen.filter((data) => data !== "first")).toEqual(["before", "waits"]);
  });
});

describeWithPrivateBroker("a request whose connection breaks", () => {
  describe.each([false, true])("with idempotent: %s", (idempotent) => {
    it(idempotent ? "is asked again within its time" : "is rejected by name", async () => {
      const scope = createScope();
      const client = asker(scope);
      let calls = 0;
      let release = (): void => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      class Answers extends Service {
        name = "answers";
        override options = scope.options();
        override messageEnvelope = JsonBase;
        @amqp("answer", { reply: true }) async answer() {
          calls++;
          if (calls === 1) await held;
          return `answer ${calls}`;
        }
      }
      await using running = await start(Answers, client);
      void running;
      const asked = amqpRequest(client, "answer", {}, { timeoutSeconds: 25, idempotent });
      const settled = idempotent ? asked : failureOf(asked);
      await until(() => calls === 1, { what: "the run" });
      await operator().closeConnectionsOf(client.name);
      if (idempotent) {
        await until(() => calls >= 2, { what: "the second asking" });
        expect(await settled).toBe("answer 2");
      } else expect(await settled).toMatchObject({ code: "ERR_AMQP_REQUEST_LOST" });
      release();
    });
  });
});

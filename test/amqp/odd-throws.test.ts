// Any value, thrown at any place: each message ends in exactly one settlement, its slot is free, and health is right.

import { expect, it } from "vitest";
import {
  amqp,
  amqpPublish,
  createLogger,
  defineService,
  type Envelope,
  on,
  runServices,
  type Service,
  type ServiceClass,
} from "../../src/index.ts";
import { connectForeign, describeWithBroker, until } from "../support/broker.ts";
import fc from "../support/properties.ts";
import { createScope, start, type TestScope } from "../support/running.ts";

function trap(): never {
  throw new Error("a trap");
}

/** Values to throw, created when they are thrown: nothing may read them before. */
const thrown: Readonly<Record<string, () => unknown>> = {
  "a frozen error": () => Object.freeze(new Error("frozen")),
  "a sealed error": () => Object.seal(new Error("sealed")),
  "an error whose code throws": () => Object.defineProperty(new Error("x"), "code", { get: trap }),
  "an error whose message throws": () => Object.defineProperty(new Error("x"), "message", { get: trap }),
  "an error whose stack throws": () => Object.defineProperty(new Error("x"), "stack", { get: trap }),
  "an error with an enumerable member that throws": () =>
    Object.defineProperty(new Error("x"), "body", { enumerable: true, get: trap }),
  "an object that lets itself be asked nothing": () =>
    new Proxy({}, { get: trap, has: trap, getPrototypeOf: trap, ownKeys: trap, getOwnPropertyDescriptor: trap }),
  "a revoked proxy": () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  "an object without a prototype": () => Object.create(null),
  "an object whose toString throws": () => ({ toString: trap, toJSON: trap }),
  "a cycle of causes": () => {
    const error = new Error("outer");
    error.cause = new Error("inner", { cause: error });
    return error;
  },
  "a symbol": () => Symbol("odd"),
  null: () => null,
  undefined: () => undefined,
  "a code of ours without its members": () => ({ code: "ERR_RETRY_LATER", delayMs: "soon" }),
  "issues that are not a list": () => ({ code: "ERR_SCHEMA_REFUSED", issues: { length: 3 } }),
};
const names = Object.keys(thrown);
type Place = "handler" | "handler, at once" | "middleware" | "envelope" | "schema" | "when";
const places: readonly Place[] = ["handler", "handler, at once", "middleware", "envelope", "schema", "when"];

/** One message for each: its data contains what is thrown, and where. */
interface Trouble {
  readonly name: string;
  readonly place: Place;
}

function throwIf(place: Place, text: unknown): void {
  if (typeof text !== "string" || !text.startsWith("{")) return;
  const trouble = JSON.parse(text) as Trouble;
  if (trouble.place === place) throw thrown[trouble.name]?.();
}

const envelope: Envelope = {
  buildMessage: async (_service, _topic, data) => String(data),
  parseMessage(payload) {
    const text = Buffer.from(payload as Uint8Array).toString();
    throwIf("envelope", text);
    return { message: { data: text } };
  },
};

function oddService(scope: TestScope, handled: string[]): ServiceClass {
  const schema = {
    "~standard": {
      version: 1 as const,
      vendor: "odd",
      validate(value: unknown) {
        throwIf("schema", value);
        return { value };
      },
    },
  };
  return defineService({
    name: "odd",
    options: scope.options(),
    messageEnvelope: envelope,
    messageMiddleware: [
      (next, { message }) => {
        throwIf("middleware", (message as { data: unknown }).data);
        return next();
      },
    ],
    handlers: {
      work: on(
        amqp("odd", {
          queueName: "odd",
          concurrency: 2,
          schema,
          retry: {
            quick: 1,
            when(_error, { message }) {
              throwIf("when", (message as { data: unknown }).data);
              return false;
            },
          },
        }),
        ((data: string) => {
          throwIf("handler, at once", data);
          return Promise.resolve().then(() => {
            throwIf("handler", data);
            if (data.includes('"when"')) throw new Error("asks when");
            handled.push(data);
          });
        }) as never,
      ),
    },
  });
}

describeWithBroker("any thrown value", () => {
  it("results in one dead letter, and releases the slots", { timeout: 60_000 }, async () => {
    const scope = createScope();
    const handled: string[] = [];
    await using running = await start(oddService(scope, handled));
    await using foreign = await connectForeign();
    const [service] = running.services as [Service];
    const deadLetters = async (): Promise<number> =>
      (await foreign.queueInfo(`${scope.prefix}odd.dlq`))?.messageCount ?? 0;
    let expected = 0;
    const trouble = fc.record({ name: fc.constantFrom(...names), place: fc.constantFrom(...places) });
    const troubles = fc.array(trouble, { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(troubles, async (several) => {
        const before = handled.length;
        for (const one of several) await amqpPublish(service, JSON.stringify(one), { routingKey: "odd" });
        // More messages than slots: they succeed only if every slot was released.
        for (const good of ["one", "two", "three"]) await amqpPublish(service, good, { routingKey: "odd" });
        expected += several.length;
        await until(async () => (await deadLetters()) === expected, { what: `${expected} dead letters` });
        await until(() => handled.length === before + 3, { what: "the good messages" });
        const consumer = () => service.health().transports[0]?.consumers[0];
        await until(() => consumer()?.unacknowledged === 0, { what: "nothing unacknowledged" });
        expect(consumer()).toMatchObject({ healthy: true, state: "consuming" });
      }),
      { numRuns: 15 },
    );
  });

  it("has the same result with a user's logger that throws at every call", async () => {
    const scope = createScope();
    const handled: string[] = [];
    const logger = await createLogger({ destination: { write: trap } });
    const run = await runServices([oddService(scope, handled)], { logger, environment: {} });
    await using foreign = await connectForeign();
    const [service] = run.services as [Service];
    const bad = { name: "a frozen error", place: "handler" } satisfies Trouble;
    for (let count = 0; count < 4; count++) await amqpPublish(service, JSON.stringify(bad), { routingKey: "odd" });
    await amqpPublish(service, "good", { routingKey: "odd" });
    await until(() => handled.includes("good"), { what: "the good message" });
    await until(async () => (await foreign.queueInfo(`${scope.prefix}odd.dlq`))?.messageCount === 4, {
      what: "four dead letters",
    });
    expect(await run.stop()).toBe(0);
  });

  it.each(names)("does not prevent a stop: %s from each stop hook", async (name) => {
    const scope = createScope();
    const reached: string[] = [];
    const fails = (hook: string) => (): never => {
      reached.push(hook);
      throw thrown[name]?.();
    };
    const failing = defineService({
      name: "failing",
      options: scope.options(),
      startService: () => {},
      stoppingService: fails("stoppingService"),
      stopService: fails("stopService"),
    });
    const running = await start(failing);
    expect(await running.stop()).toBe(0);
    expect(reached).toEqual(["stoppingService", "stopService"]);
    expect(running.log.filter(({ level }) => level === 50).map(({ msg }) => msg)).toEqual([
      "stoppingService() failed",
      "stopService() failed",
    ]);
  });
});

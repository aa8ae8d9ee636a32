/** Layers around a handler: their order, what they hand on, and how errors pass. */
import { describe, expect, it } from "vitest";
import type { MessageContext } from "./context.ts";
import { compose, type MessageCall, type MessageMiddleware, type Next } from "./middleware.ts";
import type { Service } from "./service.ts";

class FakeContext {
  metadata: unknown = "metadata";
  get service(): Service {
    return { name: "orders" } as unknown as Service;
  }
  get message(): unknown {
    return { whole: true };
  }
}

const run = (
  middleware: readonly MessageMiddleware[],
  handler: (data: unknown, context: unknown) => unknown,
): unknown => compose(middleware, handler)("data", new FakeContext());

describe("compose", () => {
  it("returns the handler itself without middleware", () => {
    const handler = (): void => {};
    expect(compose([], handler)).toBe(handler);
  });

  it("runs the first layer as the outermost", async () => {
    const log: string[] = [];
    const layer =
      (name: string): MessageMiddleware =>
      async (next) => {
        log.push(`${name} in`);
        await next();
        log.push(`${name} out`);
      };
    await run([layer("a"), layer("b")], () => log.push("handler"));
    expect(log).toEqual(["a in", "b in", "handler", "b out", "a out"]);
  });

  it("does not change the list of layers", () => {
    const layers: MessageMiddleware[] = [(next) => next(), (next) => next({})];
    const before = [...layers];
    compose(layers, () => {});
    expect(layers).toEqual(before);
  });

  it("passes a layer the service, the whole message and the handler's own context", async () => {
    let told: MessageCall | undefined;
    let given: unknown;
    const spy: MessageMiddleware = (next, call) => {
      told = call;
      return next();
    };
    await run([spy], (_data, context) => {
      given = context;
    });
    expect(told).toMatchObject({ service: { name: "orders" }, message: { whole: true } });
    expect(told?.context).toBe(given);
  });

  it("passes data, or its replacement by a layer, to every inner layer", async () => {
    const replace: MessageMiddleware = (next) => next({ data: "replaced" });
    const untouched: MessageMiddleware = (next) => next({ metadata: "other" });
    const seen: unknown[] = [];
    await run([replace, untouched], (data, context) => seen.push(data, (context as FakeContext).metadata));
    expect(seen).toEqual(["replaced", "other"]);
  });

  it("adds values to the context without changing those of the transport", async () => {
    const add: MessageMiddleware = (next) => next({ traceId: "t", message: "forged" });
    const readInside: MessageMiddleware = (next, { context }) => next({ seen: Reflect.get(context, "traceId") });
    const context = (await run([add, readInside], (_data, given) => given)) as MessageContext;
    expect(context).toMatchObject({ traceId: "t", seen: "t", message: { whole: true } });
  });

  it("returns the handler's result through every layer", async () => {
    await expect(run([(next) => next(), async (next) => next()], () => 5)).resolves.toBe(5);
  });

  it("does not call the handler when a layer does not call next", async () => {
    let ran = false;
    await run([async () => {}, (next) => next()], () => {
      ran = true;
    });
    expect(run([() => "synchronous"], () => {})).toBe("synchronous");
    expect(ran).toBe(false);
  });

  it("refuses a second call of next, names the layer, and runs the handler once", async () => {
    let runs = 0;
    const twice: MessageMiddleware = async (next) => {
      await next();
      await next();
    };
    await expect(run([twice], () => runs++)).rejects.toMatchObject({
      code: "ERR_MIDDLEWARE_NEXT_TWICE",
      message: expect.stringContaining('"twice"'),
    });
    expect(runs).toBe(1);
  });

  it("also refuses a second call of next that does not wait for the first", async () => {
    let runs = 0;
    await expect(run([(next: Next) => Promise.all([next(), next()])], () => runs++)).rejects.toMatchObject({
      code: "ERR_MIDDLEWARE_NEXT_TWICE",
      message: expect.stringContaining('"anonymous"'),
    });
    expect(runs).toBe(1);
  });

  it("counts calls of next separately for each message", async () => {
    const composed = compose([(next) => next()], (data) => data);
    await expect(composed("one", new FakeContext())).resolves.toBe("one");
    await expect(composed("two", new FakeContext())).resolves.toBe("two");
  });

  it.each([
    [
      "thrown",
      () => {
        throw new Error("of the handler");
      },
    ],
    [
      "rejected",
      async () => {
        throw new Error("of the handler");
      },
    ],
  ])("passes an error that was %s outwards, where an outer layer may catch it", async (_how, handler) => {
    const layer: MessageMiddleware = async (next) => next();
    await expect(run([layer, layer], handler)).rejects.toThrow("of the handler");
    const rescue: MessageMiddleware = (next) => next().catch((error: Error) => `rescued from ${error.message}`);
    await expect(run([rescue, layer], handler)).resolves.toBe("rescued from of the handler");
  });

  const forgetful: [string, MessageMiddleware][] = [
    ["returns at once", (next) => void next()],
    ["is asynchronous", async (next) => void next()],
    [
      "ends before the handler",
      async (next) => {
        void next();
        await Promise.resolve();
      },
    ],
    [
      "ends long after the handler",
      async (next) => {
        void next();
        await new Promise((done) => setImmediate(done));
        await new Promise((done) => setImmediate(done));
      },
    ],
    ["takes the promise and leaves it", async (next) => void [next()]],
  ];
  it.each(forgetful)(
    "waits for a handler that its layer did not await, and fails with it (%s)",
    async (_how, layer) => {
      let ended = false;
      const slow = async (): Promise<void> => {
        await new Promise((done) => setImmediate(done));
        ended = true;
      };
      await run([layer], slow);
      expect(ended).toBe(true);
      const failing = async (): Promise<void> => {
        await Promise.resolve();
        throw new Error("of the handler");
      };
      await expect(run([layer, (next) => next()], failing)).rejects.toThrow("of the handler");
      await expect(run([(next) => next(), layer], failing)).rejects.toThrow("of the handler");
    },
  );

  it("ignores a failure that its layer awaited late or raced against another promise", async () => {
    const failing = async (): Promise<void> => {
      throw new Error("of the handler");
    };
    const late: MessageMiddleware = async (next) => {
      const running = next();
      await new Promise((done) => setImmediate(done));
      return running.catch(() => "rescued");
    };
    await expect(run([late], failing)).resolves.toBe("rescued");
    const racing: MessageMiddleware = (next) => Promise.race([Promise.resolve("sooner"), next()]);
    await expect(run([racing], failing)).resolves.toBe("sooner");
  });

  it("fails if a second call of next was not awaited", async () => {
    const twice: MessageMiddleware = async (next) => {
      await next();
      void next();
    };
    await expect(run([twice], () => {})).rejects.toMatchObject({ code: "ERR_MIDDLEWARE_NEXT_TWICE" });
  });

  it("accepts a bound method as a layer", async () => {
    class Tracing {
      #prefix = "trace-";
      wrap(next: Next): Promise<unknown> {
        return next({ data: `${this.#prefix}1` });
      }
    }
    const tracing = new Tracing();
    await expect(run([tracing.wrap.bind(tracing)], (data) => data)).resolves.toBe("trace-1");
  });
});

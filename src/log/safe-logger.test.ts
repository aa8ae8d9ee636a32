/** A logger that never throws, for any value and any destination. */
import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { createLogger, type Logger } from "./logger.ts";
import { addLogFields, createSafeLogger, type LogFields } from "./safe-logger.ts";

function throwsAt(name: string): Error {
  return Object.defineProperty(new Error("broken"), name, {
    enumerable: true,
    get() {
      throw new Error("a getter");
    },
  });
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const cyclic = new Error("outer");
cyclic.cause = new Error("inner", { cause: cyclic });

const odd: readonly (readonly [string, unknown])[] = [
  ["a frozen error", Object.freeze(new Error("frozen"))],
  ["an error whose member throws", throwsAt("body")],
  ["an error whose stack throws", throwsAt("stack")],
  ["an error whose code throws", throwsAt("code")],
  ["a cycle of causes", cyclic],
  ["a symbol", Symbol("odd")],
  ["an object without a prototype", Object.create(null)],
  ["a revoked proxy", revoked()],
  ["null", null],
  [
    "an object that cannot be written as JSON",
    {
      toJSON() {
        throw new Error("no JSON");
      },
    },
  ],
  ["a bigint", { amount: 5n }],
];

async function loggerTo(write: (line: string) => void): Promise<Logger> {
  return createLogger({ destination: { write } });
}

describe("createLogger", () => {
  it.each(odd)("writes a line about %s", async (_name, value) => {
    const written: string[] = [];
    const logger = await loggerTo((line) => void written.push(line));
    logger.error({ err: value, order: 5 }, "failed");
    logger.child({ value }).warn(value as object);
    expect(written).toHaveLength(2);
    expect(JSON.parse(written[0] ?? "")).toMatchObject({ order: 5, msg: "failed" });
  });

  it("writes the messages of causes, and stops at a cycle", async () => {
    const written: string[] = [];
    const logger = await loggerTo((line) => void written.push(line));
    logger.error({ err: cyclic }, "failed");
    expect(JSON.parse(written[0] ?? "").err).toMatchObject({ type: "Error", message: "outer: inner" });
  });

  it("writes a message once when an error is made of the message of its cause", async () => {
    const cause = new RangeError("the bank refuses 5000");
    for (const [error, message] of [
      [new Error(cause.message, { cause }), "the bank refuses 5000"],
      [new Error(`order 2: ${cause.message}`, { cause }), "order 2: the bank refuses 5000"],
      [new Error("order 2", { cause }), "order 2: the bank refuses 5000"],
    ] as const) {
      const written: string[] = [];
      const logger = await loggerTo((line) => void written.push(line));
      logger.error({ err: error }, "failed");
      expect(JSON.parse(written[0] ?? "").err).toMatchObject({ message });
    }
  });

  it("shortens what is too long for a line", async () => {
    const written: string[] = [];
    const logger = await loggerTo((line) => void written.push(line));
    logger.error({ err: Object.assign(new Error("m".repeat(1e6)), { body: "b".repeat(1e6) }) }, "failed");
    expect(written[0]?.length).toBeLessThan(40_000);
  });

  it("continues when the destination throws, and reports later how many lines were lost", async () => {
    const written: string[] = [];
    let full = true;
    const logger = await loggerTo((line) => {
      if (full) throw new Error("ENOSPC: no space left");
      written.push(JSON.parse(line).msg);
    });
    logger.error("one");
    logger.child({ a: 1 }).error("two");
    full = false;
    logger.error("three");
    expect(written).toEqual(["2 log lines could not be written (ENOSPC: no space left)", "three"]);
  });

  it("survives the error event of a stream without a listener", async () => {
    const stream = Object.assign(new EventEmitter(), { write: () => {} });
    await createLogger({ destination: stream });
    expect(() => stream.emit("error", new Error("EIO"))).not.toThrow();
  });
});

describe("createSafeLogger", () => {
  const fails = (): never => {
    throw new Error("no logger");
  };

  it("wraps a user's logger that throws at every call", () => {
    const broken = {
      level: "info",
      trace: fails,
      debug: fails,
      info: fails,
      warn: fails,
      error: fails,
      fatal: fails,
      isLevelEnabled: fails,
      child: fails,
    };
    const logger = createSafeLogger(broken);
    expect(() => logger.child({ a: 1 }).error({ err: new Error("x") }, "failed")).not.toThrow();
    expect(logger.isLevelEnabled("info")).toBe(false);
  });

  it("handles the rejection of an asynchronous logger", async () => {
    const quiet = await createLogger({ form: "disabled" });
    const asynchronous = Object.assign(Object.create(quiet), { error: () => Promise.reject(new Error("later")) });
    createSafeLogger(asynchronous as Logger).error("failed");
    // An unhandled rejection would fail this file.
    await new Promise((resolve) => setImmediate(resolve));
  });

  it("wraps a logger only once", () => {
    const logger = createSafeLogger(createSafeLogger({} as Logger));
    expect(createSafeLogger(logger)).toBe(logger);
  });
});

describe("addLogFields", () => {
  async function lineOf(write: (logger: Logger) => void, fields: LogFields): Promise<Record<string, unknown>> {
    const lines: Record<string, unknown>[] = [];
    const destination = { write: (text: string) => void lines.push(JSON.parse(text) as Record<string, unknown>) };
    write(addLogFields(await createLogger({ destination }), fields));
    return lines[0] ?? {};
  }

  it("reads the fields at each line of the logger and of its children, and fields of the line override them", async () => {
    let count = 0;
    const fields = () => ({ count: ++count, own: "added" });
    expect(await lineOf((logger) => logger.info("text"), fields)).toMatchObject({
      count: 1,
      own: "added",
      msg: "text",
    });
    const child = (logger: Logger): void => logger.child({ a: 1 }).info({ own: "line" }, "text");
    expect(await lineOf(child, fields)).toMatchObject({ count: 2, own: "line", a: 1, msg: "text" });
    expect(await lineOf((logger) => addLogFields(logger, () => ({ more: 1 })).info("text"), fields)).toMatchObject({
      count: 3,
      more: 1,
    });
  });

  it("keeps an error that is passed in place of fields, and a line whose fields cannot be read", async () => {
    const failed = new Error("broken");
    const line = await lineOf(
      (logger) => logger.error(failed),
      () => ({ count: 1 }),
    );
    expect(line).toMatchObject({ count: 1, msg: "broken", err: { message: "broken" } });
    const broken = (): never => {
      throw failed;
    };
    expect(await lineOf((logger) => logger.info("text"), broken)).toMatchObject({ msg: "text" });
    expect(
      await lineOf(
        (logger) => logger.info({ ...{ a: 1 } }, "text"),
        () => undefined,
      ),
    ).toMatchObject({ a: 1 });
  });
});

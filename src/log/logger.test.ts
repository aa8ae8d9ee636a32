/** Log lines: for machines, for people, or disabled. */
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import {
  createLogger,
  createSilentLogger,
  createTappedLogger,
  type Logger,
  type LoggerOptions,
  logLevels,
} from "./logger.ts";

/** A destination that keeps what is written. */
function lines(): { readonly written: string[]; write(text: string): void } {
  const written: string[] = [];
  return { written, write: (text) => void written.push(text) };
}

/** The console form needs a whole stream. Resolves with its first line. */
async function firstConsoleLine(options: LoggerOptions, write: (logger: Logger) => void): Promise<string> {
  const destination = new PassThrough({ encoding: "utf8" });
  write(await createLogger({ ...options, form: "console", destination }));
  const [line] = await once(destination, "data");
  return String(line);
}

async function loggerTo(options: LoggerOptions) {
  const destination = lines();
  return { logger: await createLogger({ destination, ...options }), written: destination.written };
}

describe("createLogger", () => {
  it("refuses unknown options and wrong values by name", async () => {
    const wrong = createLogger({ levle: "debug", level: "loud", form: "xml", colour: 1, destination: {} } as never);
    const message = await wrong.then(
      () => "",
      (error: unknown) => String(error),
    );
    for (const name of ["levle", "level", "form", "colour", "destination"])
      expect(message).toContain(`option "${name}"`);
  });

  it("writes JSON lines with time, level, its own fields and those of its parents", async () => {
    const { logger, written } = await loggerTo({});
    logger.child({ service: "orders" }).child({ handler: "onPaid" }).warn({ order: 5 }, "paid");
    const [line = ""] = written;
    expect(JSON.parse(line)).toEqual({
      level: 40,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      service: "orders",
      handler: "onPaid",
      order: 5,
      msg: "paid",
    });
    expect(line.endsWith("\n")).toBe(true);
  });

  it("writes an error with type, message, stack and code", async () => {
    const { logger, written } = await loggerTo({});
    logger.error({ err: Object.assign(new TypeError("wrong"), { code: "ERR_X" }) }, "failed");
    expect(JSON.parse(written[0] ?? "")).toMatchObject({
      err: { type: "TypeError", message: "wrong", code: "ERR_X", stack: expect.stringContaining("logger.test") },
    });
  });

  it.each(logLevels.map((level, at) => [level, logLevels.length - at] as const))(
    "writes from its level on: %s lets %i levels through",
    async (level, count) => {
      const { logger, written } = await loggerTo({ level });
      for (const each of logLevels) logger[each](each);
      expect(written).toHaveLength(count);
      expect(logger.isLevelEnabled(level)).toBe(true);
    },
  );

  it("writes from level info on by default", async () => {
    const { logger, written } = await loggerTo({});
    logger.debug("not this");
    logger.info("this");
    expect(written).toEqual([expect.stringContaining('"this"')]);
  });

  it("prints for people on one line: level, service and handler, message, then other fields", async () => {
    const line = await firstConsoleLine({ colour: false }, (logger) =>
      logger.child({ service: "orders", handler: "onPaid" }).info({ order: 5 }, "paid"),
    );
    expect(line).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: orders\.onPaid: paid \{"order":5\}\n$/);
  });

  it("prints no service name for a line without a service", async () => {
    const line = await firstConsoleLine({ colour: false }, (logger) => logger.info("hello"));
    expect(line).toMatch(/INFO: hello\n$/);
  });

  it("escapes control characters, so that a line cannot be forged and a terminal is not controlled", async () => {
    const evil = "a\u001b[2J\r\nINFO: all is well\u0007\u009b31m\u202e \\u001b";
    const line = await firstConsoleLine({ colour: false }, (logger) => logger.info({ key: evil }, evil));
    expect(line).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
    expect(line.trimEnd().split("\n").slice(1)).toEqual([expect.stringMatching(/^ {4}INFO: all is well/)]);
    expect(line).toContain("a\\u001b[2J\\r\n    INFO");
  });

  it("indents every line of an error, a name or a key, so that it cannot look like a log line", async () => {
    const fake = "real\n[12:00:00.000] INFO: forged\r\n[12:00:00.000] INFO: forged";
    const error = Object.assign(new Error(fake, { cause: new Error(fake) }), { code: fake, [fake]: fake });
    for (const fields of [
      { err: error },
      { [fake]: fake },
      { error: { stack: fake } },
      { time: fake, level: fake, name: fake },
    ]) {
      const line = await firstConsoleLine({ colour: false }, (logger) =>
        logger.child({ service: fake, handler: fake }).error(fields, fake),
      );
      for (const rest of line.trimEnd().split("\n").slice(1)) expect(rest).toMatch(/^ {4}/);
    }
  });

  it.each([true, false])("breaks lines between words on a terminal (colours: %s)", async (colour) => {
    const destination = new PassThrough({ encoding: "utf8" });
    const logger = await createTappedLogger({ form: "console", colour, destination }, undefined, () => 60);
    const words =
      "the queue could not be declared, because it exists with other arguments; the service uses it as it is";
    logger.child({ service: "orders" }).warn({ queue: "orders-paid-by-card", exchange: "amq.topic" }, words);
    const [chunk] = await once(destination, "data");
    const [first = "", ...rest] = stripVTControlCharacters(String(chunk)).trimEnd().split("\n");
    expect(rest.length).toBeGreaterThan(0);
    for (const line of [first, ...rest]) expect(line.length).toBeLessThanOrEqual(60);
    for (const line of rest) expect(line).toMatch(/^ {4}\S/);
    expect([first, ...rest.map((line) => line.trim())].join(" ")).toMatch(
      / WARN: orders: (.*) \{"queue":"orders-paid-by-card", "exchange":"amq.topic"\}$/,
    );
    expect([first, ...rest.map((line) => line.trim())].join(" ")).toContain(words);
  });

  it("prints colours when asked for", async () => {
    const line = await firstConsoleLine({ colour: true }, (logger) => logger.info("hello"));
    expect(line).toContain("\u001b[");
  });

  it("writes nothing when disabled, at any level", async () => {
    const { logger, written } = await loggerTo({ form: "disabled", level: "trace" });
    logger.fatal("nothing");
    logger.child({ service: "orders" }).fatal("nothing");
    expect(written).toEqual([]);
  });
});

describe("createSilentLogger", () => {
  it("writes nothing, also for its children", () => {
    const logger = createSilentLogger();
    expect([logger.isLevelEnabled("fatal"), logger.child({ a: 1 }).isLevelEnabled("fatal")]).toEqual([false, false]);
  });
});

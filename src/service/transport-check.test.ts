/** How a service treats transports from outside of the package, valid and invalid ones. */
import { afterEach, describe, expect, it } from "vitest";
import { capturingLogger } from "../../test/support/capturing-logger.ts";
import { RecordingTransport } from "../../test/support/recording-transport.ts";
import { systemClock } from "../util/clock.ts";
import { registerOnPrototype } from "./registry.ts";
import { RunningService } from "./running-service.ts";
import { transportOf } from "./running-services.ts";
import { Service } from "./service.ts";
import type { Transport, TransportDefinition } from "./transport.ts";

const { logger, lines } = await capturingLogger();
const made: RunningService[] = [];

afterEach(async () => {
  for (const running of made.splice(0)) await running.close(AbortSignal.abort());
  lines.length = 0;
});

function running(members: object, ...handled: readonly TransportDefinition<string>[]): RunningService {
  class Inbox extends Service {
    name = "inbox";
    onFile(): void {}
    override startService(): void {}
  }
  // As decorators run: from the bottom up.
  for (const transport of [...handled].reverse()) {
    const trigger = { transport, options: "", label: `@${transport.name}()` } as unknown as never;
    registerOnPrototype(Inbox.prototype, "onFile", trigger);
  }
  const [environment, shared, exit] = [{}, new Map<symbol, unknown>(), () => {}];
  const service = Object.assign(new Inbox(), members);
  const one = new RunningService({
    service,
    logger,
    environment,
    shared,
    clock: systemClock,
    observer: undefined,
    exit,
  });
  made.push(one);
  return one;
}

/** A transport without what is named. */
function without(...methods: readonly (keyof Transport<string>)[]): TransportDefinition<string> {
  const whole = new RecordingTransport("files", []);
  const missing = Object.fromEntries(methods.map((method) => [method, undefined]));
  return { name: "files", create: (context) => ({ ...whole.create(context), ...missing }) };
}

function broken(part: Partial<Transport<string>>): TransportDefinition<string> {
  const whole = new RecordingTransport("files", []);
  return { name: "files", create: (context) => ({ ...whole.create(context), ...part }) };
}

const fail = (what: string) => (): never => {
  throw new Error(`no ${what}`);
};

describe("the options group of a transport", () => {
  const files = { options: { files: { folder: "in" } } };

  it("is accepted in a service that has a handler of the transport or lists it", () => {
    for (const listed of [false, true]) {
      const transport = new RecordingTransport("files", []);
      if (listed) running({ ...files, transports: [transport] });
      else running(files, transport);
      expect(transport.contexts[0]?.options).toEqual({ folder: "in" });
    }
  });

  it("is unknown to any other service, and a misspelled group is named", () => {
    expect(() => running(files)).toThrow(/options has no option "files"/);
    const transport = new RecordingTransport("files", []);
    expect(() => running({ options: { file: {} } }, transport)).toThrow(/no option "file". Did you mean "files"\?/);
    expect(() => running({ options: { files: 5 } }, transport)).toThrow(/options.files must be an object, but 5 was/);
  });
});

describe("a service that lists transports", () => {
  it("creates its transports before the start, and reports their errors", () => {
    const log: string[] = [];
    running({ transports: [new RecordingTransport("files", log)] });
    expect(log).toEqual(["inbox: files create"]);
    const wrong = { name: "files", create: fail("folder") };
    expect(() => running({ transports: [wrong] })).toThrow("no folder");
  });

  it.each([[{}], ["files"], [undefined]])("is refused when the list is %j", (transports) => {
    expect(() => running({ transports })).toThrow(/transports must be a list of transport definitions/);
  });

  it("gets the same transport from each transportOf()", () => {
    const definition = new RecordingTransport("files", []);
    const { service } = running({}, definition);
    expect(transportOf(service, definition)).toBe(transportOf(service, definition));
    expect(definition.contexts).toHaveLength(1);
  });
});

describe("a transport that violates the contract", () => {
  it("is refused with the names of the missing methods", () => {
    expect(() => running({}, without("drain", "health"))).toThrow(
      'create() of the transport "files" returned an object that has no health(), drain(). Implement Transport.',
    );
    expect(() => running({}, { name: "files", create: () => undefined as never })).toThrow(/has no add\(\), start\(\)/);
  });

  it("is refused when its load is not a function", () => {
    const wrong = { ...without(), load: "later" } as never;
    expect(() => running({}, wrong)).toThrow('load of the transport "files" is not a function. Write load() { ... }');
  });

  it("is refused when another transport has its name", () => {
    const [one, other] = [new RecordingTransport("files", []), new RecordingTransport("files", [])];
    expect(() => running({}, one, other)).toThrow(expect.objectContaining({ code: "ERR_TRANSPORT_NAME" }));
    const { service } = running({}, one);
    expect(() => transportOf(service, other)).toThrow(/two different transports that are both named "files"/);
  });

  it("is unhealthy when it cannot report its health", () => {
    const health = running({}, broken({ health: fail("health") })).health();
    expect(health.healthy).toBe(false);
    expect(health.reasons).toEqual(['the transport "files" cannot report its health: no health']);
  });

  it("does not prevent others from starting and stopping when it throws synchronously", async () => {
    const log: string[] = [];
    const wrong = broken({ start: fail("start"), drain: fail("drain"), close: fail("close") });
    const one = running({}, wrong, new RecordingTransport("other", log));
    const starts = await Promise.allSettled(one.startTransports(new AbortController().signal));
    await one.drain(AbortSignal.abort());
    await one.close(AbortSignal.abort());
    expect(starts.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
    expect(log.slice(-3)).toEqual(["inbox: other start", "inbox: other drain", "inbox: other close"]);
    expect(lines).toMatchObject([
      { msg: "the transport could not drain", transport: "files" },
      { msg: "the transport could not close", transport: "files" },
    ]);
  });
});

/** One run from its first hook to its last: the order of everything, and what a failure at each point leaves. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { capturingLogger, type LogLine } from "../../test/support/capturing-logger.ts";
import { RecordingTransport } from "../../test/support/recording-transport.ts";
import type { Logger } from "../log/logger.ts";
import { createDeferred } from "../util/deferred.ts";
import { aborted } from "../util/wait.ts";
import { registerOnPrototype } from "./registry.ts";
import type { Hook } from "./running-service.ts";
import { exit, getService } from "./running-services.ts";
import { Service } from "./service.ts";
import { ServiceRun } from "./service-run.ts";

const hooks: readonly Hook[] = ["startService", "startedService", "stoppingService", "stopService"];

let logger: Logger;
let lines: LogLine[];
let log: string[];
/** The deadlines that a run sets, in order: nothing passes here until a test lets it. */
let deadlines: { readonly ms: number; readonly pass: () => void }[];

beforeEach(async () => {
  ({ logger, lines } = await capturingLogger());
  log = [];
  deadlines = [];
  vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
    const controller = new AbortController();
    deadlines.push({ ms, pass: () => controller.abort() });
    return controller.signal;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  expect(getService(), "a service was left behind").toBeUndefined();
});

/** Like that of vitest, whose own limit of a second is too short for a machine that is busy. */
function waitFor(check: () => void): Promise<void> {
  return vi.waitFor(check, 20_000);
}

interface Made {
  readonly service: Service;
  readonly transport: RecordingTransport;
}

/** A service with one handler; a hook is recorded and does what `acts` says. */
function make(name: string, acts: Partial<Record<Hook, (service: Service) => unknown>> = {}): Made {
  class Recorded extends Service {
    name = name;
    override options = { terminationGracePeriodSeconds: 7 };
    handler(): void {}
  }
  for (const hook of hooks) {
    Object.defineProperty(Recorded.prototype, hook, {
      value(this: Service): unknown {
        log.push(`${name}: ${hook}`);
        return acts[hook]?.(this);
      },
    });
  }
  const transport = new RecordingTransport("fake", log);
  registerOnPrototype(Recorded.prototype, "handler", transport.trigger());
  return { service: new Recorded(), transport };
}

function runOf(...made: readonly Made[]): ServiceRun {
  return new ServiceRun({ services: made.map(({ service }) => service), logger, environment: {} });
}

function fail(message: string): () => never {
  return () => {
    throw new Error(message);
  };
}

const ofOrders = (...what: string[]): string[] => what.map((each) => `orders: ${each}`);
const checked = ofOrders("fake create", "fake add handler");
const stopped = ofOrders("stoppingService", "fake drain", "stopService", "fake close");

describe("a run", () => {
  it("calls hooks and transports in order", async () => {
    const run = runOf(make("orders"));
    expect([run.state, log]).toEqual(["created", checked]);
    await run.start();
    expect([run.state, run.describe()]).toEqual(["running", ["orders listens"]]);
    await expect(run.stop()).resolves.toBe(0);
    expect(run.state).toBe("ended");
    expect(log).toEqual([...checked, ...ofOrders("startService", "fake start", "startedService"), ...stopped]);
    expect(lines.map(({ msg }) => msg)).toEqual(["service started", "service stopping", "service stopped"]);
  });

  it.each([
    ["a string", "3"],
    ["a fraction", 1.5],
    ["no number", Number.NaN],
    ["more than a process can end with", 256],
    ["less than nothing", -1],
    ["an error", new Error("why it ends")],
    ["null", null],
  ])("that is ended with %s for an exit code ends with 1, and says so", async (_what, code) => {
    const run = runOf(make("orders"));
    await run.start();
    exit(code as never);
    await expect(run.ended).resolves.toBe(1);
    expect(lines.filter(({ level }) => level === 50)).toMatchObject([
      { msg: expect.stringContaining("exit() needs a whole number from 0 to 255") },
    ]);
  });

  it("waits for each step before the next", async () => {
    const gates = { startService: createDeferred(), start: createDeferred(), startedService: createDeferred() };
    const made = make("orders", {
      startService: () => gates.startService.promise,
      startedService: () => gates.startedService.promise,
    });
    made.transport.acts.start = () => gates.start.promise;
    const run = runOf(made);
    const starting = run.start();
    await waitFor(() => expect(log.at(-1)).toBe("orders: startService"));
    expect(run.state).toBe("starting");
    gates.startService.resolve();
    await waitFor(() => expect(log.at(-1)).toBe("orders: fake start"));
    gates.start.resolve();
    await waitFor(() => expect(log.at(-1)).toBe("orders: startedService"));
    expect(run.state).toBe("starting");
    gates.startedService.resolve();
    await starting;
    expect(run.state).toBe("running");
    await run.stop();
  });

  it("allows services to publish from their first hook to their last", async () => {
    const found: boolean[] = [];
    const find = (service: Service): void => void found.push(getService("orders") === service);
    const run = runOf(
      make("orders", { startService: find, startedService: find, stoppingService: find, stopService: find }),
    );
    await run.start();
    await run.stop();
    expect(found).toEqual([true, true, true, true]);
  });

  it("runs the steps of two services together", async () => {
    const [first, second] = [make("a"), make("b")];
    const slow = createDeferred();
    first.transport.acts.start = () => slow.promise;
    const run = runOf(first, second);
    const starting = run.start();
    await waitFor(() => expect(log).toContain("b: fake start"));
    expect(log).not.toContain("b: startedService");
    slow.resolve();
    await starting;
    expect(run.services).toEqual([first.service, second.service]);
    await run.stop();
    expect(log.indexOf("b: startService")).toBeLessThan(log.indexOf("a: fake start"));
    expect(log.filter((line) => line.endsWith("stopService"))).toEqual(["a: stopService", "b: stopService"]);
  });
});

describe("the signal of a start", () => {
  it("accepts one listener per connection without a warning", async () => {
    const { service, transport } = make("orders");
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    transport.acts.start = (signal) => {
      for (let count = 0; count < 30; count++) signal.addEventListener("abort", () => {});
    };
    const run = new ServiceRun({ services: [service], logger, environment: {} });
    await run.start();
    expect(warned).not.toHaveBeenCalled();
    expect(run.health()).toEqual([service.health()]);
    await run.stop();
  });
});

describe("a start that fails", () => {
  it("in the check of the second service leaves nothing of the first behind", async () => {
    const [first, second] = [make("a"), make("")];
    expect(() => runOf(first, second)).toThrow(expect.objectContaining({ code: "ERR_SERVICE_NAME" }));
    await waitFor(() => expect(getService()).toBeUndefined());
    expect(log).toEqual(["a: fake create", "a: fake add handler", "a: fake close"]);
  });

  it("when a transport adds a handler runs no hook", () => {
    const made = make("orders");
    made.transport.acts.add = fail("no such option");
    expect(() => runOf(made)).toThrow("no such option");
    expect(log).toEqual(checked);
  });

  it.each([
    ["startService", ["startService"]],
    ["start", ["startService", "fake start"]],
    ["startedService", ["startService", "fake start", "startedService"]],
  ])("in %s stops what had started, rejects with the error, and ends with code 1", async (where, reached) => {
    const made = make("orders", where === "start" ? {} : { [where]: fail(`no ${where}`) });
    if (where === "start") made.transport.acts.start = fail("no start");
    const run = runOf(made);
    await expect(run.start()).rejects.toThrow(`no ${where}`);
    await expect(run.ended).resolves.toBe(1);
    expect(run.state).toBe("ended");
    expect(log).toEqual([...checked, ...ofOrders(...reached), ...stopped]);
    expect(lines.map(({ msg }) => msg)).not.toContain("service started");
  });

  it("waits for the other service's start before it stops anything", async () => {
    const [failing, slow] = [make("a", { startService: fail("no start") }), make("b")];
    const opened = createDeferred();
    Object.defineProperty(slow.service, "startService", {
      value: async () => {
        await opened.promise;
        log.push("b: opened");
      },
    });
    const run = runOf(failing, slow);
    const starting = run.start();
    opened.resolve();
    await expect(starting).rejects.toThrow("no start");
    expect(log.indexOf("b: opened")).toBeLessThan(log.indexOf("b: stoppingService"));
    expect(log).not.toContain("b: fake start");
  });

  it("waits for the other transport's start before it stops anything", async () => {
    const made = make("orders");
    const other = new RecordingTransport("other", log);
    registerOnPrototype(Object.getPrototypeOf(made.service), "handler", other.trigger());
    made.transport.acts.start = fail("no start");
    const opened = createDeferred();
    other.acts.start = async () => {
      await opened.promise;
      log.push("other opened");
    };
    const run = runOf(made);
    const starting = run.start();
    await waitFor(() => expect(log).toContain("orders: other start"));
    opened.resolve();
    await expect(starting).rejects.toThrow("no start");
    expect(log.indexOf("other opened")).toBeLessThan(log.indexOf("orders: stoppingService"));
  });

  it("reports the error of the first service when several fail", async () => {
    const run = runOf(make("a", { startService: fail("a's") }), make("b", { startService: fail("b's") }));
    await expect(run.start()).rejects.toThrow("a's");
  });
});

describe("a stop", () => {
  it("during startService waits for the hook, starts nothing more, and start() resolves", async () => {
    const opened = createDeferred();
    const run = runOf(make("orders", { startService: () => opened.promise }));
    const starting = run.start();
    const stopping = run.stop(4);
    expect(run.state).toBe("stopping");
    opened.resolve();
    await expect(stopping).resolves.toBe(4);
    await starting;
    expect(log).toEqual([...checked, ...ofOrders("startService"), ...stopped]);
  });

  it("during a startService that never ends continues without it after the grace period", async () => {
    const opened = createDeferred();
    const run = runOf(make("orders", { startService: () => opened.promise }));
    const starting = run.start();
    const stopping = run.stop(4);
    deadlines[0]?.pass();
    await expect(stopping).resolves.toBe(4);
    expect(lines.map(({ msg }) => msg)).toContain("the start did not end in time; the stop continues without it");
    // The run has ended when it opens something then, and nothing more is started.
    opened.resolve();
    await starting;
    expect(log).toEqual([...checked, ...ofOrders("startService"), ...stopped]);
  });

  it("during a transport's start aborts the start's signal", async () => {
    const made = make("orders");
    made.transport.acts.start = async (signal) => {
      await aborted(signal);
      throw signal.reason;
    };
    const run = runOf(made);
    const starting = run.start();
    await waitFor(() => expect(log.at(-1)).toBe("orders: fake start"));
    await expect(run.stop()).resolves.toBe(0);
    await starting;
    expect(log).toEqual([...checked, ...ofOrders("startService", "fake start"), ...stopped]);
  });

  it("before the start runs no hook", async () => {
    const run = runOf(make("orders"));
    await run.stop();
    expect(log).toEqual([...checked, ...ofOrders("fake drain", "fake close")]);
  });

  it("that is requested twice happens once, with the first code", async () => {
    const run = runOf(make("orders"));
    await run.start();
    await expect(Promise.all([run.stop(2), run.stop(3)])).resolves.toEqual([2, 2]);
    await expect(run.stop(4)).resolves.toBe(2);
    await expect(run.ended).resolves.toBe(2);
    expect(log.filter((line) => line.endsWith("drain"))).toHaveLength(1);
  });

  it("by exit() from inside a handler ends every service of the run with its code", async () => {
    const [first, second] = [make("a"), make("b")];
    Object.defineProperty(first.service, "handler", { value: () => exit(5) });
    const run = runOf(first, second);
    await run.start();
    first.transport.handlers[0]?.call(undefined, undefined);
    await expect(run.ended).resolves.toBe(5);
    expect(log).toEqual(expect.arrayContaining(["a: fake close", "b: fake close"]));
  });

  it.each(["startService", "startedService"] as const)(
    "by exit() from inside %s is a stop, not a failure",
    async (hook) => {
      const run = runOf(make("orders", { [hook]: () => exit() }));
      await run.start();
      await expect(run.ended).resolves.toBe(0);
      expect(log.slice(-stopped.length)).toEqual(stopped);
    },
  );

  it.each(["stoppingService", "stopService"] as const)("continues when %s throws, and logs it", async (hook) => {
    const run = runOf(make("orders", { [hook]: fail("broken") }));
    await run.start();
    await expect(run.stop()).resolves.toBe(0);
    expect(log.slice(-stopped.length)).toEqual(stopped);
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 50,
        msg: `${hook}() failed`,
        err: expect.objectContaining({ message: "broken" }),
      }),
    );
  });

  it.each([
    ["stoppingService", 0],
    ["stopService", 2],
  ] as const)("continues without %s when it does not end in time", async (hook, deadline) => {
    const run = runOf(make("orders", { [hook]: () => new Promise(() => {}) }));
    await run.start();
    const stopping = run.stop();
    await waitFor(() => expect(log.at(-1)).toBe(`orders: ${hook}`));
    expect(run.state).toBe("stopping");
    deadlines[deadline]?.pass();
    await expect(stopping).resolves.toBe(0);
    expect(log.slice(-stopped.length)).toEqual(stopped);
    expect(lines.map(({ msg }) => msg)).toContain(`${hook}() did not end in time; the stop continues without it`);
  });

  it("aborts the drain's signal when the grace period is over", async () => {
    const made = make("orders");
    made.transport.acts.drain = async (signal) => {
      await aborted(signal);
      log.push("told to hurry");
    };
    const run = runOf(made);
    await run.start();
    const stopping = run.stop();
    await waitFor(() => expect(log.at(-1)).toBe("orders: fake drain"));
    deadlines[0]?.pass();
    await stopping;
    expect(log.slice(-3)).toEqual(["told to hurry", ...ofOrders("stopService", "fake close")]);
  });

  it("subtracts a stalled stoppingService from the grace period of the handlers", async () => {
    const made = make("orders", { stoppingService: () => new Promise(() => {}) });
    let late: boolean | undefined;
    made.transport.acts.drain = (signal) => {
      late = signal.aborted;
    };
    const run = runOf(made);
    await run.start();
    const stopping = run.stop();
    await waitFor(() => expect(log.at(-1)).toBe("orders: stoppingService"));
    deadlines[0]?.pass();
    await stopping;
    expect(late).toBe(true);
  });

  it("ends at one deadline, even if a start, both hooks, a drain and a close never end", async () => {
    const never = (): Promise<void> => new Promise(() => {});
    const made = make("orders", { startService: never, stoppingService: never, stopService: never });
    Object.assign(made.transport.acts, { drain: never, close: never });
    const run = runOf(made);
    void run.start();
    const stopping = run.stop(3);
    expect(deadlines.map(({ ms }) => ms)).toEqual([3500, 5250, 6300, 7000]);
    for (const deadline of deadlines) deadline.pass();
    await expect(stopping).resolves.toBe(3);
    expect(log.slice(-stopped.length)).toEqual(stopped);
    expect(deadlines).toHaveLength(4);
  });

  it("does not make one service wait for another", async () => {
    const hanging = createDeferred();
    const run = runOf(make("a", { stoppingService: () => hanging.promise }), make("b"));
    await run.start();
    const stopping = run.stop();
    await waitFor(() => expect(log).toContain("b: fake close"));
    expect(log).not.toContain("a: fake drain");
    hanging.resolve();
    await stopping;
  });

  it("leaves no warning when its hooks ended in time", async () => {
    const run = runOf(make("orders"));
    await run.start();
    await run.stop();
    expect(lines.filter(({ level }) => level > 30)).toEqual([]);
  });
});

// The contract of every transport, as tests: any transport can be checked, also one outside of the package.
import {
  createLogger,
  defineService,
  getService,
  type HandlerDecorator,
  type Logger,
  type MessageContext,
  type MessageMiddleware,
  on,
  Service,
  type ServiceClass,
  type ServiceOptions,
  type TransportDefinition,
  transportOf,
} from "tomodachi";
import { startService, type TestApp, type VirtualClock } from "tomodachi/testing";
import { describe, expect, it } from "vitest";
import { until } from "./broker.ts";

type Decorator = HandlerDecorator<never, never>;
type App = TestApp<Service>;

/** A transport, and what it can do. */
export interface TransportUnderTest {
  readonly name: string;
  readonly features: TransportFeatures;
  /** Everything that one test needs; each test has its own. */
  open(): Promise<TransportSetup>;
}

export interface TransportFeatures {
  /** The service's `messageMiddleware` wraps its handlers. */
  readonly messageMiddleware: boolean;
  /** It has `pause` and `resume`. */
  readonly pause: boolean;
}

export interface TransportSetup extends AsyncDisposable {
  readonly definition: TransportDefinition<never>;
  /** Right options of a service, the transport's own group among them. */
  readonly options: ServiceOptions;
  /** The same with something wrong in that group. */
  readonly wrongOptions: ServiceOptions;
  /** A broker for the test, where the transport needs another than the embedded one. */
  readonly url?: string | undefined;
  readonly clock?: VirtualClock | undefined;
  /** A decorator whose handler runs once for each `cause`. */
  trigger(): Decorator;
  /** A decorator that the start has to refuse. */
  wrongTrigger(): Decorator;
  /** Makes the other side call the handler once; it may return before the end. */
  cause(app: App): Promise<void>;
}

interface Call {
  readonly data: unknown;
  readonly context: MessageContext;
}

/** Describes the contract for one transport. */
export function describeTransportContract({ name, features, open }: TransportUnderTest): void {
  describe(`the transport "${name}"`, () => {
    it("calls a handler with data and with service, message, logger and signal", async () => {
      await using setup = await open();
      const { calls, handle } = recorder();
      await using app = await startApp(setup, service(setup, handle));
      await setup.cause(app);
      const { data, context } = await nextCall(calls);
      expect(data).toBeDefined();
      expect(context.service).toBe(app.service);
      expect(context.message).toBeDefined();
      expect(context.logger.info).toBeTypeOf("function");
      expect(context.signal.aborted).toBe(false);
      expect((await app.handled("onWork")).handler).toBe("onWork");
    });

    it("accepts handlers by standard decorators, by experimentalDecorators and by on()", async () => {
      for (const form of [service, standardForm, legacyForm]) {
        await using setup = await open();
        const { calls, handle } = recorder();
        await using app = await startApp(setup, form(setup, handle));
        await setup.cause(app);
        expect((await nextCall(calls)).context.service.name, form.name).toBe("contract");
      }
    });

    it("refuses wrong service options before anything runs, and names the group", async () => {
      await using setup = await open();
      const { hooks, type } = withHooks(service({ ...setup, options: setup.wrongOptions }, () => {}));
      const error = await startApp(setup, type).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toMatchObject({ code: "ERR_CONFIGURATION" });
      expect(String(error)).toContain(`options.${setup.definition.name}`);
      expect(hooks).toEqual([]);
    });

    it("refuses a handler with wrong options before anything of the service runs", async () => {
      await using setup = await open();
      const hooks: string[] = [];
      const start = async (): Promise<void> => {
        const wrong = { ...setup, trigger: () => setup.wrongTrigger() };
        await using _app = await startApp(
          setup,
          withHooks(
            service(wrong, () => {}),
            hooks,
          ).type,
        );
      };
      await expect(start()).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_/) });
      expect(hooks).toEqual([]);
    });

    it("starts after startService() and before startedService()", async () => {
      await using setup = await open();
      const states: unknown[] = [];
      const { type } = withHooks(
        service(setup, () => {}),
        [],
        (hook, running) => states.push([hook, transportOf(running, setup.definition).health().healthy]),
      );
      await using app = await startApp(setup, type);
      await app.stop();
      expect(states.slice(0, 2)).toEqual([
        ["startService", false],
        ["startedService", true],
      ]);
    });

    it("has a name and a banner, and is healthy only while it runs", async () => {
      await using setup = await open();
      await using app = await startApp(
        setup,
        service(setup, () => {}),
      );
      const transport = transportOf(app.service, setup.definition);
      expect(transport.describe().join("\n")).toContain("onWork");
      expect(transport.health()).toMatchObject({ transport: setup.definition.name, healthy: true, reasons: [] });
      expect(app.service.health().healthy).toBe(true);
      await app.stop();
      const after = transport.health();
      expect(after.healthy).toBe(false);
      expect(after.reasons.length).toBeGreaterThan(0);
    });

    it("logs what a handler throws, and calls it again for the next work", async () => {
      await using setup = await open();
      const { lines, logger } = await capture();
      const { calls, handle } = recorder((call) => {
        if (call === 1) throw new RangeError("the first one fails");
      });
      await using app = await startApp(setup, service(setup, handle), logger);
      await setup.cause(app);
      await app.handled("onWork", { outcome: "any" });
      await setup.cause(app);
      await app.handled("onWork");
      expect(calls.length).toBe(2);
      expect(JSON.stringify(lines)).toContain("the first one fails");
    });

    it.runIf(features.messageMiddleware)("runs the service's middleware around the handler", async () => {
      await using setup = await open();
      const order: string[] = [];
      const type = service(setup, (_data, context) => {
        order.push(`handler ${(context as MessageContext & { readonly by?: string }).by}`);
      });
      const around: MessageMiddleware = async (next) => {
        order.push("before");
        await next({ by: "middleware" });
        order.push("after");
      };
      const wrapped = class extends type {
        override name = "contract";
        override messageMiddleware = [around];
      };
      await using app = await startApp(setup, wrapped);
      await setup.cause(app);
      await app.handled("onWork");
      expect(order).toEqual(["before", "handler middleware", "after"]);
    });

    it("counts a running handler as open work, and nothing when it has ended", async () => {
      await using setup = await open();
      const gate = createGate();
      const { calls, handle } = recorder(() => gate.opened);
      await using app = await startApp(setup, service(setup, handle));
      const transport = transportOf(app.service, setup.definition);
      if (!transport.openWork) return gate.open();
      const caused = setup.cause(app);
      await nextCall(calls);
      expect(sum(await transport.openWork(), "running")).toBe(1);
      gate.open();
      await caused;
      await app.handled("onWork");
      await until(async () => sum((await transport.openWork?.()) ?? [], "running") === 0, { what: "no open work" });
    });

    it.runIf(features.pause)(
      "starts no work for a paused handler until it resumes, and waits for what runs",
      async () => {
        await using setup = await open();
        const gate = createGate();
        const { calls, handle } = recorder(() => gate.opened);
        await using app = await startApp(setup, service(setup, handle));
        void setup.cause(app).catch(() => {});
        await nextCall(calls);
        let drained = false;
        const draining = app.service.drain("onWork").then(() => {
          drained = true;
        });
        const caused = setup.cause(app);
        expect(drained).toBe(false);
        gate.open();
        await draining;
        await caused;
        await app.idle();
        expect(calls.length).toBe(1);
        const { consumers, schedules, routes } = app.service.health().transports[0] ?? {};
        const [paused] = [...(schedules ?? []), ...(routes ?? []), ...(consumers ?? [])];
        expect(paused?.paused).toEqual({ since: expect.any(Date), reason: "paused by service.drain()" });
        expect(app.service.health()).toMatchObject({ healthy: true, reasons: [] });
        app.service.resume("onWork");
        await setup.cause(app);
        await until(() => calls.length > 1, { what: "a call after the pause" });
      },
    );

    it.runIf(features.pause)("may be paused before it starts, and repeatedly", async () => {
      await using setup = await open();
      const { calls, handle } = recorder();
      const { type } = withHooks(service(setup, handle), [], (hook, running) => {
        if (hook === "startService") running.pause();
      });
      await using app = await startApp(setup, type);
      await setup.cause(app);
      await app.idle();
      for (let round = 0; round < 3; round++) {
        app.service.resume("onWork");
        app.service.pause("onWork");
      }
      await app.service.drain();
      await app.idle();
      expect(calls.length).toBe(0);
      app.service.resume();
      await setup.cause(app);
      await until(() => calls.length > 0, { what: "a call after the pause" });
    });

    it.runIf(features.pause)("stops normally while a handler is paused", async () => {
      await using setup = await open();
      await using app = await startApp(
        setup,
        service(setup, () => {}),
      );
      app.service.pause();
      await setup.cause(app);
      expect(await app.stop()).toBe(0);
    });

    it.runIf(!features.pause)("reports that it cannot be paused", async () => {
      await using setup = await open();
      await using app = await startApp(
        setup,
        service(setup, () => {}),
      );
      expect(() => app.service.pause("onWork")).toThrow(expect.objectContaining({ code: "ERR_TRANSPORT_PAUSE" }));
      await app.service.drain();
    });

    it("waits at a stop for a running handler", async () => {
      await using setup = await open();
      const gate = createGate();
      const { calls, handle } = recorder(() => gate.opened);
      const order: string[] = [];
      const { type } = withHooks(service(setup, handle), [], (hook) => order.push(hook));
      await using app = await startApp(setup, type);
      void setup.cause(app).catch(() => {});
      const { context } = await nextCall(calls);
      const stopped = app.stop();
      await until(() => order.includes("stoppingService"), { what: "stoppingService()" });
      expect(context.signal.aborted).toBe(false);
      void gate.opened.then(() => order.push("handler ended"));
      gate.open();
      expect(await stopped).toBe(0);
      expect(order).toEqual(["startService", "startedService", "stoppingService", "handler ended", "stopService"]);
      expect(calls.length).toBe(1);
    });

    it("aborts the handler's signal when the grace period ends, and stops even if the handler does not", async () => {
      await using setup = await open();
      const { calls, handle } = recorder(() => new Promise(() => {}));
      await using app = await startApp(setup, service(setup, handle));
      void setup.cause(app).catch(() => {});
      const { context } = await nextCall(calls);
      expect(await app.stop()).toBe(0);
      expect(context.signal.aborted).toBe(true);
      expect(calls.length).toBe(1);
    });

    it("may be drained and closed early and repeatedly", async () => {
      await using setup = await open();
      await using app = await startApp(
        setup,
        service(setup, () => {}),
      );
      const transport = transportOf(app.service, setup.definition);
      const signal = new AbortController().signal;
      await transport.drain(signal);
      await transport.drain(signal);
      await transport.close(signal);
      await transport.close(signal);
      expect(transport.health().healthy).toBe(false);
      expect(await app.stop()).toBe(0);
    });

    it("can start and stop without a handler", async () => {
      await using setup = await open();
      const type = defineService({
        name: "contract",
        options: setup.options,
        transports: [setup.definition],
        startService() {},
      });
      await using app = await startApp(setup, type);
      expect(transportOf(app.service, setup.definition).health().transport).toBe(setup.definition.name);
      expect(await app.stop()).toBe(0);
      expect(getService("contract")).toBeUndefined();
    });
  });
}

type Handle = (data: unknown, context: MessageContext) => unknown;

function service(setup: Pick<TransportSetup, "options" | "trigger">, handle: Handle): ServiceClass {
  const { options } = setup;
  return defineService({ name: "contract", options, handlers: { onWork: on(setup.trigger(), handle as never) } });
}

function standardForm(setup: TransportSetup, handle: Handle): ServiceClass {
  const decorate = setup.trigger();
  return class extends Service {
    name = "contract";
    override options = setup.options;
    @decorate onWork(data: never, context: never): unknown {
      return handle(data, context);
    }
  };
}

function legacyForm(setup: TransportSetup, handle: Handle): ServiceClass {
  class Contract extends Service {
    name = "contract";
    override options = setup.options;
    onWork(data: never, context: never): unknown {
      return handle(data, context);
    }
  }
  // As the compiler does under `experimentalDecorators`.
  setup.trigger()(Contract.prototype, "onWork", {
    value: Contract.prototype.onWork,
  });
  return Contract;
}

const hookNames = ["startService", "startedService", "stoppingService", "stopService"] as const;

/** The same service with hooks that are written down. */
function withHooks(
  type: ServiceClass,
  hooks: string[] = [],
  told: (hook: string, running: Service) => unknown = () => {},
): { readonly hooks: readonly string[]; readonly type: ServiceClass } {
  for (const hook of hookNames) {
    Object.defineProperty(type.prototype, hook, {
      value(this: Service) {
        hooks.push(hook);
        told(hook, this);
      },
    });
  }
  return { hooks, type };
}

function startApp(setup: TransportSetup, type: ServiceClass, logger?: Logger): Promise<App> {
  const { url, clock } = setup;
  return startService(type, { url, ...(logger && { logger }), ...(clock && { clock }) }) as Promise<App>;
}

function recorder(act: (call: number) => unknown = () => {}): { readonly calls: Call[]; readonly handle: Handle } {
  const calls: Call[] = [];
  const handle: Handle = (data, context) => {
    calls.push({ data, context });
    return act(calls.length);
  };
  return { calls, handle };
}

async function nextCall(calls: readonly Call[]): Promise<Call> {
  await until(() => calls.length > 0, { what: "a call of the handler" });
  return calls[0] as Call;
}

interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

function createGate(): Gate {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

function sum<Name extends string>(all: readonly Readonly<Record<Name, number>>[], name: Name): number {
  return all.reduce((total, one) => total + one[name], 0);
}

async function capture(): Promise<{ readonly lines: unknown[]; readonly logger: Logger }> {
  const lines: unknown[] = [];
  const write = (text: string): void => void lines.push(JSON.parse(text));
  return { lines, logger: await createLogger({ level: "trace", destination: { write } }) };
}

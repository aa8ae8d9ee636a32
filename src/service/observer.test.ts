/** What an observer of a run learns, and what is still open in it. */
import { expect, it } from "vitest";
import { RecordingTransport } from "../../test/support/recording-transport.ts";
import { createSilentLogger } from "../log/logger.ts";
import { systemClock } from "../util/clock.ts";
import type { MessageContext } from "./context.ts";
import { compose } from "./middleware.ts";
import type { ObservedCall, RunObserver } from "./observer.ts";
import type { OpenWork } from "./open-work.ts";
import { registerOnPrototype } from "./registry.ts";
import { Service } from "./service.ts";
import { ServiceRun } from "./service-run.ts";
import type { ServiceContext, Transport } from "./transport.ts";

/** A transport that reports open work, if any is set. */
class BusyTransport extends RecordingTransport {
  readonly open: readonly OpenWork[] | undefined;

  constructor(name: string, open?: readonly OpenWork[]) {
    super(name, []);
    this.open = open;
  }

  override create(context: ServiceContext): Transport<string> {
    const { open } = this;
    return { ...super.create(context), ...(open && { openWork: async () => open }) };
  }
}

function runOf(transports: readonly BusyTransport[], observer?: RunObserver): ServiceRun {
  class Orders extends Service {
    name = "orders";
    onPaid(data: unknown): unknown {
      return [this.name, data];
    }
  }
  for (const transport of transports) registerOnPrototype(Orders.prototype, "onPaid", transport.trigger());
  return new ServiceRun({
    services: [new Orders()],
    logger: createSilentLogger(),
    environment: {},
    observers: [() => observer],
  });
}

it("an observer wraps each handler call inside its middleware, and passes its result on", async () => {
  const calls: ObservedCall[] = [];
  const observer: RunObserver = { called: (call) => void calls.push(call) };
  const transport = new BusyTransport("a");
  const run = runOf([transport], observer);
  const call = transport.handlers[0]?.call ?? (() => {});
  const context = { service: run.services[0] } as unknown as MessageContext;
  const composed = compose([(next) => next({ data: "changed" }), (next) => next()], call);
  expect(await composed("given", context)).toEqual(["orders", "changed"]);
  expect(calls).toEqual([{ service: run.services[0], handler: "onPaid", data: "changed", context }]);
  expect(calls[0]?.context).toBe(context);
  await compose([() => "kept back"], call)("given", context);
  expect(calls).toHaveLength(1);
  expect(transport.contexts[0]).toMatchObject({ observer, clock: systemClock });
  await run.stop();
});

it("a transport gets the method itself when there are no observers", async () => {
  const transport = new BusyTransport("a");
  const run = runOf([transport]);
  expect(transport.handlers[0]?.call("data", undefined)).toEqual(["orders", "data"]);
  expect(transport.handlers[0]?.call.name).toBe("bound onPaid");
  expect(transport.contexts[0]?.observer).toBeUndefined();
  await run.stop();
});

it("open work is collected from every transport that reports it", async () => {
  const work: OpenWork = { of: "orders.onPaid", queued: 1, running: 2, pausing: 0, interrupted: false };
  const run = runOf([new BusyTransport("a", [work]), new BusyTransport("b"), new BusyTransport("c", [work, work])]);
  expect(await run.openWork()).toEqual([work, work, work]);
  await run.stop();
});

/** How a run of a handler ends: normally, at its time limit, or by a stop. */
import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import { capturingLogger } from "../../test/support/capturing-logger.ts";
import { createVirtualClock } from "../testing/virtual-clock.ts";
import { createDeferred } from "../util/deferred.ts";
import type { MessageContext } from "./context.ts";
import type { HandlerFunction } from "./handler.ts";
import { HandlerRunner, type RunHandler } from "./handler-runner.ts";
import type { ObservedSettlement } from "./observer.ts";
import { Requeue } from "./outcome.ts";
import type { ServiceContext } from "./transport.ts";

const { logger, lines } = await capturingLogger();

function createRunner(call: HandlerFunction, more: Partial<ServiceContext> = {}) {
  const clock = createVirtualClock({ now: 0 });
  const settled: ObservedSettlement[] = [];
  const service = { name: "orders" };
  const context = { service, clock, messageMiddleware: [], observer: { settled: (one: never) => settled.push(one) } };
  const runner = new HandlerRunner({ ...context, ...more } as unknown as ServiceContext);
  const run: RunHandler = runner.prepare({ name: "onFile", call, label: '@file(".txt") orders.onFile', logger });
  return { clock, settled, runner, run, service };
}

it("a handler is called with data and a context whose members middleware cannot replace", async () => {
  const seen: unknown[] = [];
  const { run, service } = createRunner(
    (data, given) => {
      const { message, path, trace, service: own, signal, ...rest } = given as MessageContext & Record<string, unknown>;
      seen.push(data, message, path, trace, own, signal.aborted, rest);
      (given as MessageContext).logger.info("here");
      return "done";
    },
    { messageMiddleware: [(next) => next({ path: "other", service: "other", signal: null, trace: 7 })] },
  );
  const result = await run({ data: 1, message: { whole: 1 }, values: { path: "/a" }, logFields: { path: "/a" } });
  expect(result).toEqual({ kind: "returned", value: "done" });
  expect(seen).toEqual([1, { whole: 1 }, "/a", 7, service, false, {}]);
  expect(lines.at(-1)).toMatchObject({ msg: "here", path: "/a" });
});

it("observers get the error of handler or middleware and the outcome", async () => {
  const thrown = new Requeue();
  const { run, settled } = createRunner(() => {
    throw thrown;
  });
  expect(await run({ data: 1 })).toEqual({ kind: "failed", error: thrown });
  const { run: wrapped } = createRunner(() => {}, { messageMiddleware: [() => Promise.reject(thrown)] });
  expect(await wrapped({ data: 1 })).toEqual({ kind: "failed", error: thrown });
  expect(settled).toMatchObject([{ handler: "onFile", outcome: { kind: "requeue" } }]);
});

it("an observer that throws is logged, and the result of the run is kept", async () => {
  const error = new Error("no room for numbers");
  const observer = {
    settled: () => {
      throw error;
    },
  };
  const refused = new Error("refused");
  const runs: readonly [HandlerFunction, object][] = [
    [() => "done", { kind: "returned", value: "done" }],
    [() => Promise.reject(refused), { kind: "failed", error: refused }],
  ];
  for (const [call, result] of runs) {
    const { run, runner } = createRunner(call, { observer } as Partial<ServiceContext>);
    expect(await run({ data: 1 })).toEqual(result);
    expect(lines.at(-1)).toMatchObject({ err: { message: "no room for numbers" } });
    expect(runner.running).toBe(0);
    await runner.drain(AbortSignal.abort());
  }
});

it("a returned generator object is refused, because no code would run it", async () => {
  const { run } = createRunner(() =>
    (function* () {
      yield 1;
    })(),
  );
  expect(await run({ data: 1 })).toMatchObject({ kind: "failed", error: { code: "ERR_HANDLER_RESULT" } });
});

it("a run fails at the time limit, its signal aborts, and it counts until it really ends", async () => {
  const end = createDeferred();
  const signals: AbortSignal[] = [];
  const { run, runner, clock, settled } = createRunner((_data, context) => {
    signals.push((context as MessageContext).signal);
    return end.promise;
  });
  const result = run({ data: 1, timeoutSeconds: 1.5 });
  await clock.advance("1499ms");
  expect(signals[0]?.aborted).toBe(false);
  await clock.advance("1ms");
  expect(await result).toMatchObject({ kind: "failed", error: { code: "ERR_HANDLER_TIMEOUT" } });
  expect(signals[0]?.reason).toMatchObject({ message: expect.stringContaining("(1.5)") });
  expect(settled).toHaveLength(1);
  expect(runner.running).toBe(1);
  end.resolve();
  await turn();
  expect(runner.running).toBe(0);
  expect(clock.pending).toBe(0);
});

it("no timer is left when a run ends before its time limit", async () => {
  const { run, clock } = createRunner(() => {});
  await run({ data: 1, timeoutSeconds: 1.5 });
  expect(clock.pending).toBe(0);
});

it("a stop waits for runs in flight, and starts no new one", async () => {
  const end = createDeferred();
  const calls: unknown[] = [];
  const { run, runner } = createRunner((data) => {
    calls.push(data);
    return end.promise;
  });
  const first = run({ data: 1 });
  const drained = runner.drain(new AbortController().signal);
  expect(await run({ data: 2 })).toMatchObject({ kind: "stopped", error: { code: "ERR_SERVICE_STOPPING" } });
  end.resolve();
  await drained;
  expect(await first).toEqual({ kind: "returned", value: undefined });
  expect(calls).toEqual([1]);
});

it("after the abort of a stop failed runs are requeued, successful ones kept, and others not awaited", async () => {
  const { run, runner, settled } = createRunner((data, context) => {
    const { signal } = context as MessageContext;
    if (data === "ignores it") return new Promise(() => {});
    return new Promise((resolve, reject) => {
      const act = data === "fails" ? () => reject(signal.reason as Error) : () => resolve("saved");
      signal.addEventListener("abort", act);
    });
  });
  const runs = Promise.all([run({ data: "fails" }), run({ data: "succeeds" }), run({ data: "ignores it" })]);
  await runner.drain(AbortSignal.abort());
  expect(await runs).toMatchObject([
    { kind: "stopped", error: { code: "ERR_SERVICE_STOPPING" } },
    { kind: "returned", value: "saved" },
    { kind: "stopped" },
  ]);
  expect(settled.map(({ outcome }) => outcome.kind).sort()).toEqual(["acknowledge", "requeue", "requeue"]);
});

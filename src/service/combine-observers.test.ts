/** Several observers of a run, combined into one. */
import { expect, it } from "vitest";
import { combineObservers, observerOf } from "./combine-observers.ts";
import type { ServiceInstance } from "./instance.ts";
import type { DeliveryObserver, ObservedDelivery, ObservedRun, ObservedSending } from "./observed-work.ts";
import type { RunObserver } from "./observer.ts";
import { acknowledge } from "./outcome.ts";

const delivery = {} as ObservedDelivery;
const sending = {} as ObservedSending;

/** Records its calls. */
function listener(name: string, told: string[]): RunObserver {
  const around: NonNullable<DeliveryObserver["around"]> = (work) => {
    told.push(`${name} in`);
    const given = work();
    told.push(`${name} out`);
    return given;
  };
  return {
    sending: () => ({ built: () => ({ both: name, [name]: 1 }), ended: () => void told.push(`${name} sent`) }),
    delivered: () => ({
      around,
      called: () => void told.push(`${name} called`),
      runsAgain: () => void told.push(`${name} again`),
      copying: () => ({ [name]: 1 }),
      copied: () => void told.push(`${name} copied`),
      ended: () => void told.push(`${name} ended`),
    }),
    run: () => ({ around, ended: () => void told.push(`${name} ran`) }),
  };
}

it("the combined observer is undefined without observers, and the observer itself if there is one", () => {
  const only = listener("a", []);
  const service = { name: "orders" } as ServiceInstance;
  expect(combineObservers([])).toBeUndefined();
  expect(combineObservers([only])).toBe(only);
  expect(observerOf([() => undefined, ({ name }) => (name === "orders" ? only : undefined)], service)).toBe(only);
});

it("the combined observer calls each observer for every event, the first one outermost", () => {
  const told: string[] = [];
  const both = combineObservers([listener("a", told), listener("b", told)]);
  const watched = both?.delivered?.(delivery);
  expect(watched?.around?.(() => "given")).toBe("given");
  expect(told.splice(0)).toEqual(["a in", "b in", "b out", "a out"]);
  watched?.called?.({});
  watched?.runsAgain?.({ pauseMs: 1, error: undefined });
  watched?.copied?.({ kind: "retry", delayMs: 1, reason: "handler-error", error: undefined });
  watched?.ended({ outcome: acknowledge, duplicate: false, error: undefined });
  const words = ["called", "again", "copied", "ended"];
  expect(told.splice(0)).toEqual(words.flatMap((word) => [`a ${word}`, `b ${word}`]));
  expect(watched?.copying?.("retry")).toEqual({ a: 1, b: 1 });
  const sent = both?.sending?.(sending);
  expect(sent?.built?.(delivery)).toEqual({ both: "b", a: 1, b: 1 });
  sent?.ended({});
  const run = both?.run?.({} as ObservedRun);
  run?.around?.(() => {});
  run?.ended();
  expect(told).toEqual(["a sent", "b sent", "a in", "b in", "b out", "a out", "a ran", "b ran"]);
});

it("the combined observer has only the methods that an observer has, and skips observers that do not observe this service", () => {
  const told: string[] = [];
  const uninterested: RunObserver = { delivered: () => undefined };
  const both = combineObservers([{ settled: () => void told.push("settled") }, uninterested]);
  expect(Object.keys(both ?? {}).sort()).toEqual(["delivered", "settled"]);
  expect(both?.delivered?.(delivery)).toBeUndefined();
  expect(
    combineObservers([uninterested, listener("a", told)])
      ?.delivered?.(delivery)
      ?.copying?.("retry"),
  ).toEqual({ a: 1 });
});

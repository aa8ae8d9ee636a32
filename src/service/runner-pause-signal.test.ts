import { expect, it } from "vitest";
import { pauseOnSignal, pauseSignalOf } from "./runner-pause-signal.ts";

it("is asked for by option or by variable, which wins", () => {
  expect(pauseSignalOf(undefined, {})).toBeUndefined();
  expect(pauseSignalOf("SIGUSR2", {})).toBe("SIGUSR2");
  expect(pauseSignalOf(undefined, { TOMODACHI_PAUSE_SIGNAL: "SIGUSR2" })).toBe("SIGUSR2");
  expect(pauseSignalOf(undefined, { TOMODACHI_PAUSE_SIGNAL: "" })).toBeUndefined();
  expect(() => pauseSignalOf("SIGUSR2", { TOMODACHI_PAUSE_SIGNAL: "SIGHUP" })).toThrow(
    "TOMODACHI_PAUSE_SIGNAL must be",
  );
});

it("is no other signal: SIGUSR1 starts the inspector of Node", () => {
  expect(() => pauseSignalOf("SIGUSR1", {})).toThrow('pauseSignal must be "SIGUSR2": SIGUSR1 starts Node\'s inspector');
});

it("toggles the pause each time, and is forgotten", () => {
  const before = process.listeners("SIGUSR2");
  const by: string[] = [];
  const forget = pauseOnSignal({ toggle: (who) => void by.push(who) }, "SIGUSR2");
  const [listener] = process.listeners("SIGUSR2").filter((one) => !before.includes(one));
  listener?.("SIGUSR2");
  listener?.("SIGUSR2");
  forget();
  expect([by, process.listeners("SIGUSR2")]).toEqual([["SIGUSR2", "SIGUSR2"], before]);
});

import { expect, it } from "vitest";
import { pauseOnSignal, pauseSignalOf } from "./runner-pause-signal.ts";

it("the pause signal is set by an option or by a variable, which overrides it", () => {
  expect(pauseSignalOf(undefined, {})).toBeUndefined();
  expect(pauseSignalOf("SIGUSR2", {})).toBe("SIGUSR2");
  expect(pauseSignalOf(undefined, { TOMODACHI_PAUSE_SIGNAL: "SIGUSR2" })).toBe("SIGUSR2");
  expect(pauseSignalOf(undefined, { TOMODACHI_PAUSE_SIGNAL: "" })).toBeUndefined();
  expect(() => pauseSignalOf("SIGUSR2", { TOMODACHI_PAUSE_SIGNAL: "SIGHUP" })).toThrow(
    "TOMODACHI_PAUSE_SIGNAL must be",
  );
});

it("the pause signal cannot be SIGUSR1, which starts the inspector of Node", () => {
  expect(() => pauseSignalOf("SIGUSR1", {})).toThrow('pauseSignal must be "SIGUSR2": SIGUSR1 starts Node\'s inspector');
});

it("the pause signal toggles the pause each time, and its listener is removed at the end", () => {
  const before = process.listeners("SIGUSR2");
  const by: string[] = [];
  const forget = pauseOnSignal({ toggle: (who) => void by.push(who) }, "SIGUSR2");
  const [listener] = process.listeners("SIGUSR2").filter((one) => !before.includes(one));
  listener?.("SIGUSR2");
  listener?.("SIGUSR2");
  forget();
  expect([by, process.listeners("SIGUSR2")]).toEqual([["SIGUSR2", "SIGUSR2"], before]);
});

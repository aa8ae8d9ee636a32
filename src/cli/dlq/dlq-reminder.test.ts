import { expect, it } from "vitest";
import type { DlqSettings } from "./dlq-arguments.ts";
import { replayReminder } from "./dlq-reminder.ts";

const settings = {
  action: "replay",
  change: { dryRun: false },
  json: false,
  paths: ["shop/"],
  queues: [],
  url: undefined,
} as unknown as DlqSettings;

it("a replay ends with the command that shows what came back", () => {
  const says = "A message that fails again comes back: tomodachi dlq list";
  expect(replayReminder(settings, 1, true)).toBe(`${says} shop/`);
  const whole = { ...settings, queues: ["orders*"], url: "amqp://me:secret@rabbit/" };
  expect(replayReminder(whole, 1, true)).toBe(`${says} shop/ --queue "orders*" --broker <url>`);
});

it.each<[string, Partial<DlqSettings>, number, boolean]>([
  ["nothing was replayed", {}, 0, true],
  ["it is not a terminal", {}, 1, false],
  ["the result is JSON", { json: true }, 1, true],
  ["it is a dry run", { change: { ...settings.change, dryRun: true } }, 1, true],
  ["messages were moved", { action: "move" }, 1, true],
])("no command is shown if %s", (_what, given, replayed, isTerminal) => {
  expect(replayReminder({ ...settings, ...given }, replayed, isTerminal)).toBeUndefined();
});

import { expect, it } from "vitest";
import type { ReplayReport } from "../view/message-view.ts";
import { removalText, replayText } from "./dead-letter-report.ts";

const none: ReplayReport = { replayed: 0, stayed: 0, handled: 0, retrying: 0, failedAgain: 0, problems: [] };

it.each<[Partial<ReplayReport>, string, "good" | "bad"]>([
  [{ replayed: 1 }, "1 message sent again to its queue.", "good"],
  [{ replayed: 1, handled: 1 }, "1 message sent again to its queue: 1 handled.", "good"],
  [
    { replayed: 1, failedAgain: 1 },
    "1 message sent again to its queue: 1 failed again and is a dead letter again.",
    "bad",
  ],
  [
    { replayed: 5, handled: 1, retrying: 1, failedAgain: 2, stayed: 1 },
    "5 messages sent again to their queues: 1 handled, 1 failed and waits for a retry, 2 failed again and are dead letters again, 1 stayed.",
    "bad",
  ],
  [
    { problems: ["1 message is not in the queue any more."] },
    "0 messages sent again to their queues. 1 message is not in the queue any more.",
    "bad",
  ],
])("says after a replay of %j what was seen", (report, text, kind) => {
  expect(replayText({ ...none, ...report })).toEqual({ text, kind });
});

it("says how many were deleted, and why some were not", () => {
  expect(removalText({ removed: 2, problems: [] })).toEqual({ text: "2 messages deleted.", kind: "good" });
  const problems = ["1 message is not in the queue any more."];
  expect(removalText({ removed: 1, problems })).toEqual({ text: `1 message deleted. ${problems[0]}`, kind: "bad" });
});

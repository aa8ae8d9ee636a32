/** The table of headers: what each kind of copy does with one, and that the guide says the same. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { deadLetterHeaderNames, headerRules, isSuperseded, nameInCopy } from "./headers.ts";

const ours = { ours: true, returned: false };
const stranger = { ours: false, returned: false };
const back = { ours: true, returned: true };

it("the list of headers matches the table of the guide", () => {
  const guide = readFileSync(new URL("../../../../docs/guides/headers.md", import.meta.url), "utf8");
  const rows = headerRules.map(({ header, writer, reader, fates }) => {
    const kinds = (["retry", "dead-letter", "replay", "move"] as const).map((kind) => fates[kind]);
    return `| ${[`\`${header}\``, writer, reader, ...kinds].join(" | ")} |`;
  });
  const written = guide.split("\n").filter((line) => /^\| `x-tomodachi-[a-z-]+` \|.*\|.*\|.*\|.*\|.*\|/.test(line));
  expect(written).toEqual(rows);
});

it("the list contains the headers of a dead letter's failure, but no replay header", () => {
  expect(Object.values(deadLetterHeaderNames)).toContain("x-tomodachi-reason");
  expect(Object.values(deadLetterHeaderNames)).not.toContain("x-tomodachi-replay");
});

describe("a header in a copy", () => {
  it.each<[string, Parameters<typeof nameInCopy>, string | undefined]>([
    ["the message's own is kept", ["tenant", "dead-letter", stranger], "tenant"],
    ["a header of a later version is kept", ["x-tomodachi-of-tomorrow", "replay", ours], "x-tomodachi-of-tomorrow"],
    ["the cause before is not kept", ["x-tomodachi-error-code", "dead-letter", back], undefined],
    [
      "a contract's version survives a replay",
      ["x-tomodachi-event-version", "replay", ours],
      "x-tomodachi-event-version",
    ],
    ["a stranger's mark is not kept", ["x-tomodachi-replay", "retry", stranger], undefined],
    ["a replay's mark is kept", ["x-tomodachi-replay", "retry", ours], "x-tomodachi-replay"],
    ["the broker's is renamed", ["x-death", "dead-letter", stranger], "x-tomodachi-original-x-death"],
    ["a header that the broker wrote on a copy is not kept", ["x-death", "dead-letter", back], undefined],
    ["a count of the broker is not kept in a replay", ["x-tomodachi-original-x-death", "replay", ours], undefined],
    ["other routes stay readable", ["CC", "replay", ours], "x-tomodachi-original-CC"],
    ["counts of deliveries are about one queue", ["x-delivery-count", "move", ours], undefined],
  ])("%s", (_what, given, expected) => {
    expect(nameInCopy(...given)).toBe(expected);
  });

  it("that is omitted is listed, unless the copy has it again or it has no meaning any more", () => {
    expect(isSuperseded("x-tomodachi-replay", "dead-letter", stranger)).toBe(false);
    expect(isSuperseded("tenant", "dead-letter", stranger)).toBe(false);
    for (const name of ["x-tomodachi-reason", "x-tomodachi-attempts"]) {
      expect(isSuperseded(name, "dead-letter", stranger)).toBe(true);
      expect(isSuperseded(name, "replay", ours)).toBe(true);
    }
  });
});

/** The help of every command follows the same rules, names what the command accepts, and shows examples that it accepts. */
import { describe, expect, it } from "vitest";
import { commandLinesIn } from "../../test/support/command-lines.ts";
import { parseArguments } from "./arguments.ts";
import { commandGroups } from "./options/command-summaries.ts";
import { dlqActions } from "./options/dlq-actions.ts";
import { dlqActionHelp } from "./options/dlq-help.ts";
import { commandNames } from "./options/option.ts";
import { options } from "./options/option-table.ts";
import { commandUsageText, helpOptions, usageText } from "./usage-text.ts";

function longestLine(text: string): number {
  return Math.max(...text.split("\n").map((line) => line.length));
}

/** The lines after "Examples:". */
function examplesOf(text: string): readonly string[] {
  return text.slice(text.indexOf("\nExamples:\n")).split("\n").slice(2);
}

describe("the help of all commands", () => {
  it("names each command once, and fits into 88 columns", () => {
    const named = commandGroups.flatMap(({ commands }) => commands.map(([name]) => name));
    expect([...named].sort()).toEqual([...commandNames].sort());
    expect(longestLine(usageText())).toBeLessThanOrEqual(88);
  });

  it("has examples that the parser accepts", () => {
    const lines = commandLinesIn(examplesOf(usageText()).join("\n"));
    expect(lines.length).toBeGreaterThan(2);
    for (const { words } of lines) expect(parseArguments(words, {}).kind).not.toBe("help");
  });
});

/** A beginning such as "publish: " or "replay, move: ", at the start of a help text or in brackets. */
const otherMeaning = new RegExp(`(^|\\()(${[...commandNames, ...dlqActions].join("|")})(, \\w+)*: `);

it("each command and each action of dlq says only what its options mean there", () => {
  const helps = [
    // The help of dlq is the help of all its actions.
    ...commandNames.filter((name) => name !== "dlq").map((name) => [name, helpOptions(name)] as const),
    ...dlqActions.map((action) => [`dlq ${action}`, dlqActionHelp(action)?.options ?? {}] as const),
  ];
  const wrong = helps.flatMap(([name, taken]) =>
    Object.entries(taken).flatMap(([option, { help = "" }]) =>
      otherMeaning.test(help) ? `${name} --${option}: ${help}` : [],
    ),
  );
  expect(wrong).toEqual([]);
  expect(commandUsageText("publish")).toMatch(/--count <number> +Send the message this many times\n/);
  expect(commandUsageText("tail")).toMatch(/--count <number> +End after this many messages\n/);
  expect(commandUsageText("broker")).not.toContain("--production");
  expect(commandUsageText("dlq", "replay")).toMatch(/--rate <n\/s> +At most this many per second\n/);
});

describe.each(commandNames)("the help of %s", (name) => {
  const text = commandUsageText(name);

  it("shows usage, purpose, exit codes and examples, in at most 100 columns", () => {
    expect(text).toMatch(new RegExp(`^Usage: tomodachi ${name}( |$)`));
    expect(text).toMatch(/\n\nOptions:\n {2}(-\w,| {3}) --\w/);
    expect(text).toMatch(/\n\nExit code: 0/);
    expect(text).toMatch(/\n\nExamples:\n {2}\S/);
    expect(longestLine(text)).toBeLessThanOrEqual(100);
    for (const line of text.split("\n")) expect(line).toBe(line.trimEnd());
  });

  it("lists exactly the options of the command", () => {
    const taken = Object.entries(options).flatMap(([option, { of, help }]) =>
      help !== undefined && of?.includes(name) ? option : [],
    );
    const listed = Object.entries(helpOptions(name)).flatMap(([option, { help }]) =>
      help !== undefined && option !== "log-level" ? option : [],
    );
    expect([...listed].sort()).toEqual(taken.sort());
    for (const option of listed) expect(text).toContain(`--${option}`);
  });

  it("has examples that the command accepts", () => {
    const lines = commandLinesIn(examplesOf(text).join("\n"));
    expect(lines.length).toBeGreaterThanOrEqual(2);
    for (const { words } of lines) {
      expect(words[0]).toBe(name);
      expect(() => parseArguments(words, {}), words.join(" ")).not.toThrow();
    }
  });
});

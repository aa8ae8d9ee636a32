/** bash runs its own script: what it suggests at each position of a line. */
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { parseArguments } from "../arguments.ts";
import { commandNames } from "../options/option.ts";
import { completedLine } from "./completion.ts";
import { completionScript, shells } from "./completion-script.ts";

const line = completedLine(commandNames);
const hasBash = spawnSync("bash", ["--version"]).status === 0;

/** What bash suggests for the last word of a line. */
function offered(typed: string): readonly string[] {
  const words = typed.split(" ");
  const script = [
    completionScript("bash", line),
    `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")})`,
    `COMP_CWORD=${words.length - 1}`,
    "_tomodachi",
    `printf '%s\\n' "\${COMPREPLY[@]}"`,
  ].join("\n");
  const { stdout, stderr } = spawnSync("bash", ["--norc"], { input: script, encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout.split("\n").filter(Boolean);
}

describe("the completion of a shell", () => {
  it.skipIf(!hasBash).each<[string, readonly string[]]>([
    ["tomodachi dl", ["dlq"]],
    ["tomodachi ", commandNames],
    ["tomodachi dlq ex", ["export"]],
    ["tomodachi dlq list --old", ["--older-than"]],
    ["tomodachi schedule ", ["list", "trigger"]],
    ["tomodachi run --log-level wa", ["warn"]],
    ["tomodachi run --telemetry ", ["off", "on"]],
    ["tomodachi completion f", ["fish"]],
    ["tomodachi --v", ["--version"]],
  ])("in bash offers for %j the matching words", (typed, expected) => {
    expect(offered(typed)).toEqual(expected);
  });

  it("offers every option of the help, and none that its command refuses", () => {
    const run = line.commands.find(({ name }) => name === "run");
    expect(run?.options).toContain("operations-port");
    expect(run?.options).not.toContain("older-than");
    expect(run?.options).not.toContain("no-watch");
  });

  it.each(shells)("has a script for %s with every command", (shell) => {
    const script = completionScript(shell, line);
    for (const name of commandNames) expect(script).toContain(name);
  });

  it.each([
    ["", "needs the name of a shell. It knows: bash, zsh, fish."],
    ["bsh", "Did you mean `tomodachi completion bash`?"],
    ["bash zsh", 'does not know the shell "zsh"'],
  ])("refuses %j", (words, message) => {
    expect(() => parseArguments(["completion", ...words.split(" ").filter(Boolean)], {})).toThrow(message);
  });
});

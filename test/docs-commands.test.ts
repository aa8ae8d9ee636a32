/** Every command line that a document shows is one that `tomodachi` takes. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parseArguments } from "../src/cli/arguments.ts";
import { commandLinesIn } from "./support/command-lines.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

function markdownIn(folder: string): readonly string[] {
  const entries = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
  return entries
    .filter((entry) => entry.endsWith(".md") && !entry.includes("node_modules"))
    .map((entry) => join(folder, entry));
}

const documents = ["README.md", "CHANGELOG.md", ...["docs", "examples", "templates"].flatMap(markdownIn)];

const shown = documents.flatMap((document) => {
  const text = readFileSync(join(root, document), "utf8");
  const blocks = Array.from(text.matchAll(/^\s*```(?:sh|bash|console)\n([\s\S]*?)^\s*```$/gm), ([, code = ""]) => code);
  return blocks.flatMap(commandLinesIn).map(({ line, words }) => ({ document, line, words }));
});

describe("a command line in a document", () => {
  it("is found", () => {
    expect(shown.length).toBeGreaterThan(60);
    expect(new Set(shown.map(({ words: [command] }) => command)).size).toBeGreaterThan(12);
  });

  it.each(shown)("is accepted: $document: $line", ({ words }) => {
    expect(() => parseArguments(words, {})).not.toThrow();
  });
});

describe("commandLinesIn", () => {
  it.each<[string, readonly (readonly string[])[]]>([
    ["tomodachi run service/   # all of it", [["run", "service/"]]],
    ["  tomodachi broker --port 0      any free port", [["broker", "--port", "0"]]],
    ['A_B=1 npx tomodachi publish \'a b\' "{\\"c\\": 1}"', [["publish", "a b", '{"c": 1}']]],
    [
      "jq -c . x.json | tomodachi publish a --lines > out; tomodachi tail '#'",
      [
        ["publish", "a", "--lines"],
        ["tail", "#"],
      ],
    ],
    ['eval "$(tomodachi completion bash)"', [["completion", "bash"]]],
    ["tomodachi run a \\\n  --production", [["run", "a", "--production"]]],
    ["npm install tomodachi", []],
    ["cd tomodachi && ls", []],
  ])("reads %j", (text, expected) => {
    expect(commandLinesIn(text).map(({ words }) => words)).toEqual(expected);
  });
});

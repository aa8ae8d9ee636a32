// Everything that people read is in plain words: each entry of the list finds its bad sentence, and the repository has none.
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { findWords } from "../scripts/words/find-words.ts";
import { refusedWords } from "../scripts/words/list.ts";
import { checkWords, formatFinding } from "../scripts/words.ts";

const bad = "The patience of the client is over.";

function linesOf(file: string, source: string): readonly number[] {
  return findWords(file, source).map(({ line }) => line);
}

describe("the list of refused words", () => {
  it.each(refusedWords.map((word) => [word.bad, word.good, word.write] as const))(
    "refuses %j and allows %j",
    (no, yes, instead) => {
      expect(findWords("a.md", no).map((finding) => finding.write)).toContain(instead);
      expect(findWords("a.md", yes)).toEqual([]);
    },
  );

  it.each([
    ["a comment", "src/a.ts", `const a = 1;\n// ${bad}`, [2]],
    ["a docstring", "src/a.ts", `/**\n * ${bad}\n */`, [2]],
    ["a string", "src/a.ts", `const a = 1;\nthrow new Error("${bad}");`, [2]],
    ["a template string", "src/a.ts", `const a = \`\${b}\n\${c} ${bad} \${d}\`;`, [2]],
    ["a phrase over two lines of a comment", "src/a.ts", "// It tried three hosts in\n// vain.", [1]],
    ["the name of a test", "test/a.test.ts", `describe("a", () => {\n  it("${bad}", () => {});\n});`, [2]],
    ["the name of a table of tests", "src/a.test.ts", `it.each([1])(\n  "${bad}",\n  () => {},\n);`, [2]],
    ["a page", "docs/a.md", `# A\n\n${bad}\n`, [3]],
    ["a phrase over two lines of a page", "docs/a.md", "It tried three hosts in\nvain.", [1]],
  ])("is looked for in %s", (_, file, source, lines) => {
    expect(linesOf(file, source)).toEqual(lines);
  });

  it.each([
    ["an identifier", "src/a.ts", "const patience = 1;"],
    ["the data of a test", "test/a.test.ts", `it("works", () => { publish("${bad}"); });`],
    ["two strings beside each other", "src/a.ts", `["in", "vain"];`],
    ["code in a page", "docs/a.md", "The option `patience`."],
    ["the address of a link", "docs/a.md", "[A guide](patience.md)."],
  ])("is not looked for in %s", (_, file, source) => {
    expect(linesOf(file, source)).toEqual([]);
  });

  it("says where the word is and what to write instead", () => {
    const [finding] = findWords("docs/a.md", `# A\n${bad}`);
    expect(finding && formatFinding(finding)).toBe(`docs/a.md:2  "patience"  write: timeout, limit or deadline`);
  });
});

it("finds no refused word in the repository", () => {
  const root = fileURLToPath(new URL("..", import.meta.url));
  expect(checkWords(root).map(formatFinding)).toEqual([]);
});

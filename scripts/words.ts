// The words that the project does not use, checked: in sources, tests, examples and documents.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Finding, findWords } from "./words/find-words.ts";

const folders = ["src", "test", "examples", "docs"];
const pages = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md"];
// Other projects wrote the files in these folders, or a program did.
const leftOut = /(?:^|\/)(?:node_modules|generated|vectors)\//;

/** Every refused word below the root folder, in order of place. */
export function checkWords(root: string): readonly Finding[] {
  const inFolders = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .map((path) => `${folder}/${path.replaceAll("\\", "/")}`)
      .filter((path) => /\.(?:[cm]?ts|mjs|md)$/.test(path) && !leftOut.test(path))
      .sort(),
  );
  return [...inFolders, ...pages].flatMap((path) => findWords(path, readFileSync(join(root, path), "utf8")));
}

/** `file:line  "word"  what to write instead` */
export function formatFinding({ file, line, found, write }: Finding): string {
  return `${file}:${line}  "${found}"  write: ${write}`;
}

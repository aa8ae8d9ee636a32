// The source files of a tree, read once; and what a rule has to say about one of them.
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { findImports, type Import } from "./find-imports.ts";
import { type ScannedSource, scanSource } from "./scan-source.ts";

export interface SourceFile {
  /** From `src/` on, with slashes: `service/runner.ts`. */
  readonly path: string;
  readonly isTest: boolean;
  readonly lineCount: number;
  readonly scanned: ScannedSource;
  readonly imports: readonly Import[];
}

export interface Violation {
  /** From the root folder on: `src/service/runner.ts`. */
  readonly file: string;
  readonly line: number;
  readonly rule: string;
  readonly what: string;
  readonly cure: string;
}

/** One rule: what it finds in one file. */
export type Rule = (file: SourceFile) => readonly Violation[];

export function readSources(root: string): readonly SourceFile[] {
  const folder = join(root, "src");
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => /\.[cm]?tsx?$/.test(path))
    .sort()
    .map((path) => readSource(path, readFileSync(join(folder, path), "utf8")));
}

function readSource(path: string, text: string): SourceFile {
  const scanned = scanSource(text);
  const lineCount = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  return { path, isTest: path.endsWith(".test.ts"), lineCount, scanned, imports: findImports(scanned) };
}

export function violation(file: SourceFile, line: number, rule: string, what: string, cure: string): Violation {
  return { file: `src/${file.path}`, line, rule, what, cure };
}

/** The path from `src/` on that a relative import leads to; undefined for a package; starts with `..` outside of `src/`. */
export function target(file: SourceFile, { specifier }: Import): string | undefined {
  return specifier.startsWith(".") ? posix.join(posix.dirname(file.path), specifier) : undefined;
}

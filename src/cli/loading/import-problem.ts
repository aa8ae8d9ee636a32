/** Converts what was thrown while a service file was imported to an error that says where, and what to do. */

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, extname, isAbsolute, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { hasCode, isError, memberOf, messageOf, textMemberOf } from "../../errors.ts";
import { withWrittenClass } from "../../log/fold-frames.ts";
import { codeFrame } from "../common/code-frame.ts";
import { LoadError } from "../common/errors.ts";
import { ownFolder } from "../common/own-package.ts";

/** A line of a file, counted from 1. */
interface Place {
  readonly file: string;
  readonly line: number;
}

/** The most files that are searched for a syntax error: each of them starts a process. */
const checkedFiles = 50;

/** The error to report for what importing `file` threw. The thrown value is its cause. */
export function importProblem(file: string, thrown: unknown): LoadError {
  const text = missingImport(file, thrown) ?? syntaxProblem(file, thrown) ?? thrownWhileLoading(file, thrown);
  return new LoadError("ERR_SERVICE_IMPORT", text, { cause: thrown });
}

function missingImport(file: string, thrown: unknown): string | undefined {
  if (!hasCode(thrown, "ERR_MODULE_NOT_FOUND") && !hasCode(thrown, "MODULE_NOT_FOUND")) return undefined;
  const message = messageOf(thrown);
  const wanted = /Cannot find (?:module|package) '([^']+)'/.exec(message)?.[1];
  if (wanted === undefined) return undefined;
  const [requiredBy] = (thrown as { readonly requireStack?: readonly string[] }).requireStack ?? [];
  const importer = / imported from (.+)$/m.exec(message)?.[1] ?? requiredBy ?? file;
  const from = importer.startsWith("file:") ? fileURLToPath(importer) : importer;
  if (wanted.startsWith(".") || isAbsolute(wanted)) {
    return `${from} imports "${wanted}", and there is no such file. Check the path and the ending.`;
  }
  const name = wanted.split("/", wanted.startsWith("@") ? 2 : 1).join("/");
  return `${from} imports "${wanted}", and it is not installed. Install it with \`npm install ${name}\`.`;
}

function syntaxProblem(file: string, thrown: unknown): string | undefined {
  const message = messageOf(thrown);
  const transform = /^(.+?):(\d+):(\d+): ERROR: (.+)$/m.exec(message);
  if (message.startsWith("Transform failed") && transform) {
    const [, at = file, line = "1", column = "0", what = ""] = transform;
    return described({ file: at, line: Number(line) }, what, Number(column) + 1);
  }
  if (!isError(thrown) || textMemberOf(thrown, "name") !== "SyntaxError") return undefined;
  const place = placeAtTop(textMemberOf(thrown, "stack") ?? "");
  if (place) return described(place, message);
  // Code that ran and threw a SyntaxError (JSON.parse, RegExp) has stack frames of its own.
  if (framesOf(thrown).length > 0) return undefined;
  const checked = firstSyntaxError(file, new Set());
  if (checked) return described(checked, message);
  return `${file}, or a file that it imports, has a syntax error: ${message}. \`node ${file}\` shows the line.`;
}

function described({ file, line }: Place, what: string, column?: number): string {
  const whole = textOfFile(file);
  const source = whole.split(/\r?\n/)[line - 1] ?? "";
  const frame = codeFrame(whole, line, column);
  const isJavascript = extname(file).endsWith("js");
  const cure =
    isJavascript && source.includes("@")
      ? ' Node.js does not run decorators. If tsc wrote this file, set "target": "es2022" in tsconfig.json (newer targets leave decorators as they are) and compile again. If you wrote it, use a .ts file, or defineService().'
      : "";
  return `${file}:${line}${column ? `:${column}` : ""}: ${what.replace(/\.$/, "")}.${cure}${frame && `\n${frame}`}`;
}

function textOfFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** For some syntax errors Node writes the position before the stack: the path, a colon, and the line. */
function placeAtTop(stack: string): Place | undefined {
  const [, path, line] = /^(.+):(\d+)(?:\r?\n|$)/.exec(stack) ?? [];
  if (path === undefined || path.startsWith("SyntaxError")) return undefined;
  return { file: path.startsWith("file:") ? fileURLToPath(path) : path, line: Number(line) };
}

/** Node reports the position of a syntax error in an ES module only when it ends the process because of it. */
function checkSyntax(file: string): Place | undefined {
  const asModule = ["--input-type=module", "--check", "-"];
  const { stderr } = spawnSync(process.execPath, asModule, { input: readFileSync(file), encoding: "utf8" });
  const place = placeAtTop(stderr);
  return place && { file, line: place.line };
}

/** The first file with a syntax error: this one, or one that it imports with a relative path. */
function firstSyntaxError(file: string, seen: Set<string>): Place | undefined {
  if (seen.has(file) || seen.size >= checkedFiles || !existsSync(file)) return undefined;
  seen.add(file);
  const own = checkSyntax(file);
  if (own) return own;
  const imports = readFileSync(file, "utf8").matchAll(/\b(?:from|import)\s*\(?\s*["'](\.[^"']+)["']/g);
  for (const [, path = ""] of imports) {
    const found = firstSyntaxError(resolve(dirname(file), path), seen);
    if (found) return found;
  }
  return undefined;
}

function thrownWhileLoading(file: string, thrown: unknown): string {
  const name = isError(thrown) ? textMemberOf(thrown, "name") : undefined;
  const what = name === undefined ? `threw ${messageOf(thrown)}` : `${name}: ${messageOf(thrown)}`;
  const lines = [`${file} failed while it was loaded: ${what}`, ...framesOf(thrown)];
  const cause = memberOf(thrown, "cause");
  if (cause !== undefined) lines.push(`  caused by: ${messageOf(cause)}`);
  return lines.join("\n");
}

/** The lines of a stack that belong to the user: not to Node, to tsx, or to this package. */
export function framesOf(thrown: unknown): readonly string[] {
  const foreign = ["node:", "/tsx/dist/", "/esbuild/lib/", `${ownFolder()}/dist/`];
  const frames = (textMemberOf(thrown, "stack") ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return frames.filter((line) => !foreign.some((part) => line.includes(part))).map(withWrittenClass);
}

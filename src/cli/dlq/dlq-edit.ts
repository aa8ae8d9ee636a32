/** `tomodachi dlq replay --edit`: opens each message in the user's editor, and replays what was saved. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import type { DeadLetterEntry, EditedBody } from "../../dead-letters/index.ts";
import { compactJson, indentedJson, isJsonText } from "../../util/json-layout.ts";
import { printable } from "../../util/printable.ts";
import { UsageError } from "../common/errors.ts";
import type { DlqRun } from "./dlq-run.ts";
import { printableText } from "./dlq-text.ts";

/** Larger bodies are not opened. They can be changed by an export and an import. */
const mostBytes = 1024 * 1024;

type EditRun = Pick<DlqRun, "progress" | "signal">;

/**
 * Returns a function that edits one dead letter.
 * @throws UsageError if no editor is set
 */
export function createEdit(
  run: EditRun,
  { VISUAL: visual, EDITOR: editor }: Readonly<Record<string, string | undefined>>,
): (entry: DeadLetterEntry) => Promise<EditedBody> {
  const command = visual?.trim() || editor?.trim();
  if (command) return (entry) => editOne(entry, command, run);
  throw new UsageError(
    "`tomodachi dlq replay --edit` opens each message in your editor, and none is set. Set the variable EDITOR, for example EDITOR=nano.",
  );
}

async function editOne({ id, message }: DeadLetterEntry, command: string, run: EditRun): Promise<EditedBody> {
  const { content, properties } = message;
  const name = id === undefined ? "The message" : `The message ${printable(id)}`;
  const stays = (why: string): "keep" => {
    run.progress.say(`${name} stays: ${why}.`);
    return "keep";
  };
  const text = properties.contentEncoding === undefined ? printableText(content) : undefined;
  if (text === undefined) return stays("its body is not text");
  if (content.length > mostBytes) return stays(`its body has more than ${mostBytes} bytes`);
  const shown = indentedJson(text) ?? text;
  const folder = mkdtempSync(join(tmpdir(), "tomodachi-edit-"));
  const file = join(folder, isJsonText(text) ? "message.json" : "message.txt");
  try {
    writeFileSync(file, shown, { mode: 0o600 });
    for (;;) {
      run.progress.clear();
      const code = await runEditor(command, file);
      if (code !== 0) return stays(`the editor ended with the code ${code}`);
      const saved = readFileSync(file, "utf8");
      if (sameText(saved, shown)) return stays("it was not changed");
      if (!isJsonText(text) || isJsonText(saved)) return Buffer.from(asBody(saved, text));
      if (!(await again(`${name} is not valid JSON any more.`, run))) return stays("what was saved is not valid JSON");
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The variable is a command line and may contain options, as with `git`. */
function runEditor(command: string, file: string): Promise<number> {
  const child =
    process.platform === "win32"
      ? spawn(`${command} "${file}"`, { shell: true, stdio: "inherit" })
      : spawn("sh", ["-c", `${command} "$1"`, "sh", file], { stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}

/** Writes the saved text on one line if the original was on one line. Most editors add a line break at the end. */
function asBody(saved: string, original: string): string {
  if (isJsonText(original) && !original.trim().includes("\n")) return isJsonText(saved) ? compactJson(saved) : saved;
  return original.endsWith("\n") ? saved : saved.replace(/\r?\n$/, "");
}

function sameText(saved: string, shown: string): boolean {
  return saved.replace(/\r?\n$/, "") === shown.replace(/\r?\n$/, "");
}

async function again(problem: string, { signal }: EditRun): Promise<boolean> {
  if (process.stdin.isTTY !== true) return false;
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await asking.question(`${problem} Edit it again? [Y/n] `, { signal }).catch(() => "n");
    return !/^n/i.test(answer.trim());
  } finally {
    asking.close();
  }
}

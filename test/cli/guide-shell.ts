/** Runs the lines of a guide in a shell, as its reader would, and compares what the guide shows with what is written. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Ended } from "./temporary-project.ts";
import { packageFolder } from "./temporary-project.ts";

export interface ShellSettings {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Addresses of the guide, and the test's addresses that replace them. */
  readonly addresses: Readonly<Record<string, string>>;
}

export interface RunningLine {
  readonly ended: Promise<Ended>;
  /** Resolves when the text was written; rejects when the line ends before. */
  seen(text: string): Promise<void>;
  /** As Ctrl+C does: every process of the line. */
  interrupt(): void;
}

export class GuideShell {
  readonly #settings: ShellSettings;
  readonly #path: string;

  constructor(settings: ShellSettings) {
    this.#settings = settings;
    const programs = join(settings.folder, "node_modules/.bin");
    mkdirSync(programs, { recursive: true });
    const command = join(programs, "tomodachi");
    writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${join(packageFolder, "dist/cli/main.js")}" "$@"\n`);
    chmodSync(command, 0o755);
    this.#path = `${programs}:${process.env["PATH"]}`;
  }

  run(line: string): Promise<Ended> {
    return this.start(line).ended;
  }

  start(line: string): RunningLine {
    let typed = line;
    for (const [shown, own] of Object.entries(this.#settings.addresses)) typed = typed.replaceAll(shown, own);
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(TOMODACHI|VITEST|TSX|NODE_|KUBERNETES_|FORCE_COLOR)/.test(name),
    );
    const env = { ...Object.fromEntries(inherited), NO_COLOR: "1", ...this.#settings.environment, PATH: this.#path };
    // The shell itself stays when the line is interrupted, as that of a terminal does.
    const child: ChildProcess = spawn("/bin/sh", ["-c", `trap : INT; ${typed}`], {
      cwd: this.#settings.folder,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let [stdout, stderr] = ["", ""];
    const looking = new Set<() => void>();
    const look = (): void => {
      for (const one of looking) one();
    };
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
      look();
    });
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
      stderr += chunk;
      look();
    });
    const ended = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
    const seen = (text: string): Promise<void> =>
      new Promise((resolve, reject) => {
        const found = (): void => {
          if ((stdout + stderr).includes(text)) resolve();
        };
        looking.add(found);
        found();
        void ended.then(() => reject(new Error(`"${line}" ended without "${text}":\n${stdout}\n${stderr}`)));
      });
    return { ended, seen, interrupt: () => void process.kill(-(child.pid ?? 0), "SIGINT") };
  }
}

/** What the blocks of a guide hold, by their language. */
export function blocksOf(guide: string, language: string): readonly string[] {
  const text = readFileSync(join(packageFolder, "docs/guides", guide), "utf8");
  return Array.from(
    text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm")),
    ([, code = ""]) => code,
  );
}

/** Each line of the shell that the guide shows, once. */
export function linesOf(guide: string): readonly string[] {
  const lines = blocksOf(guide, "sh").flatMap((block) => block.replace(/\\\n\s*/g, " ").split("\n"));
  return [...new Set(lines.map((line) => line.replace(/\s+#\s.*$/, "").trim()).filter((line) => line !== ""))];
}

/** Without what is another one in each run: times, sizes, ports, the broker, and the width of columns. */
export function comparable(text: string): readonly string[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) =>
      line
        .replace(/\d\d:\d\d:\d\d/g, "TIME")
        .replace(/\((RabbitMQ|embedded broker) [\d.]+\)/g, "(BROKER)")
        .replace(/@[\w.-]+:\d+\/\S*/g, "@BROKER/")
        .replace(/\d+(\.\d+)? (ms|seconds?|minutes?|hours?|days?|bytes)\b( ago)?/g, (_all, _part, unit: string) =>
          /^(ms|bytes)$/.test(unit) ? `N ${unit}` : "AGE",
        )
        // As a time above a second is written.
        .replace(/\bin \d+\.\d s\b/g, "in N ms")
        // An age below half a second.
        .replace(/\b(oldest|newest) now\b/g, "$1 AGE")
        .replace(/(?<=\S)\s{2,}/g, "  ")
        .trimEnd(),
    );
}

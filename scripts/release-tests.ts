// Runs test files on one RabbitMQ release, or on the embedded broker, and reads what became of each test.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestResults } from "../test/support/results-reporter.ts";
import { type InstallOptions, installRelease, startRabbitMq } from "./rabbitmq.ts";

/** What came of one run. */
export interface ReleaseRun extends TestResults {
  /** Of vitest; 0 when everything passed. */
  readonly exitCode: number;
  readonly seconds: number;
}

/** What runs on each release, and the heading that it has in a table. */
export const releaseGroups: readonly { readonly heading: string; readonly path: string }[] = [
  { heading: "conformance", path: "test/conformance/rabbitmq.test.ts" },
  { heading: "amqp", path: "test/amqp/" },
  { heading: "amqp-client", path: "test/amqp-client/" },
  { heading: "faults", path: "test/faults/" },
];

/**
 * Installs the release where it is missing, and starts a node of it once. Resolves with the version that the node gives, and
 * rejects with the reason where this machine cannot run it.
 */
export async function prepareRelease(version: string, options?: InstallOptions): Promise<string> {
  await installRelease(version, options);
  await using node = await startRabbitMq({ name: "probe", version });
  return JSON.parse(await node.ctl("eval", "rabbit_misc:version().")) as string;
}

/** Runs the files on the release; undefined takes the machine's own, which only tests of the embedded broker may do. */
export function runTests(version: string | undefined, files: readonly string[]): Promise<ReleaseRun> {
  // A URL would take the place of the release.
  const release = { TOMODACHI_TEST_AMQP_URL: "", TOMODACHI_TEST_RABBITMQ_VERSION: version, REQUIRE_RABBITMQ: "1" };
  return runAndRead(["--project", "integration", ...files], version === undefined ? {} : release);
}

/** Runs all tests of all projects on this machine's own RabbitMQ, which must be there. */
export function runAllTests(): Promise<ReleaseRun> {
  return runAndRead([], { REQUIRE_RABBITMQ: "1" });
}

async function runAndRead(words: readonly string[], variables: NodeJS.ProcessEnv): Promise<ReleaseRun> {
  const folder = mkdtempSync(join(tmpdir(), "tomodachi-results-"));
  const path = join(folder, "results.json");
  const began = Date.now();
  try {
    const exitCode = await runVitest(words, { ...process.env, ...variables, TOMODACHI_TEST_RESULTS: path });
    return { ...readResults(path), exitCode, seconds: Math.round((Date.now() - began) / 1000) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Without the reporter that sums up: the program that calls this has the last word. */
function runVitest(words: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
  const reporters = ["default", "./test/support/results-reporter.ts"].flatMap((one) => ["--reporter", one]);
  const child = spawn(process.execPath, [vitest, "run", ...reporters, ...words], {
    stdio: "inherit",
    env: environment,
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

function readResults(path: string): TestResults {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as TestResults;
  } catch {
    // The run never came to its tests.
    return { tests: [], errors: [{ file: "", message: "the run ended before its tests" }] };
  }
}

// Runs test files on one RabbitMQ release, or on the embedded broker, and reads what became of each test.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestResults } from "../test/support/results-reporter.ts";
import { installRelease, startRabbitMq } from "./rabbitmq.ts";

/** What came of one run. */
export interface ReleaseRun extends TestResults {
  /** Of vitest; 0 when everything passed. */
  readonly exitCode: number;
  readonly seconds: number;
}

/**
 * Installs the release where it is missing, and starts a node of it once. Resolves with the version that the node gives, and
 * rejects with the reason where this machine cannot run it.
 */
export async function prepareRelease(version: string): Promise<string> {
  await installRelease(version);
  await using node = await startRabbitMq({ name: "probe", version });
  return JSON.parse(await node.ctl("eval", "rabbit_misc:version().")) as string;
}

/** Runs the files on the release; undefined takes the machine's own, which only tests of the embedded broker may do. */
export async function runTests(version: string | undefined, files: readonly string[]): Promise<ReleaseRun> {
  const folder = mkdtempSync(join(tmpdir(), "tomodachi-results-"));
  const path = join(folder, "results.json");
  const began = Date.now();
  try {
    const exitCode = await runVitest(files, {
      ...process.env,
      TOMODACHI_TEST_RESULTS: path,
      // A URL would take the place of the release.
      ...(version === undefined
        ? {}
        : { TOMODACHI_TEST_AMQP_URL: "", TOMODACHI_TEST_RABBITMQ_VERSION: version, REQUIRE_RABBITMQ: "1" }),
    });
    return { ...readResults(path), exitCode, seconds: Math.round((Date.now() - began) / 1000) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runVitest(files: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
  const reporters = ["default", "./test/support/results-reporter.ts", "./test/support/summary-reporter.ts"];
  const words = ["run", "--project", "integration", ...reporters.flatMap((one) => ["--reporter", one]), ...files];
  const child = spawn(process.execPath, [vitest, ...words], { stdio: "inherit", env: environment });
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

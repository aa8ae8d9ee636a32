// The usual auto-instrumentation of OpenTelemetry patches amqplib. It must not keep messages or spans of a service of ours.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const run = promisify(execFile);
const program = fileURLToPath(new URL("../support/instrumented-service.mjs", import.meta.url));
const count = 3000;

it("the instrumentation of amqplib sees nothing of a service, so it leaves no span open and keeps no message", async () => {
  const { stdout } = await run(process.execPath, ["--expose-gc", program, String(count)]);
  const seen = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Record<string, number>;
  expect(seen["handled"]).toBe(count);
  expect(seen["started"]).toBe(seen["ended"]);
  // All messages together are thirty times as much.
  expect(seen["grown"]).toBeLessThan((count * 10_000) / 3);
});

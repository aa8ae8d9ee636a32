// The usual auto-instrumentation of OpenTelemetry patches amqplib. It must not stop messages or spans of our services, and
// code that uses amqplib in the same process is in one trace with it.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const run = promisify(execFile);
const program = fileURLToPath(new URL("../support/instrumented-service.mjs", import.meta.url));
const count = 3000;

it("the instrumentation of amqplib sees no calls of a service, and both are in one trace", async () => {
  const { stdout } = await run(process.execPath, ["--expose-gc", program, String(count)]);
  const seen = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Record<string, unknown>;
  expect(seen["handled"]).toBe(count);
  // Ours alone, one for each publish and one for each delivery.
  expect(seen["alone"]).toEqual({ foreign: 0, own: 2 * count });
  // All messages together are thirty times as much.
  expect(seen["grown"]).toBeLessThan((count * 10_000) / 3);
  const ours = "process question > publish amq.topic";
  expect(seen["longest"]).toBe(`script > publish amq.topic > ${ours} > answers process`);
});

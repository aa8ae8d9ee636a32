/** `tomodachi broker`, as a process: where it listens, what it shows, how it ends. */
import { createServer } from "node:net";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { openForeign } from "../support/foreign-connection.ts";
import { freePort } from "./free-port.ts";
import { type Started, TemporaryProject } from "./temporary-project.ts";

let made: TemporaryProject;
const running: Started[] = [];

beforeAll(() => {
  made = new TemporaryProject();
});
afterEach(async () => {
  for (const { child } of running) if (child.exitCode === null) child.kill("SIGKILL");
  await Promise.all(running.splice(0).map(({ ended }) => ended));
});
afterAll(() => made.remove());

function start(...words: readonly string[]): Started {
  const started = made.start(["broker", ...words]);
  running.push(started);
  return started;
}

it("tomodachi broker prints its purpose, its address and its usage, and ends with 0", async () => {
  const port = await freePort();
  const broker = start("--port", String(port));
  await broker.seen("Ctrl+C ends it");
  await using client = await openForeign(`amqp://guest:guest@127.0.0.1:${port}/`);
  const closed = new Promise((resolve) => client.connection.once("close", resolve));
  broker.child.kill("SIGINT");
  await closed;
  const { code, stdout, stderr } = await broker.ended;
  const [title, place, use] = stdout.split("\n");
  expect(title).toMatch(/^tomodachi \d+\.\d+\.\d+, embedded broker: for development and tests only/);
  expect(place).toBe(`  listens on 127.0.0.1:${port}`);
  expect(use).toMatch(
    new RegExp(`^  TOMODACHI_AMQP_URL=amqp://\\S*127\\.0\\.0\\.1:${port}\\S* sends a service to it$`),
  );
  expect(stderr).toBe("");
  expect(code).toBe(0);
});

it("tomodachi broker uses any free port, and writes a line when something has changed", async () => {
  const broker = start("--port", "0");
  await broker.seen(" sends a service to it");
  await broker.seen("connections 0  queues 0  ready 0");
  await using client = await openForeign(broker.written().match(/TOMODACHI_AMQP_URL=(\S+)/)?.[1]);
  await broker.seen("connections 1  queues 0");
  await client.channel.assertQueue("waiting");
  await client.publish("", "waiting", "hello");
  await broker.seen("connections 1  queues 1  ready 1  unacknowledged 0");
  await client.channel.consume("waiting", () => {});
  await broker.seen("ready 0  unacknowledged 1");
  await client.close();
  await broker.seen("connections 0  queues 1  ready 1  unacknowledged 0");
  broker.child.kill("SIGTERM");
  const { code, stdout } = await broker.ended;
  const views = stdout.split("\n").filter((line) => /^\d\d:\d\d:\d\d {2}connections/.test(line));
  expect(views.every((line, at) => at === 0 || line.slice(8) !== views[at - 1]?.slice(8))).toBe(true);
  expect(stdout).toMatch(/published (?!0\/s)\S+\/s/);
  expect(code).toBe(0);
});

it("tomodachi broker names the owner of a port in use, and ends with 1", async () => {
  const port = await freePort();
  const first = start("--port", String(port));
  await first.seen("listens on");
  const second = await start("--port", String(port)).ended;
  expect(second.stderr).toMatch(new RegExp(`127\\.0\\.0\\.1:${port}: another embedded broker listens there`));
  expect(second.stderr).toContain(`\`tomodachi broker --port ${port + 1}\``);
  expect(second).toMatchObject({ code: 1, stdout: "" });

  const other = createServer((socket) => void socket.end("220 hello\r\n"));
  const taken = await freePort();
  await new Promise<void>((listening) => other.listen(taken, "127.0.0.1", listening));
  try {
    const third = await start("--port", String(taken)).ended;
    expect(third.stderr).toContain("a program that is not an AMQP broker listens there");
    expect(third.code).toBe(1);
  } finally {
    other.close();
  }
});

it("tomodachi broker explains an address that does not belong to this machine", async () => {
  const { code, stderr } = await start("--port", "0", "--host", "192.0.2.1").ended;
  expect(stderr).toContain("cannot listen on 192.0.2.1:0 (");
  expect(stderr).not.toContain("    at ");
  expect(code).toBe(1);
});

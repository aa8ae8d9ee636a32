// The stream of the console under pages that stall, and under many pages: what is held for them is bounded.
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { ConsoleSource } from "../../src/console/console-source.ts";
import { ConsoleStream } from "../../src/console/stream.ts";
import type { LiveView } from "../../src/console/view/live-view.ts";
import type { PlanView } from "../../src/console/view/plan-view.ts";
import { until } from "../support/broker.ts";

const tickMs = 500;
/** One state of a service with very many queues. */
const stateBytes = 200_000;

/** Gives another large state at each tick. */
class LargeSource implements Pick<ConsoleSource, "plan" | "start" | "stop" | "tick" | "messages" | "logs"> {
  readonly plan = { mode: "run" } as unknown as PlanView;
  ticks = 0;
  lists = 0;
  start(): void {}
  async stop(): Promise<void> {}
  tick(): LiveView {
    this.ticks++;
    return { at: this.ticks, state: `${this.ticks} ${"x".repeat(stateBytes)}` } as unknown as LiveView;
  }
  messages(): { readonly rows: []; readonly leftOut: number } {
    this.lists++;
    return { rows: [], leftOut: 0 };
  }
  logs(): [] {
    return [];
  }
}

let source: LargeSource;
let stream: ConsoleStream;
let server: Server;
let stopped = 0;
const responses: ServerResponse[] = [];
const clients: IncomingMessage[] = [];

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  source = new LargeSource();
  stopped = 0;
  stream = new ConsoleStream(source as unknown as ConsoleSource, () => void stopped++);
  server = createServer((_request, response) => {
    responses.push(response);
    stream.add(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  vi.useRealTimers();
  for (const client of clients.splice(0)) client.destroy();
  responses.length = 0;
  await stream.close();
  await new Promise((resolve) => server.close(resolve));
});

/** A page; it reads nothing before `resume`. */
function open(): Promise<IncomingMessage> {
  const { port } = server.address() as { readonly port: number };
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, agent: false }, (response) => {
      response.pause();
      clients.push(response);
      resolve(response);
    });
    asked.on("error", reject);
    asked.end();
  });
}

it("the stream buffers less than one megabyte for a page that does not read, and sends it the last state when it reads again", async () => {
  const page = await open();
  for (let tick = 0; tick < 300; tick++) {
    vi.advanceTimersByTime(tickMs);
    // Bytes leave for the socket between two ticks.
    await new Promise((resolve) => setImmediate(resolve));
    expect(responses[0]?.writableLength).toBeLessThan(1_000_000);
  }
  expect(source.ticks).toBeGreaterThan(300);
  const missed = source.ticks;
  let newest = 0;
  page.on("data", (chunk: Buffer) => {
    for (const [, tick] of chunk.toString().matchAll(/"state":"(\d+) /g)) newest = Number(tick);
  });
  page.resume();
  await until(
    () => {
      vi.advanceTimersByTime(tickMs);
      return newest > missed;
    },
    { what: "a state of now" },
  );
});

it("the stream calls its source once for all pages, and drops its buffer when the last page is closed", async () => {
  const pages = await Promise.all(Array.from({ length: 50 }, open));
  for (const page of pages) page.resume();
  const before = { ticks: source.ticks, lists: source.lists };
  vi.advanceTimersByTime(tickMs);
  expect(source.ticks).toBe(before.ticks + 1);
  expect(source.lists).toBe(before.lists + 1);
  await stream.close();
  expect(stopped).toBe(1);
});

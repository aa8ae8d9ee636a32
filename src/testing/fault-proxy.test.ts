/** The proxy changes bytes only as it is told. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDeferred } from "../util/deferred.ts";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";

let server: Server;
let proxy: FaultProxy;
/** The server's ends of the connections, in their order. */
let arrived: End[];
let waiting: ((end: End) => void)[];
let clients: End[];

beforeEach(async () => {
  [arrived, waiting, clients] = [[], [], []];
  server = createServer({ allowHalfOpen: true }, (socket) => {
    const end = new End(socket);
    arrived.push(end);
    waiting.shift()?.(end);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  proxy = await startFaultProxy({ target: { host: "127.0.0.1", port: portOf(server) }, seed: 7 });
});

afterEach(async () => {
  for (const { socket } of [...arrived, ...clients]) socket.destroy();
  await proxy.stop();
  await new Promise((resolve) => server.close(resolve));
});

function portOf(listening: Server): number {
  return (listening.address() as AddressInfo).port;
}

/** One end of a connection: what it received, and how it closed. */
class End {
  readonly socket: Socket;
  readonly sizes: number[] = [];
  readonly ended: Promise<void>;
  /** How it closed: with a reset, or with an orderly end. */
  readonly closed: Promise<"reset" | "ended">;
  #got: Buffer[] = [];
  #wanted: (() => void) | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    let reset = false;
    socket.on("error", (error: NodeJS.ErrnoException) => {
      reset = error.code === "ECONNRESET";
    });
    socket.on("data", (chunk: Buffer) => {
      this.sizes.push(chunk.length);
      this.#got.push(chunk);
      this.#wanted?.();
    });
    this.ended = new Promise((resolve) => socket.once("end", resolve));
    this.closed = new Promise((resolve) => socket.once("close", () => resolve(reset ? "reset" : "ended")));
  }

  get size(): number {
    return this.sizes.reduce((sum, size) => sum + size, 0);
  }

  write(data: string | Buffer): void {
    this.socket.write(data);
  }

  /** Waits for this many bytes and returns everything that arrived. */
  async read(bytes: number): Promise<Buffer> {
    let size = 0;
    for (;;) {
      size = this.#got.reduce((sum, chunk) => sum + chunk.length, 0);
      if (size >= bytes) return Buffer.concat(this.#got.splice(0));
      const more = new Promise<void>((resolve) => {
        this.#wanted = resolve;
      });
      const over = this.closed.then(() => "over");
      if ((await Promise.race([more, over])) === "over") throw new Error(`closed after ${size} of ${bytes} bytes`);
    }
  }

  async text(length: number): Promise<string> {
    return (await this.read(length)).toString();
  }
}

interface Pair {
  readonly client: End;
  readonly broker: End;
}

function connectTo(port: number): End {
  const end = new End(connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true }));
  clients.push(end);
  return end;
}

/** Opens a connection through the proxy, and returns both of its ends. */
async function open(port = proxy.port): Promise<Pair> {
  const came = createDeferred<End>();
  waiting.push(came.resolve);
  const client = connectTo(port);
  return { client, broker: await came.promise };
}

/** How a cut connection closed, as each end sees it. */
async function closesOf({ client, broker }: Pair): Promise<readonly string[]> {
  for (const end of [client, broker]) void end.ended.then(() => end.socket.end());
  return Promise.all([client.closed, broker.closed]);
}

describe("a fault proxy", () => {
  it("passes bytes on in both directions, and the end of each side separately", async () => {
    const { client, broker } = await open();
    client.write("hello");
    expect(await broker.text(5)).toBe("hello");
    client.socket.end();
    await broker.ended;
    broker.socket.end("still there");
    expect(await client.text(11)).toBe("still there");
    expect(await client.closed).toBe("ended");
    expect(proxy.accepted).toBe(1);
    await expect.poll(() => proxy.connections).toBe(0);
  });

  it("passes on the last bytes before an end, even when it is slow", async () => {
    const { client, broker } = await open();
    proxy.slow({ delay: "20ms" });
    broker.socket.end();
    await client.ended;
    client.socket.end("x".repeat(200_000));
    expect(await broker.text(200_000)).toHaveLength(200_000);
    await broker.ended;
  });

  it("keeps login and virtual host in its URL", async () => {
    await using other = await startFaultProxy({ target: "amqp://me:s%40fe@broker.example/shop%2F1?heartbeat=5" });
    expect(other.url).toBe(`amqp://me:s%40fe@127.0.0.1:${other.port}/shop%2F1?heartbeat=5`);
    expect(proxy.url).toBe(`amqp://127.0.0.1:${proxy.port}`);
  });

  it("cuts both sides, with an end or a reset, and accepts new connections", async () => {
    const first = closesOf(await open());
    proxy.cut();
    expect(await first).toEqual(["ended", "ended"]);
    const second = closesOf(await open());
    proxy.cut({ reset: true });
    expect(await second).toEqual(["reset", "reset"]);
    const { client, broker } = await open();
    client.write("new");
    expect(await broker.text(3)).toBe("new");
    expect(proxy.connections).toBe(1);
  });

  it("cuts after a number of bytes in one direction, only once", async () => {
    const pair = await open();
    const { client, broker } = pair;
    proxy.cutAfter("toClient", 5);
    client.write("many more than five bytes");
    await broker.read(25);
    broker.write("abc");
    expect(await client.text(3)).toBe("abc");
    broker.write("defgh");
    expect(await client.text(2)).toBe("de");
    expect(await closesOf(pair)).toContain("ended");
    const again = await open();
    again.broker.write("whole");
    expect(await again.client.text(5)).toBe("whole");
  });

  it("resets new connections while it refuses, and keeps the open ones", async () => {
    const { client, broker } = await open();
    proxy.refuse(true);
    expect(await connectTo(proxy.port).closed).toBe("reset");
    client.write("old");
    expect(await broker.text(3)).toBe("old");
    proxy.refuse(false);
    const { broker: next } = await open();
    expect([next.socket.destroyed, proxy.accepted]).toEqual([false, 2]);
  });

  it("resets a client whose broker does not exist", async () => {
    await using lonely = await startFaultProxy({ target: { host: "127.0.0.1", port: await unusedPort() } });
    expect(await connectTo(lonely.port).closed).toBe("reset");
    expect(lonely.connections).toBe(0);
  });

  it("stalls one direction without the other, and loses nothing", async () => {
    const { client, broker } = await open();
    proxy.stall("toBroker");
    client.write("later");
    broker.write("now");
    expect(await client.text(3)).toBe("now");
    expect(broker.size).toBe(0);
    client.socket.end(" and the end");
    proxy.stall("toClient");
    proxy.resume();
    expect(await broker.text(17)).toBe("later and the end");
    broker.write("x");
    expect(await client.text(1)).toBe("x");
  });

  it("slows down a sender while it stalls, instead of buffering everything", async () => {
    const { client, broker } = await open();
    proxy.stall();
    const whole = Buffer.alloc(32 * 1024 * 1024, "0123456789");
    client.write(whole);
    // Each turn of the event loop includes system calls, and there are more turns than reading everything would need.
    for (let turn = 0; turn < 32; turn++) (await open()).client.socket.destroy();
    expect(client.socket.writableLength).toBeGreaterThan(16 * 1024 * 1024);
    proxy.resume();
    expect(digest(await broker.read(whole.length))).toBe(digest(whole));
  });

  it("freezes open connections, so that not even an end arrives, and does not affect new ones", async () => {
    const { client, broker } = await open();
    proxy.freeze();
    client.write("lost");
    client.socket.destroy();
    const fresh = await open();
    fresh.client.write("fresh");
    expect(await fresh.broker.text(5)).toBe("fresh");
    expect([broker.size, broker.socket.readableEnded, broker.socket.destroyed]).toEqual([0, false, false]);
    expect(proxy.connections).toBe(2);
    proxy.cut();
    await broker.ended;
    expect(proxy.connections).toBe(0);
  });

  it("limits the bytes per second in the named direction", async () => {
    const { client, broker } = await open();
    proxy.slow({ bytesPerSecond: 20_000, direction: "toBroker" });
    const startedAt = performance.now();
    client.write(Buffer.alloc(4000));
    await broker.read(4000);
    // The time after the last step does not count: the reader has everything by then.
    expect(performance.now() - startedAt).toBeGreaterThan(150);
    broker.write(Buffer.alloc(1_000_000));
    await client.read(1_000_000);
    // At the slow rate this would take fifty seconds.
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });

  it("splits bytes at the same places for the same seed, and at other places for another seed", async () => {
    const target = { host: "127.0.0.1", port: portOf(server) };
    const places: number[][] = [];
    for (const seed of [1, 1, 2]) {
      await using seeded = await startFaultProxy({ target, seed });
      seeded.split({ maxChunk: 9 });
      const { client, broker } = await open(seeded.port);
      client.socket.end(Buffer.alloc(300));
      await broker.ended;
      expect(broker.size).toBe(300);
      places.push(endsOf(broker.sizes));
    }
    const [first = [], same = [], other = []] = places;
    // The system may join two chunks, so some places may be missing, but there are no new ones.
    const all = new Set([...first, ...same]);
    expect(first.length).toBeGreaterThan(40);
    expect(all.size).toBeLessThan(Math.max(first.length, same.length) * 1.3);
    expect(other.filter((place) => !all.has(place)).length).toBeGreaterThan(10);
  });

  it.each([
    ["cutAfter", (it: FaultProxy) => it.cutAfter("toClient", 0)],
    ["split", (it: FaultProxy) => it.split({ maxChunk: -1 })],
    ["slow", (it: FaultProxy) => it.slow({ bytesPerSecond: Number.NaN })],
  ])("refuses invalid numbers: %s", (_name, act) => {
    expect(() => act(proxy)).toThrow(expect.objectContaining({ code: "ERR_TESTING_USAGE" }));
  });
});

function digest(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function endsOf(sizes: readonly number[]): number[] {
  let end = 0;
  return sizes.map((size) => {
    end += size;
    return end;
  });
}

async function unusedPort(): Promise<number> {
  const other = createServer();
  await once(other.listen(0, "127.0.0.1"), "listening");
  const port = portOf(other);
  await new Promise((resolve) => other.close(resolve));
  return port;
}

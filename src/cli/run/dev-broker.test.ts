import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { freePort } from "../../../test/cli/free-port.ts";
import { createLogger, type Logger } from "../../log/logger.ts";
import { DevBroker, isPortTaken, listenOn } from "./dev-broker.ts";
import { peekListener } from "./peek-listener.ts";

const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** A server that greets like this product. Its port stays taken when the product changes. */
class Other {
  product: string;
  /** How many clients connected. */
  accepted = 0;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server = createServer((socket) => {
    this.accepted++;
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket)).resume();
    // The size, and then everything that a broker's first frame contains up to its table of properties.
    const fields = Buffer.from(`\u0007productS\0\0\0${String.fromCharCode(this.product.length)}${this.product}`);
    socket.write(Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, fields.length]), fields, Buffer.from([0xce])]));
  });

  constructor(product: string) {
    this.product = product;
  }

  async listen(): Promise<number> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    open.push(() => this.close());
    return (this.#server.address() as AddressInfo).port;
  }

  /** Resolves when no client is connected, so that no client waits for the server to end. */
  async isAlone(): Promise<void> {
    await vi.waitFor(() => expect(this.#sockets.size).toBe(0), 20_000);
  }

  drop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.drop();
    if (this.#server.listening) await new Promise((closed) => this.#server.close(closed));
  }
}

/** A process that runs services, as the broker sees it, with its log lines. */
async function processOn(port: number): Promise<{ readonly broker: DevBroker; readonly lines: string[] }> {
  const lines: string[] = [];
  const write = (line: string): void => void lines.push((JSON.parse(line) as { readonly msg: string }).msg);
  const logger: Logger = await createLogger({ level: "info", destination: { write } });
  const broker = new DevBroker(port, logger);
  open.push(() => broker.stop());
  return { broker, lines };
}

async function productOn(port: number): Promise<string | undefined> {
  const found = await peekListener("127.0.0.1", port);
  found?.leave();
  return found?.product;
}

describe("hold", () => {
  it("starts a broker on a free port, once for all callers, and ends it at the stop", async () => {
    const port = await freePort();
    const { broker, lines } = await processOn(port);
    expect(await broker.look()).toBeUndefined();
    expect(await Promise.all([broker.hold(), broker.hold()])).toEqual(["this process", "this process"]);
    expect(await productOn(port)).toBe("tomodachi embedded broker");
    expect(broker.url).toBe(`amqp://guest:guest@127.0.0.1:${port}/%2F`);
    await broker.stop();
    expect(await productOn(port)).toBeUndefined();
    expect(lines).toEqual([]);
  });

  it("gives the port to exactly one of several callers at the same time", async () => {
    const port = await freePort();
    const all = await Promise.all(Array.from({ length: 8 }, () => processOn(port)));
    const holders = await Promise.all(all.map(({ broker }) => broker.hold()));
    expect(holders.sort()).toEqual([...Array.from({ length: 7 }, () => "another process"), "this process"]);
  });

  it("makes exactly one of the joined processes take over, each time", async () => {
    const port = await freePort();
    const all = await Promise.all(Array.from({ length: 4 }, () => processOn(port)));
    for (const { broker } of all) await broker.hold();
    const tookOver = (): readonly string[] =>
      all.flatMap(({ lines }) => lines).filter((line) => line.includes("this process runs the broker now"));
    for (let ended = 1; ended < all.length; ended++) {
      const holders = await Promise.all(all.map(({ broker }) => broker.hold()));
      const [holder] = all.splice(holders.indexOf("this process"), 1);
      await holder?.broker.stop();
      await vi.waitFor(() => expect(tookOver()).toHaveLength(1), 20_000);
      expect(tookOver()[0]).toBe(
        `The process with the embedded broker on 127.0.0.1:${port} ended: this process runs the broker now. The messages of the earlier broker are lost.`,
      );
      await vi.waitFor(async () => expect(await productOn(port)).toBe("tomodachi embedded broker"), 20_000);
      for (const { lines } of all) lines.length = 0;
    }
  });

  it("ignores a broker of another kind, also when that one ends", async () => {
    const rabbit = new Other("RabbitMQ");
    const port = await rabbit.listen();
    const { broker, lines } = await processOn(port);
    expect(await broker.look()).toBe("another broker");
    expect(await broker.hold()).toBe("another broker");
    expect(broker.describeListener()).toBe("RabbitMQ");
    await rabbit.isAlone();
    await rabbit.close();
    expect(await broker.hold()).toBe("another broker");
    expect(await productOn(port)).toBeUndefined();
    expect(lines).toEqual([]);
  });

  it("never takes the port back from another kind of broker", async () => {
    const other = new Other("tomodachi embedded broker");
    const port = await other.listen();
    const { broker, lines } = await processOn(port);
    expect(await broker.hold()).toBe("another process");
    other.product = "RabbitMQ";
    other.drop();
    await vi.waitFor(() => expect(lines).toHaveLength(1), 20_000);
    expect(lines[0]).toContain("ended, and RabbitMQ took its place, so no embedded broker is started.");
    await other.isAlone();
    await other.close();
    expect(await broker.hold()).toBe("another broker");
    expect(await productOn(port)).toBeUndefined();
  });

  it("stays with a broker that only closes the watching connection", async () => {
    const other = new Other("tomodachi embedded broker");
    const port = await other.listen();
    const { broker, lines } = await processOn(port);
    await broker.hold();
    for (let times = 2; times <= 4; times++) {
      other.drop();
      await vi.waitFor(() => expect(other.accepted).toBe(times), 20_000);
    }
    expect(await broker.hold()).toBe("another process");
    expect(lines).toEqual([]);
  });

  it("does not take over after it was stopped", async () => {
    const other = new Other("tomodachi embedded broker");
    const port = await other.listen();
    const { broker } = await processOn(port);
    await broker.hold();
    await broker.stop();
    await other.isAlone();
    expect(other.accepted).toBe(1);
  });
});

describe("listenOn", () => {
  it("rejects with an error that distinguishes a port in use from any other error", async () => {
    const port = await new Other("x").listen();
    const logger = await createLogger({ form: "disabled" });
    const taken = await listenOn({ host: "127.0.0.1", port, logger }).catch((error: unknown) => error);
    expect(isPortTaken(taken)).toBe(true);
    const elsewhere = await listenOn({ host: "192.0.2.1", port: 0, logger }).catch((error: unknown) => error);
    expect(elsewhere).toBeInstanceOf(Error);
    expect(isPortTaken(elsewhere)).toBe(false);
  });
});

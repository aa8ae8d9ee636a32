import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { peekListener } from "./peek-listener.ts";

const servers: Server[] = [];
const sockets = new Set<Socket>();

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** Starts a server with this greeting, and returns its port. */
async function listener(greet: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    greet(socket);
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

function text(value: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(value));
  return Buffer.concat([Buffer.from("S"), length, Buffer.from(value)]);
}

/** A `connection.start` frame with these server properties, and another table before them, as in RabbitMQ. */
function start(properties: Readonly<Record<string, string>>): Buffer {
  const fields = Object.entries(properties).map(([name, value]) =>
    Buffer.concat([Buffer.from([name.length]), Buffer.from(name), text(value)]),
  );
  const table = Buffer.concat([Buffer.from("\u000ccapabilitiesF\0\0\0\0", "latin1"), ...fields]);
  const payload = Buffer.concat([
    Buffer.from([0, 10, 0, 10, 0, 9, 0, 0, 0, table.length]),
    table,
    text("PLAIN").subarray(1),
  ]);
  const head = Buffer.from([1, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(payload.length, 3);
  return Buffer.concat([head, payload, Buffer.from([0xce])]);
}

describe("peekListener", () => {
  it("reads the product of a broker after the greeting of AMQP 0-9-1", async () => {
    let heard: Buffer = Buffer.alloc(0);
    const port = await listener((socket) => {
      socket.once("data", (chunk: Buffer) => {
        heard = chunk;
        socket.write(start({ product: "RabbitMQ", version: "4.1.0" }));
      });
    });
    const found = await peekListener("127.0.0.1", port);
    expect(found).toMatchObject({ product: "RabbitMQ", version: "4.1.0" });
    expect([...heard]).toEqual([65, 77, 81, 80, 0, 0, 9, 1]);
    found?.leave();
  });

  it("joins a greeting that arrives in pieces", async () => {
    const greeting = start({ copyright: "x".repeat(2000), product: "tomodachi", version: "1.2.3" });
    const port = await listener((socket) => {
      let sent = 0;
      const next = (): void => {
        socket.write(greeting.subarray(sent, sent + 700));
        sent += 700;
        if (sent < greeting.length) setImmediate(next);
      };
      next();
    });
    const found = await peekListener("127.0.0.1", port);
    expect(found).toMatchObject({ product: "tomodachi", version: "1.2.3" });
    found?.leave();
  });

  it("finds nothing on a port without a listener", async () => {
    const port = await listener(() => {});
    await new Promise((closed) => servers[0]?.close(closed));
    expect(await peekListener("127.0.0.1", port)).toBeUndefined();
  });

  it.each([
    ["speaks first, in another protocol", (socket: Socket) => void socket.write("220 mail.example.org ESMTP\r\n")],
    ["speaks another version of AMQP", (socket: Socket) => void socket.write("AMQP\0\u0001\0\0")],
    ["closes at once", (socket: Socket) => void socket.end()],
    ["says too little", (socket: Socket) => void socket.end(Buffer.from([1, 0, 0, 0, 0]))],
    ["sends a length beyond the end", (socket: Socket) => void socket.end(Buffer.from("\u0001..\u0007productS\0\0"))],
  ])("finds no product of a server that %s", async (_what, greet) => {
    const found = await peekListener("127.0.0.1", await listener(greet));
    expect(found).toBeDefined();
    expect(found?.product).toBeUndefined();
    found?.leave();
  });

  it("gives up on a silent server after a while", async () => {
    const found = await peekListener("127.0.0.1", await listener(() => {}), 20);
    expect(found).toMatchObject({ product: undefined });
    found?.leave();
  });

  it("notifies when the other side has closed", async () => {
    const port = await listener((socket) => void socket.write(start({ product: "tomodachi" })));
    const found = await peekListener("127.0.0.1", port);
    let gone = false;
    void found?.gone.then(() => {
      gone = true;
    });
    await new Promise(setImmediate);
    expect(gone).toBe(false);
    for (const socket of sockets) socket.destroy();
    await found?.gone;
  });

  it("notifies when it closes itself", async () => {
    const found = await peekListener(
      "127.0.0.1",
      await listener((socket) => void socket.write(start({ product: "x" }))),
    );
    found?.leave();
    await found?.gone;
  });
});

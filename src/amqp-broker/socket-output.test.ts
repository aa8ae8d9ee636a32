/** Writing in turns, and waiting for a client that reads slowly. */
import { describe, expect, it } from "vitest";
import { type OutputSocket, SocketOutput } from "./socket-output.ts";

class FakeSocket implements OutputSocket {
  writable = true;
  writableLength = 0;
  readonly events: string[] = [];
  written = 0;
  drained = (): void => {};

  write(part: Buffer): boolean {
    this.events.push("write");
    this.written += part.length;
    return true;
  }

  cork(): void {
    this.events.push("cork");
  }

  uncork(): void {
    this.events.push("uncork");
  }

  on(_event: "drain", listener: () => void): void {
    this.drained = listener;
  }
}

function output(): { socket: FakeSocket; output: SocketOutput; resumed: () => number } {
  const socket = new FakeSocket();
  let count = 0;
  return { socket, output: new SocketOutput(socket, () => count++), resumed: () => count };
}

const endOfTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("SocketOutput", () => {
  it("writes the frames of one turn in one piece", async () => {
    const { socket, output: out } = output();
    for (let count = 0; count < 3; count++) {
      out.writer.heartbeat();
      out.flushSoon();
    }
    expect(socket.events).toEqual([]);
    await endOfTurn();
    expect([socket.events, socket.written, out.written]).toEqual([["write"], 24, 24]);
  });

  it("writes several pieces as one", () => {
    const { socket, output: out } = output();
    out.writer.frameMax = 131_072;
    out.writer.content(1, Buffer.alloc(14), Buffer.alloc(50_000));
    out.flush();
    expect(socket.events).toEqual(["cork", "write", "write", "write", "uncork"]);
  });

  it("adds the requested frames at the end of the turn, once", async () => {
    const { socket, output: out } = output();
    out.beforeFlush(() => out.writer.heartbeat());
    await endOfTurn();
    expect(socket.written).toBe(8);
    out.flush();
    expect(socket.written).toBe(8);
  });

  it("stops senders while too much waits, and calls them when the client reads", async () => {
    const { socket, output: out, resumed } = output();
    expect(out.canSend).toBe(true);
    out.writer.heartbeat();
    socket.writableLength = 600_000;
    out.flush();
    expect(out.canSend).toBe(false);
    out.writer.heartbeat();
    out.flush();
    await endOfTurn();
    expect(resumed()).toBe(0);
    socket.writableLength = 0;
    socket.drained();
    expect([out.canSend, resumed()]).toEqual([true, 1]);
    socket.drained();
    expect(resumed()).toBe(1);
  });

  it("stops senders after one turn's share, and calls them in the next turn", async () => {
    const { output: out, resumed } = output();
    out.writer.frameMax = 131_072;
    out.writer.content(1, Buffer.alloc(14), Buffer.alloc(600_000));
    expect(out.canSend).toBe(false);
    out.flush();
    expect(resumed()).toBe(0);
    await endOfTurn();
    expect([out.canSend, resumed()]).toEqual([true, 1]);
  });

  it("drops output for a closed socket", () => {
    const { socket, output: out } = output();
    socket.writable = false;
    out.writer.heartbeat();
    out.flush();
    expect([socket.events, out.writer.size]).toEqual([[], 0]);
  });
});

/** What is written in one turn leaves in one call, in its order. */
import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { gatherWrites } from "./gather-writes.ts";

/** A socket that notes what each of its calls to the system would have sent. */
function recordingSocket(highWaterMark = 65_536): { readonly socket: Writable; readonly sent: string[] } {
  const sent: string[] = [];
  const socket = new Writable({
    highWaterMark,
    write(chunk: Buffer, _encoding, done) {
      sent.push(chunk.toString());
      done();
    },
    writev(chunks, done) {
      sent.push(chunks.map(({ chunk }) => String(chunk)).join(""));
      done();
    },
  });
  gatherWrites(socket);
  return { socket, sent };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe("gatherWrites", () => {
  it("sends what is written in one turn together, and the next turn's by itself", async () => {
    const { socket, sent } = recordingSocket();
    for (const text of ["a", "b", "c"]) socket.write(text);
    expect(sent).toEqual([]);
    await nextTurn();
    for (const text of ["d", "e"]) socket.write(text);
    await nextTurn();
    expect(sent).toEqual(["abc", "de"]);
  });

  it("calls back for each write, and when there is room again", async () => {
    const { socket, sent } = recordingSocket(4);
    const events: string[] = [];
    socket.on("drain", () => events.push("drain"));
    expect([socket.write("abc", () => events.push("abc")), socket.write("def", () => events.push("def"))]).toEqual([
      true,
      false,
    ]);
    await nextTurn();
    expect([sent, events.sort()]).toEqual([["abcdef"], ["abc", "def", "drain"]]);
    expect(socket.write("g")).toBe(true);
  });

  it("sends what was written before the end", async () => {
    const { socket, sent } = recordingSocket();
    socket.write("a");
    socket.end("z");
    await nextTurn();
    expect(sent.join("")).toBe("az");
    expect(socket.writableFinished).toBe(true);
  });

  it("does nothing more for a socket that was destroyed in the same turn", async () => {
    const { socket, sent } = recordingSocket();
    socket.write("a");
    socket.destroy();
    await nextTurn();
    expect([sent, socket.destroyed]).toEqual([[], true]);
  });
});

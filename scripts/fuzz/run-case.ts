// Sends one case to a broker, and says how the broker ended it.
import { connect } from "node:net";
import { protocolHeader } from "../../src/amqp-wire/constants.ts";
import { FrameReader } from "../../src/amqp-wire/frame-reader.ts";
import { decodeMethod } from "../../src/amqp-wire/methods.ts";
import { messageOf } from "../../src/errors.ts";
import { closeOkFrame, type FuzzCase } from "./fuzz-case.ts";

/** How long a connection may stay open after its last byte was sent. */
const deadlineMs = 15_000;

export interface CaseResult {
  /** How it ended: the code of the broker's close, `close-ok`, `header` for AMQP's header, or `dropped`. */
  readonly end: string;
  readonly milliseconds: number;
  /** What must not happen. */
  readonly failure?: string;
}

export function runCase(host: string, port: number, one: FuzzCase): Promise<CaseResult> {
  const { bytes, cuts, ends, waits } = one;
  return new Promise((resolve) => {
    const start = performance.now();
    const reader = new FrameReader(131_072);
    const socket = connect({ host, port, noDelay: true });
    let end = "dropped";
    let first: Buffer | undefined = Buffer.alloc(0);
    const settle = (failure?: string) => {
      clearTimeout(timer);
      socket.destroy();
      const milliseconds = performance.now() - start;
      resolve({ end, milliseconds, ...(failure !== undefined && { failure }) });
    };
    const timer = setTimeout(() => settle(`the connection was still open after ${deadlineMs} ms`), deadlineMs);
    const onFrame = (type: number, channel: number, payload: Buffer) => {
      if (type !== 1) return;
      const method = decodeMethod(payload);
      if (channel !== 0) return;
      if (method.name === "connection.close-ok") end = "close-ok";
      if (method.name !== "connection.close") return;
      end = String(method.replyCode);
      if (method.replyCode === 541) settle(`the broker fell over something: ${method.replyText}`);
      else if (socket.writable && waits) socket.write(closeOkFrame);
      else if (socket.writable) socket.end(closeOkFrame);
    };
    const onData = (chunk: Buffer) => {
      const seen: Buffer = first ? Buffer.concat([first, chunk]) : chunk;
      if (first) {
        // A refused header is answered with the right one, which is not a frame.
        first = seen.length < protocolHeader.length ? seen : undefined;
        if (seen.equals(protocolHeader)) end = "header";
        if (first || end === "header") return;
      }
      reader.push(seen, onFrame);
    };
    socket.on("data", (chunk: Buffer) => {
      try {
        onData(chunk);
      } catch (error) {
        settle(`the broker sent what is no AMQP: ${messageOf(error)}`);
      }
    });
    // Writing to a broker that has closed already is no failure; "close" follows.
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "ECONNRESET" && error.code !== "EPIPE") settle(`${error.code}: ${error.message}`);
    });
    socket.on("close", () => settle());
    socket.on("connect", () => {
      let from = 0;
      for (const cut of [...cuts, bytes.length]) {
        if (cut > from) socket.write(bytes.subarray(from, cut));
        from = cut;
      }
      if (!ends) socket.end();
    });
  });
}

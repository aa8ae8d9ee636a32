/** Finds out what listens on a port, from its greeting to an AMQP client. */
import { createConnection } from "node:net";

/** A program that listens on a port. */
export interface Listener {
  /** The name that an AMQP broker gives itself, such as "RabbitMQ"; undefined if it is not a broker, or sends nothing. */
  readonly product: string | undefined;
  readonly version: string | undefined;
  /** Resolves when the program closes the connection that was opened to look, at the latest when its process ends. */
  readonly gone: Promise<void>;
  /** Closes that connection; `gone` resolves too. */
  leave(): void;
}

/** A broker on this machine answers within milliseconds. */
const answerTimeoutMs = 2000;
/** No greeting is longer. */
const greetingBytes = 64 * 1024;
/** AMQP 0-9-1, 4.2.2. */
const protocolHeader = Buffer.from("AMQP\u0000\u0000\u0009\u0001", "latin1");

/**
 * Finds out which program listens, and stays connected until `leave`; undefined if none listens. A program that sends nothing for
 * `answerMs` does not count as a broker.
 */
export function peekListener(
  host: string,
  port: number,
  answerMs: number = answerTimeoutMs,
): Promise<Listener | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port });
    const gone = new Promise<void>((closed) => socket.once("close", () => closed()));
    const leave = (): void => void socket.destroy();
    let greeting: Buffer | undefined;
    const timer = setTimeout(answer, answerMs);
    function answer(): void {
      clearTimeout(timer);
      socket.off("data", hear).resume();
      if (!greeting) leave();
      const [product, version] = ["product", "version"].map((name) => fieldOf(greeting, name));
      resolve(greeting && { product, version, gone, leave });
    }
    function hear(chunk: Buffer): void {
      greeting = Buffer.concat([greeting ?? Buffer.alloc(0), chunk]);
      if (isWhole(greeting)) answer();
    }
    socket.on("data", hear);
    socket.once("connect", () => {
      greeting = Buffer.alloc(0);
      socket.write(protocolHeader);
    });
    // The following close event says what an error means.
    socket.on("error", () => {});
    socket.once("close", answer);
  });
}

/** Whether the first frame has arrived (its size is in bytes 3 to 6), or the bytes cannot be a `connection.start` frame. */
function isWhole(greeting: Buffer): boolean {
  if (greeting[0] !== 1 || greeting.length > greetingBytes) return true;
  return greeting.length >= 7 && greeting.length >= greeting.readUInt32BE(3) + 8;
}

/**
 * A string in the table of server properties: the length and the name, an "S", the length and the string. It is found by its name, so that
 * not everything before it has to be decoded.
 */
function fieldOf(greeting: Buffer | undefined, name: string): string | undefined {
  const key = Buffer.concat([Buffer.from([name.length]), Buffer.from(`${name}S`)]);
  const at = greeting?.indexOf(key) ?? -1;
  const start = at + key.length + 4;
  if (!greeting || at < 0 || start > greeting.length) return undefined;
  return greeting.toString("utf8", start, start + greeting.readUInt32BE(start - 4));
}

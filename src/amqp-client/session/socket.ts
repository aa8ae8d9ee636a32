/** The one place where the client meets the network: a TCP or TLS socket, reduced to what a session needs. */
import { createRequire } from "node:module";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import type { ConnectionOptions as TlsOptions } from "node:tls";

export interface SocketTarget {
  readonly host: string;
  readonly port: number;
  /** Options of Node's `tls.connect`; undefined is plain TCP. */
  readonly tls: TlsOptions | undefined;
}

export interface SocketEvents {
  /** Connected; with TLS the handshake is done and the certificate is trusted. */
  connected(): void;
  /** Bytes arrived. The buffer is used again for the next read: copy what you keep. */
  data(chunk: Buffer): void;
  /** The socket takes more, after `write` returned false. */
  drained(): void;
  /** The peer ended it, or it failed. Called once, and never after `destroy`. */
  ended(error: Error | undefined): void;
}

/** Loaded with the first connection that uses it. */
const nodeTls = (): typeof import("node:tls") => createRequire(import.meta.url)("node:tls");

/** Bytes of one read. One buffer serves all reads of a socket, so no message can keep a whole chunk alive. */
const readSize = 65_536;
/** The number of bytes that may wait in the socket before it asks for a pause. */
const writeBufferSize = 65_536;

const endedEarly = "Client network socket disconnected before secure TLS connection was established";

/** Throws what `tls.connect` would throw for a certificate, a key, a version or ciphers. */
export function refuseSecureContext(tls: TlsOptions): void {
  if (!tls.secureContext) nodeTls().createSecureContext(tls);
}

export class SessionSocket {
  readonly #socket: Socket;
  readonly #events: SocketEvents;
  #ended = false;

  constructor(target: SocketTarget, events: SocketEvents) {
    this.#events = events;
    const socket = this.#connect(target);
    this.#socket = socket;
    // Node's words. Where the peer ended the socket first, its "end" comes before this error of Node.
    let failure: Error | undefined = target.tls && new Error(endedEarly);
    socket.once(target.tls ? "secureConnect" : "connect", () => {
      failure = undefined;
      if (!this.#ended) events.connected();
    });
    socket.on("error", (error) => {
      failure = error;
    });
    socket.on("drain", () => {
      if (!this.#ended) events.drained();
    });
    socket.on("end", () => this.#end(failure));
    socket.on("close", () => this.#end(failure));
  }

  /** Sends these parts with one system call. False: wait for `drained` before you write much more. */
  write(parts: readonly Buffer[]): boolean {
    if (this.#ended || !this.#socket.writable) return true;
    if (parts.length === 1) return this.#socket.write(parts[0] as Buffer);
    this.#socket.cork();
    let writable = true;
    for (const part of parts) writable = this.#socket.write(part);
    this.#socket.uncork();
    return writable;
  }

  /** Releases the socket. What was written is sent first, if the peer reads it within `lingerMs`. */
  destroy(lingerMs = 0): void {
    this.#ended = true;
    const socket = this.#socket;
    if (lingerMs === 0 || !socket.writable) {
      socket.destroy();
      return;
    }
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    socket.end(() => socket.destroy());
    socket.once("close", () => clearTimeout(timer));
  }

  #connect({ host, port, tls }: SocketTarget): Socket {
    const onread = {
      buffer: Buffer.allocUnsafeSlow(readSize),
      callback: (size: number, buffer: Uint8Array): boolean => {
        if (!this.#ended) this.#events.data((buffer as Buffer).subarray(0, size));
        return true;
      },
    };
    const address = { host, port, noDelay: true, onread, writableHighWaterMark: writeBufferSize };
    if (!tls) return connectTcp(address);
    // Server Name Indication takes no addresses (RFC 6066, 3).
    const servername = isIP(host) === 0 ? { servername: host } : {};
    return nodeTls().connect({ ...servername, ...tls, ...address });
  }

  #end(error: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#socket.destroy();
    this.#events.ended(error);
  }
}

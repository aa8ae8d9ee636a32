/** The socket of one client: frames in and out, heartbeats, and a deadline for what the client has to do next. */
import type { Socket } from "node:net";
import { frameOverhead } from "../amqp-wire/constants.ts";
import { FrameReader, type OnFrame } from "../amqp-wire/frame-reader.ts";
import type { Method } from "../amqp-wire/methods.ts";
import { messageOf } from "../errors.ts";
import { type Heartbeating, startHeartbeat } from "./heartbeat.ts";
import { SocketOutput } from "./socket-output.ts";

/** What a socket needs of its connection. */
export interface ClientSocketHost {
  /** Reading is stopped on purpose, so that silence means nothing. */
  readonly blocked: boolean;
  receive(chunk: Buffer): void;
  /** The client reads again, after it read too slowly. */
  resume(): void;
  /** For the log. */
  note(what: string): void;
  ended(): void;
}

/** What a frame may have before anything is agreed. */
const firstFrameMax = 8192;

export class ClientSocket implements Heartbeating {
  readonly output: SocketOutput;
  /** The client's address; a socket that is closed does not know it any more. */
  readonly peer: string;
  readonly #host: ClientSocketHost;
  readonly #socket: Socket;
  readonly #reader = new FrameReader(firstFrameMax + frameOverhead);
  #stopHeartbeat = (): void => {};
  #deadline: NodeJS.Timeout | undefined;

  constructor(host: ClientSocketHost, socket: Socket) {
    this.#host = host;
    this.#socket = socket;
    this.peer = `${socket.remoteAddress}:${socket.remotePort}`;
    this.output = new SocketOutput(socket, () => host.resume());
    socket.on("data", (chunk: Buffer) => host.receive(chunk));
    // An error changes nothing: "close" follows.
    socket.on("error", (error) => host.note(messageOf(error)));
    socket.on("close", () => host.ended());
  }

  get blocked(): boolean {
    return this.#host.blocked;
  }

  get octetsRead(): number {
    return this.#socket.bytesRead;
  }

  get octetsWritten(): number {
    return this.output.written;
  }

  sendHeartbeat(): void {
    this.output.writer.heartbeat();
    this.output.flushSoon();
  }

  missed(): void {
    this.#host.note("missed heartbeats");
    this.destroy();
  }

  /** Hands on each frame that is complete. @throws FrameError */
  read(chunk: Buffer, onFrame: OnFrame): void {
    this.#reader.push(chunk, onFrame);
  }

  /** New data is not read. */
  stopReading(): void {
    this.#reader.stop();
  }

  /** A method on channel 0. */
  send(method: Method): void {
    this.output.writer.method(0, method);
    this.output.flushSoon();
  }

  startHeartbeat(seconds: number): void {
    this.#stopHeartbeat = startHeartbeat(this, seconds);
  }

  stopHeartbeat(): void {
    this.#stopHeartbeat();
  }

  /** Both sides have agreed on the size of frames. */
  agree(frameMax: number): void {
    // Some clients count the payload alone, and RabbitMQ lets them.
    this.#reader.maxFrameSize = frameMax + frameOverhead;
    this.output.writer.frameMax = frameMax;
  }

  /** Ends the connection after this many milliseconds, unless another deadline comes or it is cleared. */
  within(ms: number): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#socket.destroy(), ms).unref();
  }

  clearDeadline(): void {
    clearTimeout(this.#deadline);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Sends what is left, and the given bytes behind it; then the broker's side is closed. */
  end(last?: Buffer): void {
    this.output.flush();
    if (last) this.#socket.end(last);
    else this.#socket.end();
  }

  /** Closed at once, both sides. */
  destroy(): void {
    this.#socket.destroy();
  }
}

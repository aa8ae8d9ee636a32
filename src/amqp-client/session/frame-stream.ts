/** Frames in both directions over one socket: bytes become frames, frames leave together, and a silent peer is noticed. */
import { protocolHeader } from "../../amqp-wire/constants.ts";
import { FrameReader, type OnFrame } from "../../amqp-wire/frame-reader.ts";
import type { FrameWriter } from "../../amqp-wire/frame-writer.ts";
import type { Method } from "../../amqp-wire/methods.ts";
import type { ChannelOutput } from "./channel-contract.ts";
import { type Agreement, ownFrameMax } from "./handshake.ts";
import { Heartbeat, type HeartbeatHost } from "./heartbeat.ts";
import { SessionOutput } from "./output.ts";
import { refuseOtherProtocols } from "./peer.ts";
import { SessionSocket, type SocketEvents, type SocketTarget } from "./socket.ts";

export interface FrameStreamEvents {
  /** The bytes that came are not AMQP, or `onFrame` threw. */
  broken(error: unknown): void;
  /** The socket takes more, after `writable` was false. */
  drained(): void;
  /** Nothing arrived for nearly two intervals of the heartbeat. */
  silent(): void;
  /** The peer ended it, or it failed; `nothingCame` when not even one byte had arrived. */
  ended(error: Error | undefined, nothingCame: boolean): void;
}

export class FrameStream implements ChannelOutput, SocketEvents, HeartbeatHost {
  readonly #events: FrameStreamEvents;
  readonly #onFrame: OnFrame;
  readonly #socket: SessionSocket;
  readonly #output: SessionOutput;
  readonly #reader = new FrameReader(ownFrameMax);
  #heartbeat: Heartbeat | undefined;
  #nothingCame = true;

  /** Connects; throws what `tls.connect` throws. `onFrame` gets each frame. */
  constructor(target: SocketTarget, events: FrameStreamEvents, onFrame: OnFrame) {
    this.#events = events;
    this.#onFrame = onFrame;
    this.#socket = new SessionSocket(target, this);
    this.#output = new SessionOutput(this.#socket);
  }

  get writer(): FrameWriter {
    return this.#output.writer;
  }

  get writable(): boolean {
    return this.#output.writable;
  }

  written(): void {
    this.#output.written();
  }

  /** A method on channel 0. */
  send(method: Method): void {
    this.#output.writer.method(0, method);
    this.#output.written();
  }

  /** From now on the limits hold that both peers agreed on, and heartbeats are sent and expected. */
  agree({ frameMax, heartbeatSeconds }: Agreement): void {
    this.#output.writer.frameMax = frameMax;
    this.#reader.maxFrameSize = frameMax;
    if (heartbeatSeconds > 0) this.#heartbeat = new Heartbeat(heartbeatSeconds, this);
  }

  /** Sends what was written; the socket may take this many milliseconds to send it. Nothing more is read. */
  end(lingerMs: number): void {
    this.#heartbeat?.stop();
    this.#reader.stop();
    this.#output.flush();
    this.#socket.destroy(lingerMs);
  }

  // What the heartbeat asks for.

  takeWrote(): boolean {
    return this.#output.takeWrote();
  }

  sendHeartbeat(): void {
    this.#output.writer.heartbeat();
    this.#output.flush();
    this.#output.takeWrote();
  }

  silent(): void {
    this.#events.silent();
  }

  // Events of the socket.

  connected(): void {
    this.#socket.write([protocolHeader]);
  }

  data(chunk: Buffer): void {
    this.#heartbeat?.received();
    try {
      if (this.#nothingCame) {
        this.#nothingCame = false;
        refuseOtherProtocols(chunk);
      }
      this.#reader.push(chunk, this.#onFrame);
    } catch (error) {
      this.#events.broken(error);
    }
  }

  drained(): void {
    this.#output.drained();
    this.#events.drained();
  }

  ended(error: Error | undefined): void {
    this.#events.ended(error, this.#nothingCame);
  }
}

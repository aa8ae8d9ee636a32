/** Holds a connection that publishes while there is an alarm: what it sent waits, in order, until the alarm is over. */
import { frameType } from "../amqp-wire/constants.ts";

type Frame = readonly [type: number, channel: number, payload: Buffer];

export class AlarmHold {
  #frames: Frame[] | undefined;

  get active(): boolean {
    return this.#frames !== undefined;
  }

  begin(): void {
    this.#frames ??= [];
  }

  /** Keeps a copy: payloads are views of what was read. */
  keep(type: number, channel: number, payload: Buffer): void {
    this.#frames?.push([type, channel, Buffer.from(payload)]);
  }

  /** Everything that was kept. */
  end(): readonly Frame[] {
    const frames = this.#frames ?? [];
    this.#frames = undefined;
    return frames;
  }
}

/** Class basic, method publish. */
export function isPublish(type: number, payload: Buffer): boolean {
  return type === frameType.method && payload.length >= 4 && payload.readUInt32BE(0) === 60 * 65_536 + 40;
}

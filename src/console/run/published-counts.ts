/** Counts what a service publishes, by routing key. */
import type { PublishedLive } from "../view/live-view.ts";
import { Speed } from "./handler-counts.ts";

/** The most keys that are counted separately; further ones are counted together, because keys with ids are never repeated. */
const mostKeys = 100;
const other = "other keys";

interface Target {
  readonly exchange: string;
  readonly key: string;
  count: number;
  failed: number;
  readonly speed: Speed;
}

export class PublishedCounts {
  readonly #targets = new Map<string, Target>();

  add(exchange: string, key: string, failed: boolean): void {
    const target = this.#targetOf(exchange, key);
    target.count++;
    if (failed) target.failed++;
  }

  tick(seconds: number): void {
    for (const { speed, count } of this.#targets.values()) speed.tick(count, seconds);
  }

  view(service: string): readonly PublishedLive[] {
    return [...this.#targets.values()].map(({ exchange, key, count, failed, speed }) => ({
      service,
      exchange,
      key,
      perSecond: speed.perSecond,
      count,
      failed,
    }));
  }

  #targetOf(exchange: string, key: string): Target {
    const name = `${exchange}\0${key}`;
    const known = this.#targets.get(name);
    if (known) return known;
    if (this.#targets.size >= mostKeys && key !== other) return this.#targetOf("", other);
    const target = { exchange, key, count: 0, failed: 0, speed: new Speed() };
    this.#targets.set(name, target);
    return target;
  }
}

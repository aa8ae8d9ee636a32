/** Requests of a service that are not answered yet. A stop waits for them. */
import { createDeferred, type Deferred } from "../../util/deferred.ts";
import { Roster } from "../../util/roster.ts";
import type { OpenRequest } from "./open-request.ts";

export class OpenRequests {
  readonly #open = new Roster<OpenRequest>();
  #empty: Deferred<void> | undefined;

  get size(): number {
    return this.#open.size;
  }

  add(request: OpenRequest): void {
    this.#open.add(request);
  }

  delete(request: OpenRequest): void {
    this.#open.delete(request);
    if (this.#open.size > 0) return;
    this.#empty?.resolve();
    this.#empty = undefined;
  }

  /** Resolves when every request is answered, or its client has disconnected. */
  async ended(): Promise<void> {
    if (this.#open.size === 0) return;
    this.#empty ??= createDeferred();
    await this.#empty.promise;
  }

  [Symbol.iterator](): Iterator<OpenRequest> {
    return this.#open.all().values();
  }
}

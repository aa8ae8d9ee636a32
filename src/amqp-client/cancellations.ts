/** One listener for each signal, however many requests it cancels: Node warns about the eleventh as a leak. */

interface Group {
  readonly cancels: Set<() => void>;
  readonly listener: () => void;
}

export class Cancellations {
  readonly #groups = new WeakMap<AbortSignal, Group>();

  /** Calls back when the signal aborts, which it has not yet; the returned function ends it. */
  add(signal: AbortSignal, cancel: () => void): () => void {
    const { cancels, listener } = this.#groups.get(signal) ?? this.#listenTo(signal);
    cancels.add(cancel);
    return () => {
      if (!cancels.delete(cancel) || cancels.size > 0) return;
      signal.removeEventListener("abort", listener);
      this.#groups.delete(signal);
    };
  }

  #listenTo(signal: AbortSignal): Group {
    const cancels = new Set<() => void>();
    const listener = (): void => {
      for (const cancel of cancels) cancel();
    };
    const group = { cancels, listener };
    signal.addEventListener("abort", listener, { once: true });
    this.#groups.set(signal, group);
    return group;
  }
}

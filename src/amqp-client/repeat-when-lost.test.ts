import { describe, expect, it } from "vitest";
import type { ConnectionEvents, ConnectionState } from "./connection-events.ts";
import { createRepeat, type Repeat, repeatOnBoth, type WatchedConnection } from "./repeat-when-lost.ts";

/** A connection that is lost and restored by the test. */
class FakeConnection implements WatchedConnection {
  state: ConnectionState = "connected";
  lastError: string | undefined;
  readonly #listeners = new Set<Partial<ConnectionEvents>>();

  get listeners(): number {
    return this.#listeners.size;
  }

  subscribe(events: Partial<ConnectionEvents>): () => void {
    this.#listeners.add(events);
    return () => this.#listeners.delete(events);
  }

  lose(reason: string): void {
    this.state = "reconnecting";
    this.lastError = reason;
    for (const events of [...this.#listeners]) events.lost?.(new Error(reason));
  }

  comeBack(): void {
    this.state = "connected";
    for (const events of [...this.#listeners]) events.opened?.();
  }
}

const signal = new AbortController().signal;

describe("a step of a start", () => {
  it("runs again when the connection that it lost is back", async () => {
    const connection = new FakeConnection();
    const runs: boolean[] = [];
    const repeat = createRepeat({ connection, seconds: 10, signal });
    const done = repeat(async (again) => {
      runs.push(again);
      if (again) return "declared";
      connection.lose("cut");
      setImmediate(() => connection.comeBack());
      throw new Error("no channel");
    });
    expect(await done).toBe("declared");
    expect(runs).toEqual([false, true]);
    expect(connection.listeners).toBe(0);
  });

  it("waits again for a connection that was lost in the same turn in which it returned", async () => {
    const connection = new FakeConnection();
    const repeat = createRepeat({ connection, seconds: 10, signal });
    const flicker = (): void => {
      connection.comeBack();
      connection.lose("cut again");
      setImmediate(() => connection.comeBack());
    };
    const done = repeat(async (again) => {
      if (again) return "declared";
      connection.lose("cut");
      setImmediate(flicker);
      throw new Error("no channel");
    });
    expect(await done).toBe("declared");
  });

  it("waits for a connection that was lost before the step began, and runs again if it returned before the step failed", async () => {
    const connection = new FakeConnection();
    connection.lose("cut");
    const repeat = createRepeat({ connection, seconds: 10, signal });
    let runs = 0;
    await repeat(async () => {
      runs++;
      if (runs === 1) setImmediate(() => connection.comeBack());
      if (runs === 2) {
        connection.lose("cut again");
        connection.comeBack();
      }
      if (runs < 3) throw new Error("no channel");
    });
    expect(runs).toBe(3);
  });

  it("runs again whichever of its two connections was lost", async () => {
    const [first, second] = [new FakeConnection(), new FakeConnection()];
    const [one, other] = [first, second].map((connection) => createRepeat({ connection, seconds: 10, signal }));
    const repeat = repeatOnBoth(one as Repeat, other as Repeat);
    const toLose = [first, second, first];
    const runs: boolean[] = [];
    await repeat(async (again) => {
      runs.push(again);
      const lost = toLose.shift();
      if (!lost) return;
      lost.lose("cut");
      setImmediate(() => lost.comeBack());
      throw new Error("no channel");
    });
    expect(runs).toEqual([false, true, true, true]);
    await expect(repeat(() => Promise.reject(new Error("inequivalent arg")))).rejects.toThrow("inequivalent arg");
    expect([first.listeners, second.listeners]).toEqual([0, 0]);
  });

  it("fails with its own error while the connection is open", async () => {
    const repeat = createRepeat({ connection: new FakeConnection(), seconds: 10, signal });
    await expect(repeat(() => Promise.reject(new Error("inequivalent arg")))).rejects.toThrow("inequivalent arg");
  });

  it("is given up after the timeout, with the reason of the connection and the error of the step as its cause", async () => {
    const connection = new FakeConnection();
    const repeat = createRepeat({ connection, seconds: 0.02, signal });
    const cause = new Error("no channel");
    const done = repeat(() => {
      connection.lose("ECONNREFUSED");
      return Promise.reject(cause);
    });
    await expect(done).rejects.toMatchObject({ code: "ERR_AMQP_UNREACHABLE", cause });
    await expect(done).rejects.toThrow(/within connectTimeoutSeconds \(0\.02\): ECONNREFUSED/);
    expect(connection.listeners).toBe(0);
  });

  it("is given up when the service stops", async () => {
    const connection = new FakeConnection();
    const stop = new AbortController();
    const repeat = createRepeat({ connection, seconds: 10, signal: stop.signal });
    const done = repeat(() => {
      connection.lose("cut");
      setImmediate(() => stop.abort(new Error("stopped")));
      return Promise.reject(new Error("no channel"));
    });
    await expect(done).rejects.toThrow("stopped");
    expect(connection.listeners).toBe(0);
  });
});

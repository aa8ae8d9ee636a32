import { expect, it } from "vitest";
import { createDeferred, type Deferred } from "../util/deferred.ts";
import type { ChildMessage, ParentMessage } from "./messages.ts";
import { type ChildEnd, type ReloadChild, Supervisor } from "./supervisor.ts";

class FakeChild implements ReloadChild {
  readonly events: string[] = [];
  /** The address in the message "go". */
  pageBefore: string | undefined;
  readonly #end: Deferred<ChildEnd> = createDeferred<ChildEnd>();
  readonly #told: (message: ChildMessage) => void;

  constructor(told: (message: ChildMessage) => void) {
    this.#told = told;
  }

  get ended(): Promise<ChildEnd> {
    return this.#end.promise;
  }
  send(message: ParentMessage): void {
    this.events.push(message.tomodachi);
    if (message.tomodachi === "go") this.pageBefore = message.page;
  }
  signal(name: string): void {
    this.events.push(name);
  }
  kill(): void {
    this.events.push("kill");
    this.#end.resolve({ code: 137, killed: true });
  }
  loaded(): void {
    this.#told({ tomodachi: "loaded" });
  }
  ready(page?: string): void {
    this.#told({ tomodachi: "ready", described: [], stopSeconds: 25, page });
  }
  async end(code: number): Promise<void> {
    this.#end.resolve({ code, killed: false });
    await this.ended;
    await Promise.resolve();
  }
}

function supervised(): {
  readonly children: FakeChild[];
  readonly said: string[];
  readonly supervisor: Supervisor;
  readonly loadable: boolean[];
} {
  const [children, said, loadable]: [FakeChild[], string[], boolean[]] = [[], [], []];
  const supervisor = new Supervisor({
    startChild: (told) => {
      const child = new FakeChild(told);
      children.push(child);
      return child;
    },
    say: (line) => said.push(line),
    ready: (_child, sinceMs) => said.push(sinceMs === undefined ? "ready" : "ready again"),
    loadable: (isLoaded) => loadable.push(isLoaded),
    told: () => {},
  });
  supervisor.start();
  children[0]?.loaded();
  children[0]?.ready();
  return { children, said, supervisor, loadable };
}

it("the old child works until the new one has loaded, which starts when the old one has ended", async () => {
  const { children, said, supervisor } = supervised();
  supervisor.restart();
  const [old, young] = children;
  expect(old?.events).toEqual(["go"]);
  young?.loaded();
  expect(old?.events).toEqual(["go", "stop"]);
  expect(young?.events).toEqual([]);
  await old?.end(0);
  expect(young?.events).toEqual(["go"]);
  young?.ready();
  expect(said).toEqual(["ready", "ready again"]);
});

it("each child gets the last address of the console", async () => {
  const { children, supervisor } = supervised();
  children[0]?.ready("http://127.0.0.1:4601/#token");
  for (const at of [0, 1]) {
    supervisor.restart();
    children[at + 1]?.loaded();
    await children[at]?.end(0);
    // The second child has no console, because its port was taken.
    children[at + 1]?.ready();
  }
  expect(children.map(({ pageBefore }) => pageBefore)).toEqual([
    undefined,
    "http://127.0.0.1:4601/#token",
    "http://127.0.0.1:4601/#token",
  ]);
});

it("the new child starts when it has loaded after the old one has ended on its own", async () => {
  const { children, supervisor } = supervised();
  supervisor.restart();
  await children[0]?.end(0);
  expect(children[1]?.events).toEqual([]);
  children[1]?.loaded();
  expect(children[1]?.events).toEqual(["go"]);
});

it("a child that still loads is stopped at another change", async () => {
  const { children, supervisor } = supervised();
  supervisor.restart();
  supervisor.restart();
  expect(children[0]?.events).toEqual(["go"]);
  expect(children[1]?.events).toEqual(["kill"]);
  children[2]?.loaded();
  await children[0]?.end(0);
  expect(children[2]?.events).toEqual(["go"]);
});

it("the old child is stopped once, also when another change comes while it drains", async () => {
  const { children, supervisor } = supervised();
  supervisor.restart();
  children[1]?.loaded();
  supervisor.restart();
  expect(children[1]?.events).toEqual(["kill"]);
  children[2]?.loaded();
  expect(children[0]?.events).toEqual(["go", "stop"]);
  await children[0]?.end(0);
  expect(children[2]?.events).toEqual(["go"]);
});

it("the old child continues when the new one cannot load, and the next change tries again", async () => {
  const { children, said, supervisor, loadable } = supervised();
  supervisor.restart();
  await children[1]?.end(1);
  expect(said).toEqual(["ready", "The services keep running as they were before the change. Waiting for a change."]);
  expect(children[0]?.events).toEqual(["go"]);
  expect(loadable).toEqual([true, false]);
  supervisor.restart();
  children[2]?.loaded();
  expect(children[0]?.events).toEqual(["go", "stop"]);
  await children[0]?.end(0);
  expect(children[2]?.events).toEqual(["go"]);
});

it("the supervisor waits for a change when the old child ends after the new one could not load", async () => {
  const { children, said, supervisor } = supervised();
  supervisor.restart();
  await children[1]?.end(1);
  await children[0]?.end(1);
  expect(said.at(-1)).toBe("Waiting for a change.");
  supervisor.restart();
  children[2]?.loaded();
  expect(children[2]?.events).toEqual(["go"]);
});

it("the supervisor waits for a change after a crash, and ends when the service ends itself with 0", async () => {
  const { children, said, supervisor } = supervised();
  await children[0]?.end(1);
  expect(said).toEqual(["ready", "Waiting for a change."]);
  supervisor.restart();
  children[1]?.loaded();
  await children[1]?.end(0);
  expect(await supervisor.done).toBe(0);
});

it("the supervisor passes a signal on, starts nothing again, and ends like the child", async () => {
  const { children, supervisor } = supervised();
  supervisor.stop("SIGTERM");
  supervisor.restart();
  expect(children).toHaveLength(1);
  expect(children[0]?.events).toEqual(["go", "SIGTERM"]);
  await children[0]?.end(0);
  expect(await supervisor.done).toBe(0);
});

it("the supervisor ends at once, with the code of the failed start, when nothing runs", async () => {
  const { children, supervisor } = supervised();
  await children[0]?.end(1);
  supervisor.stop("SIGINT");
  expect(await supervisor.done).toBe(1);
});

it("a change during a stop restarts nothing, and the caller knows it", () => {
  const { children, supervisor } = supervised();
  supervisor.stop("SIGINT");
  expect(supervisor.restart()).toBe(false);
  expect(children).toHaveLength(1);
});

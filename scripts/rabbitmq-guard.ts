// The guard of a private node: a small shell that outlives this process, whatever ends it, and then clears up after the node.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { NodeSettings } from "./rabbitmq-settings.ts";

// It reads process groups to watch over, one a line, an empty line for none, until its input ends; which it also does when
// this process dies. epmd refuses to end for a moment after its node has gone.
const script = `
trap "" HUP INT TERM
group=
while read -r line; do group=$line; done
[ -n "$group" ] && kill -KILL "-$group"
for i in 1 2 3 4 5 6 7 8 9 10; do
  answer=$(epmd -port "$2" -kill 2>&1) && break
  case $answer in *connect*) break;; esac
  sleep 0.1
done
for i in 1 2 3 4 5; do
  rm -rf -- "$1" && break
  sleep 0.1
done
`;

export class RabbitMqGuard {
  readonly #shell: ChildProcess;

  constructor(settings: NodeSettings) {
    this.#shell = spawn("/bin/sh", ["-c", script, "rabbitmq-guard", settings.folder, String(settings.epmdPort)], {
      cwd: "/",
      // Its own session: a ctrl-c in the terminal must not reach it.
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
      env: settings.environment,
    });
    this.#shell.on("error", () => {});
    this.#shell.stdin?.on("error", () => {});
    this.#shell.unref();
    // Node's typings do not say that a child's pipe is a socket.
    (this.#shell.stdin as { unref?(): void } | null)?.unref?.();
  }

  /** Names the process group that has to end with this process, or none. */
  watch(group: number | undefined): void {
    this.#shell.stdin?.write(`${group ?? ""}\n`);
  }

  /** Ends what is watched, removes the node's folder, and resolves when that is done. */
  async release(): Promise<void> {
    if (this.#shell.exitCode !== null || this.#shell.signalCode !== null) return;
    this.#shell.ref();
    const gone = once(this.#shell, "exit");
    this.#shell.stdin?.end();
    await gone;
  }
}

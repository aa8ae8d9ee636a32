// One private RabbitMQ node: start it, crash it, start it again, be rid of it.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "amqplib";
import { type RabbitMqAccess, runCtl } from "./rabbitmq-ctl.ts";
import { RabbitMqGuard } from "./rabbitmq-guard.ts";
import type { RabbitMqProgram } from "./rabbitmq-program.ts";
import type { NodeSettings } from "./rabbitmq-settings.ts";

const startTimeoutMs = 90_000;
const stopTimeoutMs = 20_000;

/** A private node. It ends with this process at the latest. */
export class RabbitMqNode {
  readonly host = "127.0.0.1";
  readonly port: number;
  readonly nodeName: string;
  readonly url: string;
  /** Hand it to another process, which can then administer the node with `runCtl`. */
  readonly access: RabbitMqAccess;
  readonly #program: RabbitMqProgram;
  readonly #settings: NodeSettings;
  readonly #guard: RabbitMqGuard;
  #server: ChildProcess | undefined;
  #removed = false;

  /** @internal Use `startRabbitMq`. */
  constructor(program: RabbitMqProgram, settings: NodeSettings) {
    this.#program = program;
    this.#settings = settings;
    this.#guard = new RabbitMqGuard(settings);
    this.port = settings.port;
    this.nodeName = settings.nodeName;
    this.url = `amqp://guest:guest@${this.host}:${settings.port}`;
    this.access = { nodeName: settings.nodeName, ctlProgram: program.ctl, environment: settings.environment };
  }

  /** Runs a rabbitmqctl command, for instance `ctl("list_queues", "name", "--formatter", "json")`. */
  ctl(...parameters: readonly string[]): Promise<string> {
    return runCtl(this.access, ...parameters);
  }

  /** Ends the node and removes its folder; with `keep` the node closes its connections, and can be started again. */
  async stop(options: { readonly keep?: boolean } = {}): Promise<void> {
    if (this.#removed) return;
    if (options.keep) return this.#end("SIGTERM");
    this.#removed = true;
    // Nothing of it will be read again, so it need not be ended gently.
    await this.#end("SIGKILL");
    await this.#guard.release();
  }

  /** Crashes the node: `kill -9` of its Erlang process. */
  kill(): Promise<void> {
    return this.#end("SIGKILL");
  }

  /** Starts the node again with the same folders and ports, after ending it gently where it still runs. */
  async restart(): Promise<void> {
    if (this.#removed)
      throw new Error(`${this.nodeName} was removed by stop(). Use stop({ keep: true }) before restart().`);
    await this.#end("SIGTERM");
    await this.start();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** @internal Resolves once a client can log in; rejects, and removes the node, when that does not happen. */
  async start(): Promise<void> {
    rmSync(this.#settings.pidFile, { force: true });
    const output = openSync(join(this.#settings.folder, "log", "output"), "a");
    const server = spawn(this.#program.server, [], {
      cwd: this.#settings.folder,
      detached: true,
      stdio: ["ignore", output, output],
      env: this.#settings.environment,
    });
    closeSync(output);
    let failure: string | undefined;
    server.once("error", (error) => (failure = error.message));
    server.once("exit", (code, signal) => (failure = `it ended with ${signal ?? `exit code ${code}`}`));
    server.unref();
    this.#server = server;
    this.#guard.watch(server.pid);

    const deadline = Date.now() + startTimeoutMs;
    while (!(await this.#accepts())) {
      if (failure === undefined && Date.now() > deadline) failure = `nobody could log in after ${startTimeoutMs} ms`;
      if (failure !== undefined) {
        // The stop ends the process, which overwrites why the start failed.
        const why = failure;
        const log = this.#log();
        await this.stop();
        throw new Error(`RabbitMQ (${this.#program.server}) did not start on port ${this.port}: ${why}.\n${log}`);
      }
      await sleep(50);
    }
  }

  async #accepts(): Promise<boolean> {
    try {
      const connection = await connect(this.url, { timeout: 5000 });
      connection.on("error", () => {});
      await connection.close();
      return true;
    } catch {
      return false;
    }
  }

  async #end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const server = this.#server;
    if (server?.pid === undefined) return;
    const erlang = this.#pid();
    if (erlang !== undefined) send(erlang, signal);
    // Killed before it wrote its pid file, or not ended by a gentle signal.
    if (erlang === undefined || !(await this.#gone(server, stopTimeoutMs))) send(-server.pid, "SIGKILL");
    await this.#gone(server, stopTimeoutMs);
    this.#server = undefined;
    this.#guard.watch(undefined);
  }

  #pid(): number | undefined {
    if (!existsSync(this.#settings.pidFile)) return undefined;
    const pid = Number.parseInt(readFileSync(this.#settings.pidFile, "utf8"), 10);
    return pid > 1 ? pid : undefined;
  }

  /** Waits until the whole process group has ended: the shell that started Erlang may end before or after it. */
  async #gone(server: ChildProcess, timeoutMs: number): Promise<boolean> {
    const deadline = Date.now() + timeoutMs;
    while (server.pid !== undefined && send(-server.pid, 0)) {
      if (Date.now() > deadline) return false;
      await sleep(20);
    }
    return true;
  }

  /** The end of everything it wrote. */
  #log(): string {
    const folder = join(this.#settings.folder, "log");
    return readdirSync(folder)
      .filter((file) => file === "output" || file.endsWith(".log"))
      .map((file) => readFileSync(join(folder, file), "utf8").slice(-2000))
      .join("\n")
      .trim();
  }
}

/** False when the process does not exist any more. */
function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

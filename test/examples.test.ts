/** The examples, run as a reader would run them: by the command line, against a broker. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import {
  amqpUrl,
  createVirtualHost,
  describeWithBroker,
  isPrivateBroker,
  until,
  type VirtualHost,
} from "./support/broker.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const main = join(root, "dist/cli/main.js");

describeWithBroker("the example", () => {
  const children: ChildProcess[] = [];
  let host: VirtualHost | undefined;
  let url = amqpUrl ?? "";

  beforeAll(async () => {
    if (!existsSync(main)) throw new Error("dist/ is missing: npm run build");
    if (!isPrivateBroker) return;
    host = await createVirtualHost("examples");
    url = host.url;
  });
  afterEach(() => {
    for (const child of children.splice(0)) if (child.exitCode === null) child.kill("SIGKILL");
  });
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
  });

  function start(path: string): Example {
    const example = new Example(path, url);
    children.push(example.child);
    return example;
  }

  it("hello-world greets", async () => {
    const hello = start("examples/hello-world/service/");
    await hello.says("hello, friend");
    expect(await hello.stop(), hello.output).toBe(0);
  });

  it("pubsub hands every paid order to the other service", async () => {
    const services = start("examples/pubsub/");
    await services.says("service started", 2);
    const sender = start("examples/pubsub/sender.ts");
    expect(await sender.ended, sender.output).toBe(0);
    for (const id of [1, 2, 3]) await services.says(`shipping order ${id} (order.${id}.paid)`);
    expect(await services.stop(), services.output).toBe(0);
  });

  it("custom-envelope delivers its letter", async () => {
    const office = start("examples/custom-envelope/app.ts");
    await office.says("post-office writes: see you on Sunday");
    expect(await office.stop(), office.output).toBe(0);
  });
});

class Example {
  readonly child: ChildProcess;
  /** The exit code. */
  readonly ended: Promise<number | null>;
  readonly #path: string;
  #output = "";

  constructor(path: string, url: string) {
    this.#path = path;
    const inherited = Object.entries(process.env).filter(([name]) => !/^(TOMODACHI|VITEST|TSX|NODE_)/.test(name));
    const env = { ...Object.fromEntries(inherited), TOMODACHI_AMQP_URL: url };
    const words = [main, "run", path, "--logger", "json"];
    this.child = spawn(process.execPath, words, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.#output += chunk.toString();
      });
    }
    this.ended = new Promise((resolve) => this.child.on("close", resolve));
  }

  get output(): string {
    return this.#output;
  }

  /** Resolves when so many log lines have this message. */
  async says(message: string, times = 1): Promise<void> {
    const end = `"msg":${JSON.stringify(message)}`;
    await until(
      () => {
        if (this.#output.split(end).length > times) return true;
        if (this.child.exitCode !== null) throw new Error(`${this.#path} ended without "${message}":\n${this.#output}`);
        return false;
      },
      { what: `${this.#path} to say "${message}"`, timeoutMs: 25_000 },
    );
  }

  stop(): Promise<number | null> {
    this.child.kill("SIGTERM");
    return this.ended;
  }
}

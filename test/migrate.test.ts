/** The guides in docs/migrate: their code is that of examples/migrate, and both sides of each run, alone and beside each other. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Channel, type ChannelModel, connect } from "amqplib";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startBroker } from "../src/amqp-broker/broker.ts";
import { amqpUrl, createVirtualHost, describeWithBroker, isPrivateBroker, until } from "./support/broker.ts";
import { startExample } from "./support/example.ts";
import { compileForRival, installRival } from "./support/rivals.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "examples/migrate");

interface Library {
  readonly name: string;
  /** Its npm package, where it is not one of this project's own. */
  readonly package?: string;
  readonly before: string;
  /** How an order reaches the service, and where it says that it was billed. */
  readonly style: "exchange" | "nestjs";
}

const libraries: readonly Library[] = [
  { name: "amqplib", before: "before.ts", style: "exchange" },
  { name: "rascal", package: "rascal", before: "before.mjs", style: "exchange" },
  { name: "golevelup", package: "@golevelup/nestjs-rabbitmq", before: "before.ts", style: "exchange" },
  { name: "nestjs", package: "@nestjs/microservices", before: "before.ts", style: "nestjs" },
];

describe.each(libraries)("the guide for $name", ({ name, before }) => {
  const page = readFileSync(join(root, `docs/migrate/${name}.md`), "utf8");
  const blocks = [...page.matchAll(/^\*\*`([\w.-]+)`\*\*[^\n]*\n\n```\w+\n([\s\S]*?)^```$/gm)];

  it("shows code of its files unchanged, and all that matters of both", () => {
    const shown = new Map<string, string>();
    for (const [, file = "", code = ""] of blocks) {
      const text = readFileSync(join(folder, name, file), "utf8");
      const whole = text.replace(/^ +/gm, "");
      expect(whole, `${file}: ${code}`).toContain(code.replace(/^ +/gm, ""));
      shown.set(file, (shown.get(file) ?? "") + code);
    }
    expect([...shown.keys()].sort()).toEqual(["after.ts", before, "billing.test.ts"].sort());
    for (const words of ["order.placed", "order.billed", "price"])
      for (const file of ["after.ts", before]) expect(shown.get(file)).toContain(words);
  });

  it("has every part that such a guide needs", () => {
    for (const heading of [
      "Concepts",
      "Consume",
      "Publish with confirm",
      "Retry and dead letter",
      "Request and reply",
      "Topology",
      "Testing",
      "What changes",
      "What we do not have",
    ]) {
      expect(page, heading).toContain(`## ${heading}`);
    }
    expect(page).toContain("](queues.md");
  });
});

it("every migration example has a guide", () => {
  expect(readdirSync(folder).sort()).toEqual(libraries.map(({ name }) => name).sort());
});

interface Backend {
  readonly url: string;
  close(): Promise<void>;
}

describeWithBroker("on RabbitMQ, a service moves from", () => {
  runMigrations(async () => {
    if (!isPrivateBroker) return { url: amqpUrl ?? "", close: async () => {} };
    const host = await createVirtualHost("migrate");
    return { url: host.url, close: async () => host[Symbol.asyncDispose]() };
  });
});

describe("on the embedded broker, a service moves from", () => {
  runMigrations(async () => {
    const broker = await startBroker();
    return { url: broker.url, close: () => broker.stop() };
  });
});

function runMigrations(open: () => Promise<Backend>): void {
  for (const library of libraries) {
    describe(library.name, () => {
      let backend: Backend | undefined;
      let shop: Shop | undefined;
      let isThere = false;
      beforeAll(async () => {
        isThere = library.package === undefined || installRival(library.name, library.package);
        backend = await open();
        shop = await Shop.open(backend.url, library.style);
      }, 360_000);
      afterAll(async () => {
        await shop?.close();
        await backend?.close();
      });

      it("to tomodachi, on the same queues, while both run, and back", { timeout: 120_000 }, async ({ skip }) => {
        skip(!isThere);
        await move(library, backend as Backend, shop as Shop);
      });
    });
  }
}

/** The steps of docs/migrate/queues.md. */
async function move({ name, before, package: packageName }: Library, { url }: Backend, shop: Shop): Promise<void> {
  const source = join(folder, name, before);
  const words = packageName === undefined ? ["--import", "tsx", source] : [compileForRival(name, source)];
  const start = () =>
    Program.start(words, { AMQP_URL: url, AMQP_VHOST: decodeURIComponent(new URL(url).pathname.slice(1)) || "/" });

  // 1. The old service alone.
  const old = await start();
  await shop.listen();
  await shop.place([1, 2, 3]);
  await shop.place([4], "gold");
  await shop.billed([1, 2, 3]);
  expect(shop.by(1)).toBe(name);
  await shop.failed("billing.failed", 1);

  // 2. The new one beside it, on the same queue: each order is billed once, by either.
  const service = startExample([`examples/migrate/${name}/after.ts`], { TOMODACHI_AMQP_URL: url });
  await service.says("service started");
  expect(service.output).toContain("billing");
  const both = Array.from({ length: 40 }, (_, at) => 100 + at);
  await shop.place(both);
  await shop.billed(both);
  expect(new Set(both.map((id) => shop.by(id)))).toEqual(new Set([name, "tomodachi"]));

  // 3. The old one stops. What fails now is dead-lettered with its reason.
  await old.stop();
  await shop.place([200, 201]);
  await shop.place([202], "gold");
  await shop.billed([200, 201]);
  expect([shop.by(200), shop.by(201)]).toEqual(["tomodachi", "tomodachi"]);
  await shop.failed("billing.dlq", 1);
  expect(shop.times(both)).toEqual(both.map(() => 1));

  // 4. A return is possible: the old service finds its queues as it left them.
  expect(await service.stop(), service.output).toBe(0);
  const again = await start();
  await shop.place([300]);
  await shop.billed([300]);
  expect(shop.by(300)).toBe(name);
  await again.stop();
}

/** A program of another library, as a process. */
class Program {
  readonly #child: ChildProcess;
  #output = "";

  private constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (chunk: string) => {
        this.#output += chunk;
      });
    }
  }

  static async start(words: readonly string[], variables: Readonly<Record<string, string>>): Promise<Program> {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(TOMODACHI|VITEST|NODE_)/.test(name));
    const env = { ...Object.fromEntries(inherited), ...variables };
    const child = spawn(process.execPath, words, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    const program = new Program(child);
    await until(
      () => {
        if (child.exitCode !== null) throw new Error(`${words.join(" ")} ended:\n${program.#output}`);
        return program.#output.includes("ready");
      },
      { what: `${words.join(" ")} to be ready`, timeoutMs: 40_000 },
    );
    return program;
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
  }
}

/** Places orders and sees what is billed. */
class Shop {
  readonly #connection: ChannelModel;
  readonly #channel: Channel;
  readonly #style: Library["style"];
  readonly #billed = new Map<number, string[]>();

  private constructor(connection: ChannelModel, channel: Channel, style: Library["style"]) {
    this.#connection = connection;
    this.#channel = channel;
    this.#style = style;
  }

  static async open(url: string, style: Library["style"]): Promise<Shop> {
    const connection = await connect(url);
    return new Shop(connection, await connection.createChannel(), style);
  }

  /** When the queues exist. */
  async listen(): Promise<void> {
    const isNest = this.#style === "nestjs";
    const { queue } = isNest ? { queue: "billed" } : await this.#channel.assertQueue("", { exclusive: true });
    if (!isNest) await this.#channel.bindQueue(queue, "shop", "order.billed");
    await this.#channel.consume(queue, (message) => {
      if (!message) return;
      this.#channel.ack(message);
      const body = JSON.parse(message.content.toString()) as Billed & { readonly data?: Billed };
      const { id, by } = body.data ?? body;
      this.#billed.set(id, [...(this.#billed.get(id) ?? []), by]);
    });
  }

  async place(ids: readonly number[], article = "bread"): Promise<void> {
    for (const id of ids) {
      const order = { id, article };
      const options = { persistent: true, contentType: "application/json" };
      if (this.#style === "nestjs") {
        const body = Buffer.from(JSON.stringify({ pattern: "order.placed", data: order }));
        this.#channel.sendToQueue("billing", body, options);
      } else this.#channel.publish("shop", "order.placed", Buffer.from(JSON.stringify(order)), options);
    }
  }

  async billed(ids: readonly number[]): Promise<void> {
    await until(() => ids.every((id) => this.#billed.has(id)), {
      what: `${ids.join(", ")} to be billed`,
      timeoutMs: 30_000,
    });
  }

  by(id: number): string | undefined {
    return this.#billed.get(id)?.[0];
  }

  times(ids: readonly number[]): readonly number[] {
    return ids.map((id) => this.#billed.get(id)?.length ?? 0);
  }

  async failed(queue: string, count: number): Promise<void> {
    await until(async () => (await this.#channel.checkQueue(queue)).messageCount >= count, {
      what: `${count} messages in ${queue}`,
      timeoutMs: 30_000,
    });
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}

interface Billed {
  readonly id: number;
  readonly by: string;
}

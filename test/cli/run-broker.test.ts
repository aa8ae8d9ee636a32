/** `tomodachi run` and the embedded broker, as processes: when it is started, joined, taken over and left alone. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { peekListener } from "../../src/cli/run/peek-listener.ts";
import { amqpUrl, describeWithPrivateBroker, until } from "../support/broker.ts";
import { freePort } from "./free-port.ts";
import { type Started, type StartSettings, TemporaryProject } from "./temporary-project.ts";

/** Counts on its own topic, four times a second, and says what arrives. */
const counter = `import { amqp, amqpPublish, Service } from "tomodachi";
export class Counter extends Service {
  name = process.env.COUNTER;
  options = { amqp: JSON.parse(process.env.AMQP ?? "{}") };
  #count = 0;
  startedService() { this.#timer = setInterval(() => this.#send(), 250); }
  stoppingService() { clearInterval(this.#timer); }
  #timer;
  #send() {
    return amqpPublish(this, this.name + " " + ++this.#count, { routingKey: "count." + this.name, wait: false });
  }
  @amqp("count.*")
  async counted(message) { console.log("counted by", this.name + ":", message); }
}
`;
/** Has no handler: it publishes on request. */
const sender = `import { amqpPublish, exit, Service } from "tomodachi";
export class Sender extends Service {
  name = "sender";
  async startedService() {
    if (process.env.SENDS) await amqpPublish(this, "hello", { routingKey: "nobody.listens" });
    console.log("sender is done");
  }
}
`;
const startedHere = "in memory, for development: other services find it there";
const joined = "which runs in another process";
const brief = { AMQP: '{ "connectTimeoutSeconds": 0.3 }' };

let made: TemporaryProject;
const running: Started[] = [];

beforeAll(() => {
  made = new TemporaryProject({ "package.json": '{ "type": "module" }', "counter.ts": counter, "sender.ts": sender });
});
afterEach(async () => {
  for (const { child } of running) if (child.exitCode === null) child.kill("SIGKILL");
  await Promise.all(running.splice(0).map(({ ended }) => ended));
});
afterAll(() => made.remove());

function start(words: string, port: number, environment: StartSettings["environment"] = {}): Started {
  const variables = { COUNTER: "counter", TOMODACHI_BROKER_PORT: String(port), ...environment };
  const started = made.start(["run", ...words.split(" ")], { environment: variables });
  running.push(started);
  return started;
}

async function end({ child, ended }: Started, signal: NodeJS.Signals = "SIGINT"): Promise<number | null> {
  child.kill(signal);
  return (await ended).code;
}

async function productOn(port: number): Promise<string | undefined> {
  const found = await peekListener("127.0.0.1", port);
  found?.leave();
  return found && (found.product ?? "no broker");
}

describe("a run without a broker", () => {
  it("starts one, reports it in one line, and stops it at its own end", async () => {
    const port = await freePort();
    const run = start("counter.ts --broker auto", port);
    await run.seen("counted by counter: counter 3");
    expect(await productOn(port)).toBe("tomodachi embedded broker");
    expect(await end(run)).toBe(0);
    expect(await productOn(port)).toBeUndefined();
    const { stdout } = await run.ended;
    expect(stdout.match(/embedded broker on/g)).toHaveLength(1);
    expect(stdout).toContain(`  embedded broker on 127.0.0.1:${port}, ${startedHere}\n`);
    expect(stdout).toMatch(new RegExp(`counter on amqp://guest@127.0.0.1:${port}/ \\(embedded broker \\d`));
  });

  it("reports it as a log line if the log is JSON", async () => {
    const run = start("counter.ts --broker auto --logger json", await freePort());
    await run.seen("counted by counter: counter 1");
    await end(run);
    const { stdout, stderr } = await run.ended;
    expect(stderr).toContain(startedHere);
    expect(stdout).not.toContain(startedHere);
  });

  it("joins the broker of another process, and each gets the messages of both", async () => {
    const port = await freePort();
    const first = start("counter.ts --broker auto", port, { COUNTER: "first" });
    await first.seen(startedHere);
    const second = start("counter.ts --broker auto", port, { COUNTER: "second" });
    await second.seen(joined);
    await Promise.all([first.seen("counted by first: second 2"), second.seen("counted by second: first")]);
    expect(await end(second)).toBe(0);
    expect(await end(first)).toBe(0);
  });

  it("has exactly one broker when several start at once", async () => {
    const port = await freePort();
    const names = ["one", "two", "three"];
    const runs = names.map((name) => start("counter.ts --broker auto", port, { COUNTER: name }));
    await Promise.all(runs.flatMap((run, at) => names.map((other) => run.seen(`counted by ${names[at]}: ${other}`))));
    await Promise.all(runs.map((run) => end(run)));
    const outputs = await Promise.all(runs.map(({ ended }) => ended));
    expect(outputs.filter(({ stdout }) => stdout.includes(startedHere))).toHaveLength(1);
    expect(outputs.filter(({ stdout }) => stdout.includes(joined))).toHaveLength(2);
  });
});

describe("the end of the process with the broker", () => {
  it.each(["SIGINT", "SIGKILL"] as const)(
    "by %s makes another process take over, and its services continue",
    async (signal) => {
      const port = await freePort();
      const first = start("counter.ts --broker auto", port, { COUNTER: "first" });
      await first.seen(startedHere);
      const others = ["second", "third"].map((name) => start("counter.ts --broker auto", port, { COUNTER: name }));
      await Promise.all(others.map((other) => other.seen("Ready.")));
      await end(first, signal);
      await until(async () => (await productOn(port)) === "tomodachi embedded broker", {
        what: "a broker on the port",
      });
      // What was published after the change reaches both: they share one broker again.
      const last = start("counter.ts --broker auto", port, { COUNTER: "fourth" });
      await last.seen("counted by fourth: fourth 1");
      await Promise.all(others.map((other, at) => other.seen(`counted by ${["second", "third"][at]}: fourth`)));
      // Before any of them ends: the next end makes the next one take over.
      expect(others.filter((other) => other.written().includes("this process runs the broker now"))).toHaveLength(1);
      const codes = await Promise.all([...others, last].map((other) => end(other)));
      expect(codes).toEqual([0, 0, 0]);
    },
  );
});

describe("a run with a named broker or without a terminal", () => {
  it("starts none without a terminal, and reports it at once and again in the error", async () => {
    const port = await freePort();
    const { code, stderr } = await start("counter.ts", port, brief).ended;
    const why = "standard input is not a terminal (--broker auto starts it anyway)";
    expect(stderr).toContain(`Nothing listens on 127.0.0.1:${port}, and no embedded broker is started: ${why}`);
    expect(stderr).toMatch(new RegExp(`Unable to connect \\[amqp\\] to 127\\.0\\.0\\.1:${port} `));
    expect(stderr).toContain(`No embedded broker was started, because ${why}.`);
    expect(code).toBe(1);
  });

  const inVariable = (url: string) => ({ ...brief, TOMODACHI_AMQP_URL: url });
  const inOptions = (url: string) => ({ AMQP: JSON.stringify({ url, connectTimeoutSeconds: 0.3 }) });
  it.each([
    ["a URL in the environment", "", inVariable, "TOMODACHI_AMQP_URL names a broker"],
    ["a URL in a service", "", inOptions, 'options.amqp.url of the service "counter" names a broker'],
    ["--production", "--production", inVariable, "--production is on"],
  ])("starts none with %s, and the error says so", async (_what, word, environment, clause) => {
    const [port, named] = await Promise.all([freePort(), freePort()]);
    const words = `counter.ts --broker auto ${word}`.trim();
    const { code, stdout, stderr } = await start(words, port, environment(`amqp://127.0.0.1:${named}`)).ended;
    expect(stderr).toContain("Unable to connect [amqp]");
    // JSON escapes quotes.
    expect(stderr.replaceAll('\\"', '"')).toContain(`No embedded broker was started, because ${clause}.`);
    expect(stdout).not.toContain("embedded broker");
    expect(code).toBe(1);
  });

  it("uses the broker of --broker, whatever the service and the variables set", async () => {
    const [port, named] = await Promise.all([freePort(), freePort()]);
    const holder = start("counter.ts --broker auto", port, { COUNTER: "holder" });
    await holder.seen(startedHere);
    const elsewhere = { url: `amqp://somebody:else@127.0.0.1:${named}/elsewhere` };
    const run = start(`counter.ts --broker amqp://guest:guest@127.0.0.1:${port}/%2F`, named, {
      AMQP: JSON.stringify(elsewhere),
      TOMODACHI_AMQP_URL: `amqp://127.0.0.1:${named}`,
      TOMODACHI_AMQP_USERNAME: "nobody",
    });
    await run.seen("counted by counter: holder");
    expect(await end(run)).toBe(0);
  });

  it("uses the embedded broker with --broker embedded, whatever the service and the variables set", async () => {
    const [port, named] = await Promise.all([freePort(), freePort()]);
    const elsewhere = { host: "127.0.0.1", port: named, username: "somebody", vhost: "elsewhere" };
    const run = start("counter.ts --broker embedded", port, {
      AMQP: JSON.stringify(elsewhere),
      TOMODACHI_AMQP_HOST: "nowhere.invalid",
      TOMODACHI_AMQP_PASSWORD: "wrong",
    });
    await run.seen("counted by counter: counter 1");
    expect(await productOn(port)).toBe("tomodachi embedded broker");
    expect(await end(run)).toBe(0);
  });
});

describe("a service without handlers", () => {
  it("starts no broker as long as it publishes nothing", async () => {
    const port = await freePort();
    const run = start("sender.ts --broker auto", port);
    await run.seen("Ready.");
    expect(await productOn(port)).toBeUndefined();
    expect(await end(run)).toBe(0);
    expect((await run.ended).stdout).not.toContain("embedded broker");
  });

  it("starts one with its first publish", async () => {
    const port = await freePort();
    const run = start("sender.ts --broker auto", port, { SENDS: "1" });
    await run.seen("sender is done");
    expect(await productOn(port)).toBe("tomodachi embedded broker");
    expect(await end(run)).toBe(0);
    expect((await run.ended).stdout).toContain(startedHere);
  });
});

describeWithPrivateBroker("RabbitMQ on the port", () => {
  const port = Number(new URL(amqpUrl ?? "amqp://none:1").port);

  it("is used by --broker auto, and nothing is started", async () => {
    const run = start("counter.ts --broker auto", port);
    await run.seen("counted by counter: counter 1");
    expect(await end(run)).toBe(0);
    const { stdout } = await run.ended;
    expect(stdout).toContain("(RabbitMQ ");
    expect(stdout).not.toContain("embedded broker");
  });

  it("blocks --broker embedded, and the error names it", async () => {
    const { code, stderr } = await start("counter.ts --broker embedded", port).ended;
    expect(stderr).toMatch(new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port}: RabbitMQ \\d\\S+ listens there`));
    expect(code).toBe(1);
  });
});

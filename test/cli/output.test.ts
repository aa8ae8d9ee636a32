// What programs and pipes get of every command: JSON alone on standard output, errors on standard error, no colours, no broken pipe.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Broker, startBroker } from "../../src/amqp-broker/broker.ts";
import { connectForeign, until } from "../support/broker.ts";
import { GuideShell } from "./guide-shell.ts";
import { TemporaryProject } from "./temporary-project.ts";

const project = new TemporaryProject({
  "package.json": '{ "type": "module" }',
  "service/service.ts": `import { amqp, defineService, on, schedule } from "tomodachi";
export default defineService({
  name: "shop",
  options: { amqp: { connections: { events: { host: "127.0.0.1", port: 1 } } } },
  handlers: {
    onPaid: on(amqp("order.*.paid", { queueName: "paid" }), () => { throw new TypeError("too late"); }),
    bill: on(schedule({ cron: "0 3 * * *" }), () => {}),
  },
});`,
});

let broker: Broker;
let shell: GuideShell;
const environment = (): Record<string, string> => ({ TOMODACHI_AMQP_URL: broker.url });
const run = (words: string, more: Readonly<Record<string, string>> = {}) =>
  project.run(words.split(" "), { environment: { ...environment(), ...more } });

beforeAll(async () => {
  broker = await startBroker();
  shell = new GuideShell({ folder: project.folder, environment: environment(), addresses: {} });
  const running = shell.start("tomodachi run service/");
  await running.seen("Ready.");
  await shell.run("tomodachi publish order.1.paid x");
  await shell.run("tomodachi publish order.2.paid y");
  await using foreign = await connectForeign(broker.url);
  await until(async () => (await foreign.queueInfo("paid.dlq"))?.messageCount === 2, { what: "two dead letters" });
  running.interrupt();
  await running.ended;
}, 60_000);
afterAll(async () => {
  await broker.stop();
  project.remove();
});

/** Commands with `--json`, by how they write it. */
const documents = [
  "describe service/",
  "config service/",
  "doctor service/",
  "trace order.1.paid service/",
  "topology service/",
  "migrate from-python service/",
];
const lines = [
  "dlq list service/",
  "dlq show service/",
  "dlq replay service/ --dry-run",
  "schedule list service/",
  "publish nobody.listens x",
];

const escapeCode = "\u001b";

describe("--json", () => {
  it.each(documents)("is one document: %s", { timeout: 60_000 }, async (words) => {
    const { stdout, stderr } = await run(`${words} --json`, { FORCE_COLOR: "1", NO_COLOR: "" });
    expect(stderr).toBe("");
    expect(stdout).not.toContain(escapeCode);
    expect(JSON.parse(stdout)).toBeTypeOf("object");
  });

  it.each(lines)("is one line for each item: %s", { timeout: 60_000 }, async (words) => {
    const { stdout, stderr } = await run(`${words} --json`, { FORCE_COLOR: "1", NO_COLOR: "" });
    expect(stderr).toBe("");
    expect(stdout).not.toContain(escapeCode);
    const parsed = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    expect(parsed.length).toBeGreaterThan(0);
    for (const one of parsed) expect(one).toBeTypeOf("object");
  });

  it("of topology equals --format json, and allows no other format", async () => {
    const [short, long] = [await run("topology service/ --json"), await run("topology service/ --format json")];
    expect(short.stdout).toBe(long.stdout);
    expect(await run("topology service/ --json --format table")).toMatchObject({ code: 2, stdout: "" });
  });

  it("of migrate shows what exists on the broker", async () => {
    const { stdout } = await run(`migrate from-python service/ --json --broker ${broker.url}`);
    const { services } = JSON.parse(stdout) as { services: { subscriptions: { queues: { broker: unknown }[] }[] }[] };
    const queues = services.flatMap(({ subscriptions }) => subscriptions.flatMap(({ queues: own }) => own));
    expect(queues.length).toBeGreaterThan(0);
    for (const { broker: state } of queues) expect(state === null || typeof state === "object").toBe(true);
    expect(stdout).not.toContain("guest:guest");
  });
});

describe("an error", () => {
  it.each([...documents, ...lines.slice(0, 4)])(
    "is written only to standard error, with exit code 1: %s",
    { timeout: 60_000 },
    async (words) => {
      const { code, stdout, stderr } = await run(`${words.replace("service/", "servce/")} --json`);
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toContain('Did you mean "service/"?');
      expect(stderr).not.toContain(escapeCode);
    },
  );

  it.each([
    "publish order.1.paid x --service service/ --connection evnts",
    "tail # --service service/ --connection evnts",
  ])("suggests the similar connection: %s", { timeout: 60_000 }, async (words) => {
    const { code, stdout, stderr } = await run(words);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain('None of these services has a --connection "evnts". Did you mean "events"?');
  });

  it("suggests the similar queue and reason", { timeout: 60_000 }, async () => {
    const queue = await run("dlq list service/ --queue piad");
    expect([queue.code, queue.stdout]).toEqual([1, ""]);
    expect(queue.stderr).toContain('matches --queue "piad". Did you mean "paid"?');
    const reason = await run("dlq list service/ --reason handler-eror");
    expect([reason.code, reason.stdout]).toEqual([2, ""]);
    expect(reason.stderr).toContain("Did you mean `--reason handler-error`?");
  });
});

describe("colours", () => {
  it("are written on request, and never with NO_COLOR", { timeout: 60_000 }, async () => {
    const asked = await run("dlq list service/", { FORCE_COLOR: "1", NO_COLOR: "" });
    expect(asked.stdout).toContain(escapeCode);
    const off = await run("dlq list service/", { FORCE_COLOR: "1", NO_COLOR: "1" });
    expect(off.stdout + off.stderr).not.toContain(escapeCode);
  });
});

describe("a reader that closes the pipe", () => {
  it.each([...documents, "dlq show service/", "--help", "completion bash", "topology service/ --format terraform"])(
    "is no error: %s",
    { timeout: 60_000 },
    async (words) => {
      const { stdout, stderr } = await shell.run(`(tomodachi ${words}; echo "code $?" >&2) | head -n 1`);
      expect(stdout.split("\n")).toHaveLength(2);
      expect(stderr).toMatch(/^code [01]\n$/);
    },
  );

  it("ends a tail", { timeout: 60_000 }, async () => {
    const tail = shell.start("tomodachi tail 'pipe.#' | head -n 1");
    await tail.seen("Listening on");
    await shell.run("tomodachi publish pipe.1 x --count 300");
    const { code, stdout } = await tail.ended;
    expect([code, stdout.split("\n").length]).toEqual([0, 2]);
  });
});

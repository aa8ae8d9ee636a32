// `tomodachi record`: messages of a broker become a file of tests, and that file passes.
import { spawnSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { packageFolder, type Started, TemporaryProject } from "../cli/temporary-project.ts";
import { amqpUrl, connectForeign, describeWithBroker, uniqueName, until } from "../support/broker.ts";

// Each test starts a service, the command, and vitest.
vi.setConfig({ testTimeout: 120_000 });

function service(prefix: string): string {
  return `import { amqp, defineService, event, JsonBase, on } from "tomodachi";
import { z } from "zod";

const orderPaid = event("order.{id}.paid", { schema: z.object({ total: z.number() }).loose() });
const options = { amqp: { queueNamePrefix: "${prefix}", routingKeyPrefix: "${prefix}", retry: { delays: ["50ms"], quick: 1 } } };

export const orders = defineService({
  name: "orders",
  messageEnvelope: JsonBase,
  options,
  handlers: {
    onPaid: on(amqp(orderPaid, { queueName: "orders" }), async (order) => {
      if (order.total === 99) throw new Error("the bank does not answer");
    }),
  },
});
export const audit = defineService({
  name: "audit",
  messageEnvelope: JsonBase,
  options,
  handlers: { onAny: on(amqp("order.#", { queueName: "audit", retry: false }), async () => {}) },
});
`;
}

const redact = `export default (message) => {
  if (message.data.total === 7) return undefined;
  return { ...message, data: { ...message.data, name: "Someone" } };
};
`;

describeWithBroker("tomodachi record", () => {
  const running: Started[] = [];
  const projects: TemporaryProject[] = [];
  afterEach(async () => {
    for (const { child, ended } of running.splice(0)) {
      child.kill("SIGTERM");
      await ended;
    }
    for (const project of projects.splice(0)) project.remove();
  });

  async function runningProject(): Promise<{ readonly project: TemporaryProject; readonly prefix: string }> {
    const prefix = `${uniqueName("record")}.`;
    const files = { "package.json": '{ "type": "module" }', "service.ts": service(prefix), "redact.ts": redact };
    const project = new TemporaryProject(files);
    projects.push(project);
    for (const name of ["vitest", "zod"]) {
      symlinkSync(join(packageFolder, "node_modules", name), join(project.folder, "node_modules", name), "junction");
    }
    const started = project.start(["run", "service.ts", "--broker", String(amqpUrl)]);
    running.push(started);
    await started.seen("Ready.");
    return { project, prefix };
  }

  async function publish(prefix: string, id: string, data: unknown): Promise<void> {
    await using foreign = await connectForeign();
    const metadata = {
      message_uuid: `${prefix}${id}`,
      protocol_version: "tomodachi-json-base--1.0.0",
      data_encoding: "raw",
    };
    const body = JSON.stringify({ service: { name: "shop", uuid: "1" }, metadata, data });
    await foreign.publish("amq.topic", `${prefix}order.${id}.paid`, Buffer.from(body));
  }

  function play(project: TemporaryProject, file: string): void {
    const vitest = join(packageFolder, "node_modules/vitest/vitest.mjs");
    const played = spawnSync(process.execPath, [vitest, "run", "--root", project.folder, file], {
      encoding: "utf8",
      timeout: 60_000,
    });
    expect(played.stdout + played.stderr).toContain("1 passed");
    expect(played.status).toBe(0);
  }

  it("writes dead letters, with the retries before them, and leaves them in their queue", async () => {
    const { project, prefix } = await runningProject();
    await publish(prefix, "1", { total: 99, name: "Ann", password: "hunter2" });
    await publish(prefix, "2", { total: "many", name: "Bob", apiToken: "hunter3" });
    const words = ["record", "service.ts", "--dead-letters", "-q", "orders", "--broker", String(amqpUrl)];
    const left = async (): Promise<number> => {
      await using foreign = await connectForeign();
      return (await foreign.queueInfo(`${prefix}orders.dlq`))?.messageCount ?? 0;
    };
    await until(async () => (await left()) === 2, { what: "both dead letters" });

    const ended = await project.run([...words, "--redact", "./redact.ts"]);
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stderr).toContain("2 messages in test/recorded.test.ts");
    expect(await left()).toBe(2);
    const file = project.read("test/recorded.test.ts");
    expect(file).not.toMatch(/hunter|Ann|Bob/);
    expect(file).toContain('import { orders } from "../service.ts";');
    expect(file).toContain('reason: "schema"');
    expect(file.match(/outcome: "retry"/g)).toHaveLength(2);
    play(project, "test/recorded.test.ts");

    const again = await project.run(words);
    expect(again).toMatchObject({ code: 2 });
    expect(again.stderr).toContain("test/recorded.test.ts exists already");
  });

  it("writes passing messages for all handlers that accept them, except those that the function omits", async () => {
    const { project, prefix } = await runningProject();
    const words = ["record", "service.ts", "--pattern", "order.*.paid", "--count", "3", "--redact", "./redact.ts"];
    const recording = project.start([...words, "--broker", String(amqpUrl), "-o", "test/passing.test.ts"]);
    await recording.seen("Recording up to 3 messages");
    for (const [id, total] of [
      ["1", 5],
      ["2", 7],
      ["3", 8],
    ] as const)
      await publish(prefix, id, { total, name: "Ann" });
    const ended = await recording.ended;
    expect(ended.stderr).toContain("2 messages in test/passing.test.ts");
    expect(ended.stderr).toContain("Left out: ");
    expect(ended.code).toBe(0);
    const file = project.read("test/passing.test.ts");
    expect(file.match(/app\.publish/g)).toHaveLength(2);
    expect(file.match(/"onAny"/g)).toHaveLength(2);
    expect(file.match(/"onPaid"/g)).toHaveLength(2);
    play(project, "test/passing.test.ts");
  });

  it("reports what is missing, and writes nothing", async () => {
    const { project } = await runningProject();
    const broker = ["--broker", String(amqpUrl)];
    const nothing = await project.run(["record", "service.ts", "--dead-letters", ...broker]);
    expect(nothing).toMatchObject({ code: 1, stdout: "" });
    expect(nothing.stderr).toContain("There is no such message in these queues.");
    const unknown = await project.run(["record", "service.ts", "-q", "orderz", ...broker]);
    expect(unknown.stderr).toContain('These services have no queue "orderz"');
    const noFile = await project.run(["record", "service.ts", "--dead-letters", "--redact", "./none.ts", ...broker]);
    expect(noFile).toMatchObject({ code: 2 });
    expect(noFile.stderr).toContain('There is no file "./none.ts"');
    expect(await project.run(["record"])).toMatchObject({ code: 2 });
  });
});

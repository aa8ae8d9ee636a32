// Messages that were chosen in the console become a test, and that test passes.
import { spawnSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { MessagesView } from "../../src/console/view/live-view.ts";
import type { PlanView } from "../../src/console/view/plan-view.ts";
import { freePort } from "../cli/free-port.ts";
import { packageFolder, TemporaryProject } from "../cli/temporary-project.ts";
import { ask, StreamReader, token } from "./console-support.ts";

const service = `import { amqp, defineService, JsonBase, on } from "tomodachi";

const failed = new Set();

export const orders = defineService({
  name: "orders",
  messageEnvelope: JsonBase,
  options: { amqp: { retry: { delays: ["200ms"] } } },
  handlers: {
    onPaid: on(amqp("order.*.paid", { queueName: "orders" }), async (order) => {
      if (order.total === 13 && !failed.has(order.id)) {
        failed.add(order.id);
        throw new Error("the bank does not answer");
      }
      if (order.total === 99) throw new Error("never");
    }),
  },
});
`;

const project = new TemporaryProject({ "package.json": '{ "type": "module" }', "service.ts": service });
afterAll(() => project.remove());

interface Made {
  readonly file: string;
  readonly messages: number;
  readonly left: readonly string[];
}

it("a test plays recorded messages on the embedded broker, with their retries and without secrets", async () => {
  const environment = { TOMODACHI_CONSOLE_TOKEN: token, TOMODACHI_BROKER_PORT: String(await freePort()) };
  const words = ["run", "service.ts", "--console-port", "0", "--broker", "embedded"];
  const started = project.start(words, { environment });
  await started.seen("Console:");
  const [, address = ""] = /Console: (\S+)/.exec(started.written()) ?? [];
  const { origin } = new URL(address);
  const stream = await StreamReader.open(origin);
  const { subscriptions } = await stream.until<PlanView>("plan", () => true);
  for (const [id, total] of [
    ["1", 5],
    ["2", 13],
    ["3", 99],
  ] as const) {
    const data = { id, total, password: "hunter2", note: "a </script> and a ${note}" };
    const form = { subscription: subscriptions[0]?.id, parameters: {}, headers: { tenant: "acme" } };
    await ask(origin, "/api/publish", { ...form, routingKey: `order.${id}.paid`, data });
  }
  const rows: MessagesView["rows"][number][] = [];
  await stream.until<MessagesView>("messages", (view) => {
    rows.push(...view.rows.filter((row) => !rows.some(({ number }) => number === row.number)));
    const ended = rows.filter(({ outcome }) => outcome === "acknowledge" || outcome === "dead-letter");
    return ended.length === 3;
  });
  const made = await ask<Made>(origin, "/api/record", { numbers: rows.map(({ number }) => number) });
  await stream[Symbol.asyncDispose]();
  started.child.kill("SIGTERM");
  await started.ended;

  expect(made).toMatchObject({ messages: 3, left: [] });
  expect(made.file).not.toContain("hunter2");
  expect(made.file).toContain('import { orders } from "../service.ts";');
  project.write({ "test/recorded.test.ts": made.file });
  symlinkSync(join(packageFolder, "node_modules/vitest"), join(project.folder, "node_modules/vitest"), "junction");
  const vitest = join(packageFolder, "node_modules/vitest/vitest.mjs");
  const played = spawnSync(process.execPath, [vitest, "run", "--root", project.folder], {
    encoding: "utf8",
    timeout: 50_000,
  });
  expect(played.stdout + played.stderr).toContain("1 passed");
  expect(played.status).toBe(0);
});

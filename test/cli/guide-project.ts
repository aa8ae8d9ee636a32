/** The project in which the lines of the guides are typed, and what types them. */
import { spawnSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { type GuideShell, linesOf } from "./guide-shell.ts";
import { packageFolder, TemporaryProject } from "./temporary-project.ts";

/** A Standard Schema without a library: the total must be a number. */
const schema = `{ "~standard": { version: 1, vendor: "test", validate: (value) =>
  typeof value?.total === "number" ? { value } : { issues: [{ message: "must be a number", path: ["total"] }] } } }`;

/** The orders of the guides. What a handler throws is what its dead letters are about. */
const orders = `import { amqp, defineService, event, JsonBase, on, schedule } from "tomodachi";
const paid = event("order.{id}.paid", { schema: ${schema} });
export default defineService({
  name: "orders",
  messageEnvelope: JsonBase,
  options: { amqp: { prefetch: 50 } },
  handlers: {
    onPaid: on(amqp(paid, { queueName: "orders-paid" }), ({ total }) => {
      if (total === 1) throw Object.assign(new Error("connect ECONNREFUSED 10.0.0.7:5432"), { code: "ECONNREFUSED" });
      if (total === 2) throw new TypeError("Cannot read properties of undefined (reading 'id')");
    }),
    bill: on(schedule({ cron: "0 3 * * *" }), () => {}),
  },
});
`;
const plain = (name: string, key: string): string => `import { amqp, defineService, on } from "tomodachi";
export default defineService({ name: "${name}", handlers: { on: on(amqp("${key}"), () => {}) } });
`;
/** What the guide of the trace is about. */
const traced = `import { amqp, defineService, on } from "tomodachi";
export default defineService({
  name: "orders",
  options: { amqp: { exchangeName: "shop", routingKeyPrefix: "prod." } },
  handlers: {
    onPaid: on(amqp("order.*.paid", { queueName: "orders-paid" }), () => {}),
    onSent: on(amqp("order.*.sent", { queueName: "orders-sent" }), () => {}),
  },
});
`;

/** A project with everything that the guides name. */
export function guideProject(): TemporaryProject {
  const made = new TemporaryProject({
    "package.json": '{ "type": "module" }',
    "service/service.ts": orders,
    "dist/service/service.js": plain("built", "built.#"),
    "orders.ts": plain("plain-orders", "order.*.paid"),
    "shipping.ts": plain("shipping", "order.*.sent"),
    "order.json": '{ "total": 5 }',
    "orders.json": '[{ "total": 5 }, { "total": 6 }]',
    "traced/service/service.ts": traced,
  });
  symlinkSync(join(packageFolder, "examples"), join(made.folder, "examples"));
  return made;
}

export const hasJq = spawnSync("/bin/sh", ["-c", "jq --version"]).status === 0;

/** What a line of a guide does here: its exit code, and something that it writes. */
export type Outcome = readonly [code: number, written: string];

/** Types every line of a guide in order, except those that a test of this file types itself. */
export async function typeAll(
  shell: GuideShell,
  guide: string,
  outcomes: Readonly<Record<string, Outcome | "elsewhere">>,
  /** Done before a line is typed. */
  before: Readonly<Record<string, () => Promise<void>>> = {},
): Promise<void> {
  const lines = linesOf(guide);
  expect(Object.keys(outcomes).filter((line) => !lines.includes(line))).toEqual([]);
  for (const line of lines) {
    const outcome = outcomes[line];
    if (outcome === undefined) throw new Error(`docs/guides/${guide} shows "${line}": say here what it does.`);
    if (outcome === "elsewhere" || (line.includes("jq") && !hasJq)) continue;
    const [code, written] = outcome;
    await before[line]?.();
    const ended = await shell.run(line);
    expect({ line, code: ended.code, stderr: ended.stderr }).toMatchObject({ line, code });
    expect(ended.stdout + ended.stderr, line).toContain(written);
  }
}

/** Types a line that runs until Ctrl+C. */
export async function typeUntil(
  shell: GuideShell,
  line: string,
  text: string,
  act: () => Promise<void> = async () => {},
): Promise<string> {
  const running = shell.start(line);
  await running.seen(text);
  await act();
  running.interrupt();
  const { code, stdout, stderr } = await running.ended;
  expect({ line, code, stderr }).toMatchObject({ line, code: 0 });
  return stdout;
}

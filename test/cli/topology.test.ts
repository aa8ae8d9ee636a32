// `tomodachi topology` as it is typed: services in several files, several brokers and virtual hosts, names that need quotes.
import { execFileSync } from "node:child_process";
import { afterAll, describe, expect, it } from "vitest";
import { TemporaryProject } from "./temporary-project.ts";

const project = new TemporaryProject({
  "package.json": '{ "type": "module" }',
  "bridge.ts": `import { amqp, defineService, on } from "tomodachi";
export default defineService({
  name: "bridge",
  options: { amqp: { url: "amqp://me:secret@one/shop", connections: {
    legacy: { url: "amqp://me:secret@two/shop" }, audit: { url: "amqp://me:secret@one/audit" },
    outside: { host: "three" },
  } } },
  handlers: {
    onNew: on(amqp("order.paid", { queueName: "new" }), () => {}),
    onOld: on(amqp("order.paid", { queueName: "old", connection: "legacy" }), () => {}),
    onAudit: on(amqp("order.paid", { queueName: "audited", connection: "audit" }), () => {}),
  },
});
`,
  "shop.ts": `import { amqp, defineService, on } from "tomodachi";
export default defineService({
  name: "shop",
  options: { amqp: { url: "amqp://me:secret@one/shop", exchangeName: "it's \${a} %{b} \\"shop\\"" } },
  handlers: { on: on(amqp("a.*.#", { queueName: "q'\`$(touch pwned)\\\\" }), () => {}) },
});
`,
});
afterAll(() => project.remove());

const topology = (...words: readonly string[]) => project.run(["topology", ...words]);

interface Definitions {
  readonly vhosts: readonly { readonly name: string }[];
  readonly exchanges: readonly { readonly name: string }[];
  readonly queues: readonly { readonly name: string; readonly vhost: string }[];
}

describe("tomodachi topology", () => {
  it("prints a table of every broker and virtual host, without a password", async () => {
    const { code, stdout } = await topology("bridge.ts", "shop.ts");
    expect(code).toBe(0);
    expect(stdout).toContain("bridge, shop on amqp://me@one:5672/shop");
    expect(stdout).toContain("bridge on amqp://me@two:5672/shop");
    expect(stdout).toContain("bridge on amqp://me@one:5672/audit");
    expect(stdout).not.toMatch(/secret|three/);
  });

  it.each(["json", "commands", "terraform"])("refuses to mix brokers in one file: %s", async (format) => {
    const { code, stdout, stderr } = await topology("bridge.ts", "--format", format);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(`These services have 2 brokers (one:5672; two:5672), and --format ${format} is for one.`);
    expect(stderr).toContain("--connection default or --connection legacy or --connection audit");
  });

  it("prints one connection", async () => {
    const { code, stdout } = await topology("bridge.ts", "--format", "json", "--connection", "legacy");
    expect(code).toBe(0);
    const { vhosts, queues } = JSON.parse(stdout) as Definitions;
    expect([vhosts, queues.map(({ name }) => name)]).toEqual([[{ name: "shop" }], ["old", "old.dlq"]]);
  });

  it("refuses an unknown connection, and suggests the similar one", async () => {
    const { code, stderr } = await topology("bridge.ts", "--connection", "legcy");
    expect(code).toBe(2);
    expect(stderr).toContain('None of these services has a --connection "legcy". Did you mean "legacy"?');
  });

  it("keeps every character of a name in JSON", async () => {
    const { stdout } = await topology("shop.ts", "--format", "json");
    const { exchanges, queues } = JSON.parse(stdout) as Definitions;
    expect(exchanges[0]?.name).toBe(`it's \${a} %{b} "shop"`);
    expect(queues[0]?.name).toBe("q'`$(touch pwned)\\");
  });

  it("keeps every character of a name in a shell, which executes none of it", async () => {
    const { stdout } = await topology("shop.ts", "--format", "commands");
    const script = `rabbitmqadmin() { for word; do printf '<%s>' "$word"; done; echo; }\n${stdout}`;
    const printed = execFileSync("/bin/sh", ["-c", script], { encoding: "utf8", cwd: project.folder });
    expect(printed).toContain(`<--name=it's \${a} %{b} "shop"><--type=topic>`);
    expect(printed).toContain("<--name=q'`$(touch pwned)\\><--type><quorum>");
    expect(execFileSync("ls", { encoding: "utf8", cwd: project.folder })).not.toContain("pwned");
  });

  it("escapes templates for Terraform", async () => {
    const { stdout } = await topology("shop.ts", "--format", "terraform");
    expect(stdout).toContain('name  = "it\'s $${a} %%{b} \\"shop\\""');
  });

  it("prints permissions that match exactly these names", async () => {
    const { stdout } = await topology("shop.ts", "--permissions", "declare", "--format", "json");
    const { permissions } = JSON.parse(stdout) as { readonly permissions: readonly Readonly<Record<string, string>>[] };
    const configure = new RegExp(permissions[0]?.["configure"] ?? "");
    expect(configure.test("q'`$(touch pwned)\\")).toBe(true);
    expect(configure.test("q'`touch pwned")).toBe(false);
    expect(configure.test(`it's \${a} %{b} "shop"`)).toBe(true);
    expect(configure.test(`it's \${aa %{b} "shop"`)).toBe(false);
  });
});

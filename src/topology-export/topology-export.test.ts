/** What is printed of a service's topology: names with odd characters, several services, and permissions for whole names only. */
import { describe, expect, it } from "vitest";
import { createSilentLogger } from "../log/logger.ts";
import { Service } from "../service/service.ts";
import { amqp } from "../transports/amqp/decorator.ts";
import { permissionCommands, topologyCommands } from "./commands.ts";
import { permissionDefinitions, topologyDefinitions } from "./definitions.ts";
import { exportTopology } from "./exported-topology.ts";
import type { LoginPurpose } from "./permissions.ts";
import { permissionsTable, topologyTable } from "./table.ts";
import { permissionTerraform, topologyTerraform } from "./terraform.ts";
import { loginPermissions, virtualHostsOf } from "./virtual-host.ts";

class Orders extends Service {
  name = "orders";
  override options = { amqp: { exchangeName: "shop", retry: { delays: ["5s"] as const } } };

  @amqp("order.*.paid", { queueName: `it's \${paid}`, previousQueueNames: ["old"] })
  async onPaid() {}
}

class Audit extends Service {
  name = "audit";

  @amqp("#")
  async all() {}

  @amqp("cache.cleared", { competing: false })
  async onCleared() {}
}

function hosts(environment: Record<string, string> = {}, publishesTo: readonly string[] = []) {
  const services = [new Orders(), new Audit()];
  return virtualHostsOf(
    services.flatMap((service) => exportTopology(service, { environment, publishesTo }, createSilentLogger())),
  );
}

class Bridge extends Service {
  name = "bridge";
  override options = { amqp: { connections: { legacy: { url: "amqp://me:p@old/shop", exchangeName: "x" } } } };

  @amqp("order.paid")
  async onPaid() {}

  @amqp("order.paid", { connection: "legacy" })
  async onOld() {}
}

it("the topology is printed for each connection separately", () => {
  const exported = exportTopology(new Bridge(), { environment: {}, publishesTo: [] }, createSilentLogger());
  const [first, legacy] = virtualHostsOf(exported);
  expect([first?.vhost, legacy?.vhost]).toEqual(["/", "shop"]);
  expect(legacy?.address).toBe("amqp://me@old:5672/shop");
  expect(first?.topology.queues.map(({ name }) => name)).toEqual([
    "bridge.onPaid:order.paid",
    "bridge.onPaid:order.paid.dlq",
  ]);
  expect(legacy?.topology.exchanges.map(({ name }) => name)).toEqual(["x"]);
});

/** Whether each name fits the three expressions. */
function rights(purpose: LoginPurpose, name: string): string {
  const [host] = hosts({}, ["elsewhere"]);
  if (!host) return "";
  const { configure, write, read } = loginPermissions(host, purpose);
  return Object.entries({ configure, write, read })
    .filter(([, expression]) => new RegExp(expression).test(name))
    .map(([right]) => right)
    .join(" ");
}

describe("permissions", () => {
  it.each<[LoginPurpose, string, string]>([
    ["declare", `it's \${paid}`, "configure write read"],
    ["declare", `it's \${paid}.dlq`, "configure"],
    ["declare", "shop", "configure write read"],
    ["declare", "amq.default", "write"],
    ["declare", "amq.topic", "write read"],
    ["declare", "orders.retry.5s", "configure write read"],
    ["declare", "orders.retry.24h", "configure write read"],
    ["declare", "orders.lost.dlq", "configure write read"],
    ["declare", "elsewhere", "write"],
    ["declare", "old", "write read"],
    ["declare", "audit.all:#", "configure write read"],
    ["declare", "audit.onCleared:cache.cleared.uuid-1", "configure write read"],
    ["declare", "audit.onCleared:cache.cleared.dlq", "configure write read"],
    ["verify", `it's \${paid}`, "read"],
    ["verify", `it's \${paid}.dlq`, "read"],
    ["verify", "shop", "write read"],
    ["run", `it's \${paid}`, "read"],
    ["run", "old", "read"],
    ["run", `it's \${paid}.dlq`, ""],
    ["run", "shop", "write"],
    ["run", "orders.retry.5s", "write"],
    ["run", "orders.retry.1m", ""],
    ["run", "amq.default", "write"],
    ["run", "audit.onCleared:cache.cleared.uuid-1", "configure write read"],
    ["dlq", `it's \${paid}.dlq`, "read"],
    ["dlq", "orders.lost.dlq", "read"],
    ["dlq", "old.dlq", "read"],
    ["dlq", `it's \${paid}`, ""],
    ["dlq", "amq.default", "write"],
    ["declare", "shopping", ""],
    ["declare", "my-shop", ""],
    ["declare", "auditXall:#", ""],
  ])("to %s, %s: %s", (purpose, name, expected) => {
    expect(rights(purpose, name)).toBe(expected);
  });

  it("grant nothing for an expression that matches no name", () => {
    expect(rights("dlq", "")).toBe("configure");
    expect(permissionsTable(hosts()[0] as never, "dlq").join("\n")).toContain("configure   ^$");
  });
});

describe("topology", () => {
  it("of services with one virtual host is listed together, each object once", () => {
    const { exchanges, queues, bindings } = topologyDefinitions(hosts({ TOMODACHI_AMQP_VHOST: "v" })) as {
      readonly exchanges: readonly { readonly name: string; readonly vhost: string }[];
      readonly queues: readonly { readonly name: string }[];
      readonly bindings: readonly unknown[];
    };
    expect(exchanges.map(({ name, vhost }) => `${vhost} ${name}`)).toEqual([
      "v shop",
      "v orders.lost",
      "v orders.return",
      "v orders.retry.5s",
    ]);
    expect(queues.map(({ name }) => name)).toEqual([
      `it's \${paid}`,
      `it's \${paid}.dlq`,
      "orders.lost.dlq",
      "orders.retry.5s",
      "audit.all:#",
      "audit.all:#.dlq",
    ]);
    expect(bindings).toHaveLength(6);
  });

  it("names a queue that is not listed because only an instance can declare it", () => {
    const table = hosts().flatMap(topologyTable).join("\n");
    expect(table).toContain("audit.onCleared has a queue for each instance");
    expect(table).toMatch(/^shop +topic$/m);
  });

  it("is quoted for a shell", () => {
    const commands = topologyCommands(hosts()).join("\n");
    expect(commands).toContain(`--name='it'\\''s \${paid}' --type quorum`);
    expect(permissionCommands(hosts(), "run", "a b")[0]).toMatch(/^rabbitmqctl set_permissions -p '\/' 'a b' '\^\(/);
  });

  it("is quoted for Terraform, with a unique name for each resource", () => {
    const text = topologyTerraform(hosts()).join("\n");
    expect(text).toContain('name  = "it\'s $${paid}"');
    const labels = [...text.matchAll(/^resource "(\w+)" "(\w+)"/gm)].map(([, kind, label]) => `${kind}.${label}`);
    expect(labels).toHaveLength(16);
    expect(new Set(labels).size).toBe(16);
    expect(text).toContain("destination      = rabbitmq_queue.it_s_paid.name");
    expect(text).toContain('"x-message-ttl" = 5000');
    expect(permissionTerraform(hosts(), "run", undefined).join("\n")).toContain('user  = "guest"');
  });

  it("has one permission entry for a login that several services share", () => {
    const { permissions } = permissionDefinitions(hosts(), "run", "app") as { readonly permissions: readonly object[] };
    expect(permissions).toHaveLength(1);
    expect(permissions[0]).toMatchObject({ user: "app", vhost: "/" });
  });
});

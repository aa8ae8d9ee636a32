// A private node's folder, ports and environment: everything that keeps it apart from any other RabbitMQ on the machine.
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import type { RabbitMqProgram } from "./rabbitmq-program.ts";
import { isRelease } from "./rabbitmq-versions.ts";

export interface NodeSettings {
  readonly nodeName: string;
  /** Holds all of the node: home, data, log, configuration. */
  readonly folder: string;
  readonly pidFile: string;
  readonly port: number;
  /** epmd, Erlang's register of node names, is the node's or its cluster's own; else one would stay behind, for strangers. */
  readonly epmdPort: number;
  readonly environment: Readonly<Record<string, string>>;
}

/** What the nodes of one cluster have in common. */
export interface ClusterSettings {
  /** Nodes trust each other, and rabbitmqctl, by it. */
  readonly cookie: string;
  readonly epmdPort: number;
  /** All of them; a node that starts for the first time joins those that are up. */
  readonly nodeNames: readonly string[];
}

/** A secret, a port for the register of names, and names that no other node has. */
export async function prepareCluster(names: readonly string[]): Promise<ClusterSettings> {
  const [epmdPort = 0] = await freePorts(1);
  const nodeNames = names.map((name) => `${name}-${randomBytes(4).toString("hex")}@localhost`);
  return { cookie: randomBytes(16).toString("hex"), epmdPort, nodeNames };
}

/** What a test asks for beside the ordinary. */
export interface NodeExtras {
  readonly plugins?: readonly string[] | undefined;
  /** Lines of rabbitmq.conf. */
  readonly config?: readonly string[] | undefined;
}

/** Makes the folder of one of the nodes, and chooses its ports. */
export async function prepareSettings(
  cluster: ClusterSettings,
  nodeName: string,
  program: RabbitMqProgram,
  { plugins = [], config = [] }: NodeExtras = {},
): Promise<NodeSettings> {
  const { cookie: secret, epmdPort, nodeNames } = cluster;
  const [port = 0, distributionPort = 0] = await freePorts(2, epmdPort);
  const folder = mkdtempSync(join(tmpdir(), "tomodachi-rabbitmq-"));
  const inside = (file: string) => join(folder, file);
  for (const child of ["home", "data", "log"]) mkdirSync(inside(child));

  const cookie = inside("home/.erlang.cookie");
  writeFileSync(cookie, secret);
  chmodSync(cookie, 0o400);
  writeFileSync(inside("enabled_plugins"), `[${plugins.join(",")}].\n`);
  const lines = ["log.console = false", "log.file.level = warning", "disk_free_limit.absolute = 1MB"];
  // Debian's package permits what RabbitMQ 4.3 itself denies; tests want the answer of RabbitMQ.
  if (isRelease(program, "4.3")) lines.push("deprecated_features.permit.transient_nonexcl_queues = false");
  if (nodeNames.length > 1) {
    lines.push("cluster_formation.peer_discovery_backend = classic_config");
    for (const [number, each] of nodeNames.entries()) {
      lines.push(`cluster_formation.classic_config.nodes.${number + 1} = ${each}`);
    }
  }
  writeFileSync(inside("rabbitmq.conf"), `${[...lines, ...config].join("\n")}\n`);

  const environment = {
    ...inherited("LANG", "LC_ALL", "TMPDIR"),
    // An installation in its own folder brings its own epmd.
    PATH: [dirname(program.server), process.env["PATH"] ?? ""].join(delimiter),
    HOME: inside("home"),
    ERL_CRASH_DUMP: inside("log/erl_crash.dump"),
    ERL_EPMD_ADDRESS: "127.0.0.1",
    ERL_EPMD_PORT: String(epmdPort),
    // Read by every Erlang that is started with this environment, rabbitmqctl's too.
    ERL_ZFLAGS: "-kernel inet_dist_use_interface {127,0,0,1}",
    RABBITMQ_CONFIG_FILE: inside("rabbitmq"),
    RABBITMQ_ADVANCED_CONFIG_FILE: inside("advanced"),
    RABBITMQ_CONF_ENV_FILE: inside("rabbitmq-env.conf"),
    RABBITMQ_CTL_DIST_PORT_MIN: "35672",
    RABBITMQ_CTL_DIST_PORT_MAX: "36672",
    RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_ENABLED_PLUGINS_FILE: inside("enabled_plugins"),
    RABBITMQ_LOG_BASE: inside("log"),
    RABBITMQ_MNESIA_BASE: inside("data"),
    RABBITMQ_NODENAME: nodeName,
    RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_PID_FILE: inside("pid"),
    // Not bound to cores: tests run beside it.
    RABBITMQ_SCHEDULER_BIND_TYPE: "u",
  };
  return { nodeName, folder, pidFile: inside("pid"), port, epmdPort, environment };
}

/**
 * Free ports from below the range that the system gives to outgoing connections (from 32768 on Linux). A port from that
 * range could be taken while the node is down: a client that keeps trying to reconnect may even connect to itself.
 */
export async function freePorts(count: number, taken?: number): Promise<number[]> {
  const ports = new Set<number>();
  for (let attempt = 0; attempt < 200 && ports.size < count; attempt++) {
    const port = 10_000 + Math.floor(Math.random() * 15_000);
    if (port !== taken && (await isFree(port))) ports.add(port);
  }
  if (ports.size < count) throw new Error("No free ports between 10000 and 25000 on 127.0.0.1.");
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1" }, () => server.close(() => resolve(true)));
  });
}

function inherited(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

// A private RabbitMQ for tests and for trying things out; run as a command it prints its URL and stays until ctrl-c.
// `npm run rabbitmq -- --version 4.3` starts another release than the machine's own.
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { installRelease } from "./rabbitmq-install.ts";
import { RabbitMqNode } from "./rabbitmq-node.ts";
import { howToInstall } from "./rabbitmq-program.ts";
import { prepareCluster, prepareSettings } from "./rabbitmq-settings.ts";
import { findRelease } from "./rabbitmq-versions.ts";

export { type RabbitMqAccess, runCtl } from "./rabbitmq-ctl.ts";
export { type InstallOptions, installRelease } from "./rabbitmq-install.ts";
export { RabbitMqNode } from "./rabbitmq-node.ts";
export { howToInstall } from "./rabbitmq-program.ts";
export { findRelease, releases } from "./rabbitmq-versions.ts";

export interface NodeOptions {
  /** @default "tomodachi" */
  readonly name?: string;
  /** A release of `releases`, which has to be on this machine. As `findRelease` takes it. */
  readonly version?: string | undefined;
  /** Enabled from the start. @default none */
  readonly plugins?: readonly string[] | undefined;
  /** Further lines of rabbitmq.conf. @default none */
  readonly config?: readonly string[] | undefined;
}

/**
 * Starts a node on free ports of 127.0.0.1 with its own folder, and resolves once clients can log in. `stop()`
 * removes everything again; so does the end of this process.
 */
export async function startRabbitMq(options: NodeOptions = {}): Promise<RabbitMqNode> {
  const [start] = await prepareRabbitMq([options.name ?? "tomodachi"], options.version, options);
  if (!start) throw new Error("prepareRabbitMq gave no node.");
  return start();
}

/** Prepares nodes that form a cluster when they start; gives what starts each. */
export async function prepareRabbitMq(
  names: readonly string[],
  version?: string,
  more: Pick<NodeOptions, "plugins" | "config"> = {},
): Promise<readonly (() => Promise<RabbitMqNode>)[]> {
  const program = findRelease(version);
  if (!program) throw new Error(`RabbitMQ is not installed on this machine. ${howToInstall}`);
  const cluster = await prepareCluster(names);
  return cluster.nodeNames.map((nodeName) => async () => {
    const node = new RabbitMqNode(program, await prepareSettings(cluster, nodeName, program, more));
    await node.start();
    return node;
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { version: { type: "string" } } });
  if (values.version !== undefined) await installRelease(values.version);
  // Ctrl-c while it still starts: this process ends at once and the guard clears up.
  const node = await startRabbitMq({ version: values.version });
  const stop = () => void node.stop().then(() => process.exit(0));
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  process.stdout.write(`TOMODACHI_AMQP_URL=${node.url}\n`);
  process.stderr.write("RabbitMQ is running. Press ctrl-c to stop it and remove its data.\n");
  // Nothing of the node keeps this process alive.
  setInterval(() => {}, 2 ** 30);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}

// A private RabbitMQ for tests and for trying things out; run as a command it prints its URL and stays until ctrl-c.
import { pathToFileURL } from "node:url";
import { RabbitMqNode } from "./rabbitmq-node.ts";
import { findRabbitMq, howToInstall } from "./rabbitmq-program.ts";
import { prepareCluster, prepareSettings } from "./rabbitmq-settings.ts";

export { type RabbitMqAccess, runCtl } from "./rabbitmq-ctl.ts";
export { RabbitMqNode } from "./rabbitmq-node.ts";
export { findRabbitMq, howToInstall } from "./rabbitmq-program.ts";

/**
 * Starts a node on free ports of 127.0.0.1 with a folder of its own, and resolves once clients can log in. `stop()`
 * removes everything again; so does the end of this process.
 */
export async function startRabbitMq(options: { readonly name?: string } = {}): Promise<RabbitMqNode> {
  const [start] = await prepareRabbitMq([options.name ?? "tomodachi"]);
  if (!start) throw new Error("prepareRabbitMq gave no node.");
  return start();
}

/** Prepares nodes that form a cluster when they start; gives what starts each. */
export async function prepareRabbitMq(names: readonly string[]): Promise<readonly (() => Promise<RabbitMqNode>)[]> {
  const program = findRabbitMq();
  if (!program) throw new Error(`RabbitMQ is not installed on this machine. ${howToInstall}`);
  const cluster = await prepareCluster(names);
  return cluster.nodeNames.map((nodeName) => async () => {
    const node = new RabbitMqNode(program, await prepareSettings(cluster, nodeName));
    await node.start();
    return node;
  });
}

async function main(): Promise<void> {
  // Ctrl-c while it still starts: this process ends at once and the guard clears up.
  const node = await startRabbitMq();
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

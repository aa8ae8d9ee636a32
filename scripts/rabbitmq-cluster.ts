// Several private RabbitMQ nodes in one cluster on 127.0.0.1.
import { type RabbitMqNode, startRabbitMqNode } from "./rabbitmq.ts";
import { runCtl } from "./rabbitmq-ctl.ts";
import { prepareCluster } from "./rabbitmq-settings.ts";

export class RabbitMqCluster implements AsyncDisposable {
  readonly nodes: readonly RabbitMqNode[];

  /** @internal Use `startRabbitMqCluster`. */
  constructor(nodes: readonly RabbitMqNode[]) {
    this.nodes = nodes;
  }

  /** As `options.amqp.hosts` takes them. */
  get hosts(): readonly string[] {
    return this.nodes.map(({ host, port }) => `${host}:${port}`);
  }

  /** The node on which the leader of a quorum queue runs; undefined while the cluster elects one, or has no such queue. */
  async leaderOf(queue: string): Promise<RabbitMqNode | undefined> {
    const { leader } = (await this.#look(queue)) ?? {};
    return this.nodes.find(({ nodeName }) => nodeName === leader);
  }

  /** How many nodes keep a copy of a quorum queue and are up; 0 when there is no such queue. */
  async membersOf(queue: string): Promise<number> {
    return (await this.#look(queue))?.online?.length ?? 0;
  }

  /** Ends every node and removes its folder. */
  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #look(queue: string): Promise<ListedQueue | undefined> {
    const words = ["list_queues", "--formatter", "json", "name", "leader", "online"];
    // A node that is down does not answer, and one that is up may be asked too early.
    const [text] = (await Promise.all(this.nodes.map(({ access }) => runCtl(access, ...words).catch(() => "")))).filter(
      (answer) => answer !== "",
    );
    return text === undefined ? undefined : (JSON.parse(text) as ListedQueue[]).find(({ name }) => name === queue);
  }
}

interface ListedQueue {
  readonly name: string;
  readonly leader?: string;
  readonly online?: readonly string[];
}

/** Starts the nodes and joins them; resolves when each takes logins. */
export async function startRabbitMqCluster(
  options: { readonly name?: string; readonly size?: number } = {},
): Promise<RabbitMqCluster> {
  const { name = "cluster", size = 3 } = options;
  const shared = await prepareCluster();
  const names = Array.from({ length: size }, (_, number) => `${name}-${number + 1}`);
  const started = await Promise.allSettled(names.map((each) => startRabbitMqNode(each, shared)));
  const nodes = started.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const cluster = new RabbitMqCluster(nodes);
  try {
    for (const result of started) if (result.status === "rejected") throw result.reason;
    const [first, ...others] = nodes;
    // One after another: a cluster does not take two newcomers at once.
    for (const node of others) {
      await node.ctl("stop_app");
      await node.ctl("join_cluster", first?.nodeName ?? "");
      await node.ctl("start_app");
    }
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

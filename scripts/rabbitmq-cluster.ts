// Several private RabbitMQ nodes in one cluster on 127.0.0.1.
import { prepareRabbitMq, type RabbitMqNode } from "./rabbitmq.ts";

export interface QuorumQueue {
  /** Where its leader runs; undefined while the cluster elects one. */
  readonly leader: RabbitMqNode | undefined;
  /** How many nodes keep a copy of it and are up. */
  readonly online: number;
}

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

  /** Reads a quorum queue through the first node that answers; undefined if the queue does not exist, or no node answers. */
  async look(queue: string): Promise<QuorumQueue | undefined> {
    const listed = (await this.#list())?.find(({ name }) => name === queue);
    if (!listed) return undefined;
    const { leader, online = [] } = listed;
    return { leader: this.nodes.find(({ nodeName }) => nodeName === leader), online: online.length };
  }

  /** Ends every node and removes its folder. */
  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #list(): Promise<ListedQueue[] | undefined> {
    const words = ["list_queues", "--formatter", "json", "name", "leader", "online"];
    for (const node of this.nodes) {
      // One that is down does not answer.
      const text = await node.ctl(...words).catch(() => undefined);
      if (text !== undefined) return JSON.parse(text) as ListedQueue[];
    }
    return undefined;
  }
}

interface ListedQueue {
  readonly name: string;
  readonly leader?: string;
  readonly online?: readonly string[];
}

/** Starts the nodes, which join each other; resolves when each takes logins. */
export async function startRabbitMqCluster(
  options: { readonly name?: string; readonly size?: number } = {},
): Promise<RabbitMqCluster> {
  const { name = "cluster", size = 3 } = options;
  const starts = await prepareRabbitMq(Array.from({ length: size }, (_, number) => `${name}-${number + 1}`));
  // All at once: RabbitMQ 4.3 waits two minutes for the others before it founds a cluster alone.
  const results = await Promise.allSettled(starts.map((start) => start()));
  const cluster = new RabbitMqCluster(results.flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])));
  const failed = results.find((result) => result.status === "rejected");
  if (!failed) return cluster;
  await cluster.stop();
  throw failed.reason;
}

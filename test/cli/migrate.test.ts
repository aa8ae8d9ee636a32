/** `tomodachi migrate from-python`, as a process, on the queues that Python was seen to declare. */
import amqplib from "amqplib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBroker } from "../../src/amqp-broker/index.ts";
import { pythonVectors, type QueueVector } from "../vectors/python-vectors.ts";
import { TemporaryProject } from "./temporary-project.ts";

let project: TemporaryProject;

beforeAll(() => {
  project = new TemporaryProject({ "package.json": '{ "type": "module" }' });
});
afterAll(() => project.remove());

/** The service of a vector, written here: with equal options, and no word of the queue's generated name. */
function serviceOf({ options, routing_key, function: name, queue_name, option_set }: QueueVector): string {
  const { queue_name_prefix, routing_key_prefix, queue_ttl, exchange_name } = options;
  const amqp = {
    ...(queue_name_prefix && { queueNamePrefix: queue_name_prefix }),
    ...(routing_key_prefix && { routingKeyPrefix: routing_key_prefix }),
    ...(queue_ttl !== undefined && { queueTtl: queue_ttl }),
    ...(exchange_name && { exchangeName: exchange_name }),
  };
  const method = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const decorated = JSON.stringify(queue_name === null ? {} : { queueName: queue_name });
  return `import { amqp, Service } from "tomodachi";
// ${option_set}
export class Moved extends Service {
  name = "moved";
  options = { amqp: ${JSON.stringify(amqp)} };
  @amqp(${JSON.stringify(routing_key)}, ${decorated}) async ${method}() {}
}
`;
}

/** Each kind of subscription, with and without options around it. */
const vectors = pythonVectors.queues.filter(({ option_set, function: name }) =>
  [
    "defaults on_first",
    "defaults on_second",
    "defaults on_fourth",
    "queue prefix on_first",
    "both prefixes, unicode and ttl 60 on_second",
    "no ttl, own exchange on_fourth",
  ].includes(`${option_set} ${name}`),
);

describe("migrate from-python", () => {
  it("has a vector of each kind", () => expect(vectors).toHaveLength(6));

  it.each(vectors.map((vector) => [`${vector.function} with ${vector.option_set}`, vector] as const))(
    "prints the queue that Python made for %s, what to write, and what the broker holds",
    async (_what, vector) => {
      project.write({ "moved.ts": serviceOf(vector) });
      await using broker = await startBroker();
      const connection = await amqplib.connect(broker.url);
      const channel = await connection.createConfirmChannel();
      const { declared_queue: queue, arguments: table, bindings, uuid, options } = vector;
      for (const [exchange, key] of bindings) {
        if (exchange !== "amq.topic") await channel.assertExchange(exchange, "topic", { durable: true });
        await channel.assertQueue(queue, { durable: true, arguments: table });
        await channel.bindQueue(queue, exchange, key);
        channel.publish(exchange, key, Buffer.from("x"));
      }
      await channel.waitForConfirms();
      const words = ["migrate", "from-python", "moved.ts", "--uuid", uuid];
      const blind = await project.run(words);
      expect(blind.stderr).toBe("");
      expect(blind.stdout).toContain(`queue      ${queue}`);
      const { code, stdout, stderr } = await project.run([...words, "--broker", broker.url]);
      await connection.close();

      expect(stderr).toBe("");
      expect(code).toBe(0);
      const block = stdout.split("\n\n").find((text) => text.includes(`queue      ${queue}\n`)) ?? "";
      expect(block).toContain("broker     1 message, 0 consumers");
      const bare = queue.slice((options.queue_name_prefix ?? "").length);
      expect(block).toContain(`previousQueueNames: ["${bare}"]`);
      for (const [exchange, key] of bindings) {
        expect(stdout).toContain(`to the exchange "${exchange}" by "${key}"`);
        expect(block).toContain(`from "${exchange}" by "${key}"`);
      }
      if (table["x-expires"] !== undefined) expect(stdout).toContain(`x-expires ${table["x-expires"]}`);
      // The others are not there, and nothing is said of how to take them over.
      const others = stdout.split("\n\n").filter((text) => text.includes("there is no such queue"));
      expect(others.filter((text) => text.includes("step 2"))).toEqual([]);
    },
  );

  it("reports what is missing: the uuid, and queues that do not exist on the broker", async () => {
    const [vector] = vectors;
    if (vector === undefined) throw new Error("no vector");
    project.write({ "moved.ts": serviceOf(vector) });
    await using broker = await startBroker();
    const { code, stdout } = await project.run(["migrate", "from-python", "moved.ts", "--broker", broker.url]);
    expect(code).toBe(0);
    expect(stdout).toContain("run this command again with --uuid");
    expect(stdout).toContain("None of these queues is on the broker");
  });

  it("names the entries of the service's previousQueueNames, and the old name of a given queue", async () => {
    project.write({
      "moved.ts": `import { amqp, Service } from "tomodachi";
export class Moved extends Service {
  name = "moved";
  options = { amqp: { queueNamePrefix: "p." } };
  @amqp("a", { queueName: "orders-v2", previousQueueNames: ["orders"] }) async a() {}
  @amqp("b", { previousPatterns: ["old.b"] }) async b() {}
}
`,
    });
    const { stdout } = await project.run(["migrate", "from-python", "moved.ts", "--uuid", "u"]);
    expect(stdout).toContain("queue      p.orders\n");
    expect(stdout).toContain('{ queueName: "orders-v2", previousQueueNames: ["orders"] }');
    expect(stdout).toContain("previousQueueNames of this service already has: p.orders.");
    expect(stdout).toContain('by "old.b"');
    expect(stdout).toContain('@amqp("old.b", competing=True)');
  });

  it.each([
    [["migrate"], "needs a source: from-python"],
    [["migrate", "to-python", "moved.ts"], 'has no source "to-python"'],
    [["migrate", "from-python"], "needs a file or a folder"],
    [["migrate", "from-python", "moved.ts", "--uuid"], "--uuid has no value"],
    [["run", "moved.ts", "--uuid", "x"], "--uuid is not an option of `tomodachi run`"],
  ])("%s is refused by name", async (words, said) => {
    const { code, stderr } = await project.run(words);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });

  it("ends with 1 and the reason when the broker cannot be reached", async () => {
    const { code, stderr } = await project.run([
      "migrate",
      "from-python",
      "moved.ts",
      "--broker",
      "amqp://127.0.0.1:1",
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain("127.0.0.1:1");
  });
});

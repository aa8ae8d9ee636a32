// The steps of docs/migrating-from-python.md under load, on the queues that Python was seen to declare: nothing is lost or doubled.
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import {
  type AmqpOptions,
  amqp,
  defineOptions,
  defineService,
  JsonBase,
  on,
  type ServiceClass,
  type TopologyProfile,
} from "../../src/index.ts";
import { connectForeign, createVirtualHost, describeWithPrivateBroker, until } from "../support/broker.ts";
import { start } from "../support/running.ts";
import { pythonVectors, type QueueVector } from "../vectors/python-vectors.ts";
import { FaultCase } from "./support/fault-case.ts";
import { PythonStandIn } from "./support/python-stand-in.ts";
import { SteadyStream } from "./support/steady-stream.ts";

/** One subscription on its way; `python` are the options of step 1, `reliable` those of step 3. */
interface Move {
  readonly what: string;
  readonly set: string;
  readonly function: string;
  /** Python's instance and ours run at the same time. */
  readonly sideBySide: boolean;
  readonly python: (queue: string) => AmqpOptions;
  readonly reliable: (queue: string) => AmqpOptions;
}

const moves: readonly Move[] = [
  {
    what: "a generated queue that competes, with prefixes and a queueTtl",
    set: "both prefixes, unicode and ttl 60",
    function: "on_second",
    sideBySide: true,
    python: () => ({ competing: true, functionName: "on_second" }),
    reliable: (queue) => ({ previousQueueNames: [queue] }),
  },
  {
    what: "a named queue on an exchange of its own",
    set: "no ttl, own exchange",
    function: "on_fourth",
    sideBySide: true,
    python: (queue) => ({ queueName: queue }),
    reliable: (queue) => ({ queueName: `${queue}-v2`, previousQueueNames: [queue] }),
  },
  {
    what: "a default subscription, taken over by the name of its queue",
    set: "defaults",
    function: "on_first",
    sideBySide: true,
    python: (queue) => ({ queueName: queue }),
    reliable: (queue) => ({ previousQueueNames: [queue] }),
  },
  {
    what: "a default subscription, taken over by the uuid of its service",
    set: "defaults",
    function: "on_first",
    sideBySide: false,
    python: () => ({ functionName: "on_first" }),
    reliable: (queue) => ({ previousQueueNames: [queue] }),
  },
];

function vectorOf({ set, function: name }: Move): QueueVector {
  const found = pythonVectors.queues.find((row) => row.option_set === set && row.function === name);
  if (!found) throw new Error(`no vector ${set}, ${name}`);
  return found;
}

function envelopeOf(id: string): string {
  const metadata = {
    message_uuid: `python.${randomUUID()}`,
    protocol_version: "tomodachi-json-base--1.0.0",
    timestamp: Date.now() / 1000,
    topic: "t",
    data_encoding: "raw",
  };
  return JSON.stringify({ service: { name: "python", uuid: "python" }, metadata, data: { id } });
}

describeWithPrivateBroker("a migration from Python under load", () => {
  it.each(moves)("of $what loses and duplicates nothing", { timeout: 90_000 }, async (move) => {
    await using host = await createVirtualHost("migration");
    await using foreign = await connectForeign(host.url);
    const vector = vectorOf(move);
    const { queue_name_prefix: queueNamePrefix = "", routing_key_prefix, queue_ttl, exchange_name } = vector.options;
    const [exchange, key] = vector.bindings[0] ?? ["", ""];
    const queue = vector.declared_queue.slice(queueNamePrefix.length);
    const fault = new FaultCase(`from Python: ${move.what}`);
    const { ledger } = fault;
    const handledBy = { python: 0, profile: 0, reliable: 0 };
    const handled = (id: string, by: keyof typeof handledBy): void => {
      ledger.handled(id);
      handledBy[by]++;
    };
    const version = (topology: TopologyProfile, options: AmqpOptions): ServiceClass =>
      defineService({
        name: "moved",
        uuid: topology === "python" ? vector.uuid : randomUUID(),
        messageEnvelope: JsonBase,
        options: defineOptions({
          amqp: {
            url: host.url,
            topology,
            queueNamePrefix,
            routingKeyPrefix: routing_key_prefix,
            exchangeName: exchange_name,
            queueTtl: topology === "python" ? queue_ttl : undefined,
          },
        }),
        handlers: {
          onMessage: on(amqp(vector.routing_key, options), async (data) => {
            handled((data as { id: string }).id, topology === "python" ? "profile" : "reliable");
          }),
        },
      });
    const more = async (by: keyof typeof handledBy): Promise<void> => {
      const goal = handledBy[by] + 100;
      await until(() => handledBy[by] >= goal, { what: `100 more messages at ${by}`, timeoutMs: 30_000 });
    };

    const idOf = (body: string): string => (JSON.parse(body) as { data: { id: string } }).data.id;
    const python = await PythonStandIn.start(host.url, vector, (body) => handled(idOf(body), "python"));
    await using stream = new SteadyStream({
      ledger,
      handled: () => ledger.balance().handled,
      send: (id) => foreign.publish(exchange, key, envelopeOf(id), { mandatory: true, persistent: true }),
    });
    await more("python");

    // Step 1 and 2: ours takes Python's queue; with one consumer at a time Python stops first.
    if (!move.sideBySide) await python.stop();
    const profile = await start(version("python", move.python(queue)));
    await more("profile");
    if (move.sideBySide) {
      await more("python");
      await python.stop();
    }
    await more("profile");
    expect(profile.log.filter(({ msg }) => msg.includes("other arguments"))).toEqual([]);

    // Step 3: the old version ends, one instance of the new one begins.
    await profile.stop();
    await using reliable = await start(version("reliable", move.reliable(queue)));
    await more("reliable");
    await stream.stop();
    await fault.end();
    // What came last came by the new queue alone.
    const before = await foreign.queueInfo(vector.declared_queue);
    expect(before).toMatchObject({ messageCount: 0, consumerCount: 1 });
    await reliable.stop();
    await foreign.publish(exchange, key, envelopeOf("last"), { mandatory: true });
    expect(await foreign.queueInfo(vector.declared_queue)).toMatchObject({ messageCount: 0 });
  });
});

// What a service in the python profile declares, compared with recorded declarations of Python tomodachi with the same options.
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import {
  type AmqpContext,
  type AmqpServiceOptions,
  amqp,
  defineOptions,
  defineService,
  on,
  type ServiceClass,
} from "../../src/index.ts";
import {
  connectForeign,
  createVirtualHost,
  describeWithPrivateBroker,
  until,
  type VirtualHost,
} from "../support/broker.ts";
import { failureOf, start } from "../support/running.ts";
import { pythonVectors, type QueueVector } from "../vectors/python-vectors.ts";

/** The vectors of one Python service: one option set, one uuid. */
const services = new Map<string, QueueVector[]>();
for (const row of pythonVectors.queues) {
  const name = `${row.option_set}, uuid ${row.uuid.slice(0, 4)}`;
  services.set(name, [...(services.get(name) ?? []), row]);
}

function optionsOf({ options }: QueueVector, url: string): AmqpServiceOptions {
  const { queue_name_prefix, routing_key_prefix, queue_ttl, exchange_name } = options;
  return {
    url,
    topology: "python",
    queueNamePrefix: queue_name_prefix,
    routingKeyPrefix: routing_key_prefix,
    queueTtl: queue_ttl,
    exchangeName: exchange_name,
  };
}

function serviceOf(rows: readonly QueueVector[], url: string, seen: string[] = []): ServiceClass {
  const [first] = rows;
  if (!first) throw new Error("no rows");
  const handlers = rows.map(({ function: name, routing_key, competing, queue_name }) => {
    const options = { competing: competing ?? undefined, queueName: queue_name ?? undefined };
    return [
      name,
      on(amqp(routing_key, options), (_data, context: AmqpContext) => seen.push(`${name} ${context.body}`)),
    ];
  });
  return defineService({
    name: "interop",
    uuid: first.uuid,
    options: defineOptions({ amqp: optionsOf(first, url) }),
    handlers: Object.fromEntries(handlers),
  });
}

describeWithPrivateBroker("the python profile", () => {
  let host: VirtualHost;
  beforeAll(async () => {
    host = await createVirtualHost("python");
  });
  afterAll(() => host[Symbol.asyncDispose]());
  // Different options give some queues the same name.
  afterEach(async () => {
    await using foreign = await connectForeign(host.url);
    for (const { declared_queue } of pythonVectors.queues) await foreign.deleteQueue(declared_queue);
  });

  it.each([...services])("declares and binds as Python does: %s", async (_name, rows) => {
    const seen: string[] = [];
    await using running = await start(serviceOf(rows, host.url, seen));
    void running;
    await using foreign = await connectForeign(host.url);
    for (const { declared_queue, durable, auto_delete, exclusive, arguments: table, bindings } of rows) {
      // The broker accepts this as the same queue, or refuses it: name, flags and arguments are equal.
      expect(await foreign.queueInfo(declared_queue), declared_queue).toMatchObject({ consumerCount: 1 });
      await foreign.channel.assertQueue(declared_queue, {
        durable,
        autoDelete: auto_delete,
        exclusive,
        arguments: table,
      });
      for (const [exchange, key] of bindings) await foreign.publish(exchange, key.replace(/[*#]/, "word"), key);
    }
    for (const { function: name, bindings } of rows) {
      for (const [, key] of bindings) await until(() => seen.includes(`${name} ${key}`), { what: `${name} by ${key}` });
    }
    expect(foreign.errors).toEqual([]);
  });

  it("refuses a second consumer when Python does", async () => {
    const rows = pythonVectors.queues.filter(({ option_set, uuid }) => option_set === "defaults" && uuid !== "a");
    await using running = await start(serviceOf(rows, host.url));
    void running;
    const outcomes: unknown[] = [];
    for (const row of rows) {
      const second = serviceOf([row], host.url);
      const attempt = await start(second).catch((error: unknown) => error as { readonly code?: string });
      const refused = "code" in attempt && attempt.code === "ERR_AMQP_TOO_MANY_CONSUMERS";
      if ("stop" in attempt) await attempt.stop();
      outcomes.push([row.function, refused]);
    }
    expect(outcomes).toEqual(rows.map(({ function: name, max_consumers_checked }) => [name, max_consumers_checked]));
  });

  // The last vector is a name that Python's client refuses itself, but brokers accept.
  it.each(pythonVectors.exchanges.slice(0, -1))(
    "starts on the exchange $exchange_name if Python does",
    async (vector) => {
      const service = defineService({
        name: "interop",
        options: defineOptions({ amqp: { url: host.url, topology: "python", exchangeName: vector.exchange_name } }),
        handlers: { handle: on(amqp("x.key"), () => {}) },
      });
      if (!vector.service_started) {
        expect((await failureOf(service)).message).toContain(vector.exchange_name);
        return;
      }
      await using running = await start(service);
      void running;
      await using foreign = await connectForeign(host.url);
      for (const { name, type, durable, auto_delete, internal } of vector.exchange_seen ?? []) {
        await foreign.channel.assertExchange(name, type, { durable, autoDelete: auto_delete, internal });
      }
      expect(foreign.errors).toEqual([]);
    },
  );
});

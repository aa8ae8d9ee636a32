/** The broker as a user sees it: started, inspected, administered, stopped; clients speak AMQP by hand. */
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { RawConnection } from "../../test/conformance/raw-connection.ts";
import { capturingLogger } from "../../test/support/capturing-logger.ts";
import { createVirtualClock } from "../testing/virtual-clock.ts";
import { type Broker, startBroker } from "./broker.ts";
import type { BrokerOptions } from "./options.ts";

const open: AsyncDisposable[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

async function start(options: BrokerOptions = {}): Promise<Broker> {
  const broker = await startBroker(options);
  open.push(broker);
  return broker;
}

/** A client with channel 1 open. */
async function client(url: string): Promise<RawConnection> {
  const raw = await RawConnection.open(withVirtualHost(url), { capabilities: { "connection.blocked": true } });
  open.push(raw);
  await raw.openChannel(1);
  return raw;
}

/** RawConnection uses the path unchanged: an empty path would be the virtual host "". */
function withVirtualHost(url: string): string {
  return new URL(url).pathname === "" ? `${url}/%2F` : url;
}

async function declare(raw: RawConnection, queue: string, fields: object = {}): Promise<void> {
  await raw.call(1, "QueueDeclare", { queue, durable: true, ...fields });
}

/** Resolves when all that the client sent before has been done. */
async function caughtUp(raw: RawConnection): Promise<void> {
  await raw.call(1, "BasicQos", { prefetchCount: 0 });
}

function refusalOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "nothing was refused",
    (error: unknown) => error,
  );
}

describe("startBroker", () => {
  it("listens on a free port of the loopback address and returns its URL", async () => {
    const broker = await start();
    expect(broker.port).toBeGreaterThan(0);
    expect(broker.url).toBe(`amqp://guest:guest@127.0.0.1:${broker.port}`);
    expect(broker.virtualHostUrl("a/b")).toBe(`${broker.url}/a%2Fb`);
    const other = { name: "ann", password: "a:b@c" };
    expect(broker.virtualHostUrl("/", other)).toBe(`amqp://ann:a%3Ab%40c@127.0.0.1:${broker.port}/%2F`);
    expect(broker.version).toMatch(/^4\.3\./);
  });

  it("refuses wrong options by name before it listens", async () => {
    await expect(startBroker({ port: 70_000 })).rejects.toMatchObject({
      name: "BrokerError",
      code: "ERR_BROKER_OPTIONS",
      message: "startBroker().port must be a whole number, 0 to 65535, but 70000 was given.",
    });
  });

  it("reports a port that is in use, with the system's error as the cause", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as { port: number };
    const error = await refusalOf(startBroker({ port }));
    taken.close();
    expect(error).toMatchObject({
      name: "BrokerError",
      code: "ERR_BROKER_LISTEN",
      message: expect.stringMatching(`cannot listen on 127.0.0.1:${port} .*EADDRINUSE.*Choose another port, or 0`),
      cause: { code: "EADDRINUSE" },
    });
  });

  it("reports an address that does not belong to this machine", async () => {
    const error = await refusalOf(startBroker({ host: "192.0.2.1" }));
    expect(error).toMatchObject({ code: "ERR_BROKER_LISTEN", cause: { code: "EADDRNOTAVAIL" } });
  });
});

describe("two brokers in one process", () => {
  it("share nothing", async () => {
    const [one, other] = [await start(), await start()];
    const [here, there] = [await client(one.url), await client(other.url)];
    await declare(here, "q");
    here.publish(1, { routingKey: "q" }, {}, "a");
    await caughtUp(here);
    await declare(there, "q");
    expect(one.overview().queues).toMatchObject([{ name: "q", ready: 1 }]);
    expect(other.overview().queues).toMatchObject([{ name: "q", ready: 0 }]);
    one.setAlarm("low");
    one.addVirtualHost("x");
    one.addUser({ name: "ann", password: "a" });
    expect((await refusalOf(client(other.virtualHostUrl("x")))) as Error).toBeInstanceOf(Error);
    await one.stop();
    await caughtUp(there);
    there.publish(1, { routingKey: "q" }, {}, "b");
    await caughtUp(there);
    expect(other.overview().totals.published).toBe(1);
  });
});

describe("the overview", () => {
  it("of a new broker has only its exchanges", async () => {
    const broker = await start({ virtualHosts: ["other"] });
    const { exchanges, ...rest } = broker.overview();
    expect(rest).toEqual({
      connections: [],
      queues: [],
      totals: { published: 0, delivered: 0, acknowledged: 0, unroutable: 0 },
    });
    const names = ["", "amq.direct", "amq.fanout", "amq.headers", "amq.match", "amq.rabbitmq.trace", "amq.topic"];
    for (const virtualHost of ["/", "other"]) {
      const here = exchanges.filter((exchange) => exchange.virtualHost === virtualHost);
      expect(here.map(({ name }) => name).sort()).toEqual(names);
    }
  });

  it("counts messages that were published, delivered and are ready", async () => {
    const broker = await start();
    const raw = await client(broker.url);
    await declare(raw, "q");
    await raw.call(1, "BasicQos", { prefetchCount: 2 });
    for (const body of ["a", "b", "c"]) raw.publish(1, { routingKey: "q" }, {}, body);
    raw.publish(1, { routingKey: "nobody" }, {}, "d");
    await raw.call(1, "BasicConsume", { queue: "q", consumerTag: "c" });
    for (let count = 0; count < 2; count++) await raw.message("BasicDeliver", 1);
    expect(broker.overview()).toMatchObject({
      connections: [
        {
          peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
          user: "guest",
          virtualHost: "/",
          channels: 1,
          blocked: false,
        },
      ],
      queues: [
        {
          virtualHost: "/",
          name: "q",
          type: "classic",
          ready: 1,
          unacknowledged: 2,
          consumers: 1,
          published: 3,
          delivered: 2,
          acknowledged: 0,
        },
      ],
      totals: { published: 4, delivered: 2, acknowledged: 0, unroutable: 1 },
    });
    raw.method(1, "BasicAck", { deliveryTag: 1, multiple: false });
    await raw.message("BasicDeliver", 1);
    expect(broker.overview().queues).toMatchObject([{ ready: 0, unacknowledged: 2, delivered: 3, acknowledged: 1 }]);
  });

  it("keeps messages of a deleted queue in its totals", async () => {
    const broker = await start();
    const raw = await client(broker.url);
    await declare(raw, "q");
    raw.publish(1, { routingKey: "q" }, {}, "a");
    raw.method(1, "BasicGet", { queue: "q", noAck: true });
    await raw.message("BasicGetOk", 1);
    await raw.call(1, "QueueDelete", { queue: "q" });
    expect(broker.overview()).toMatchObject({
      queues: [],
      totals: { published: 1, delivered: 1, acknowledged: 1, unroutable: 0 },
    });
  });

  it("does not list a closed connection", async () => {
    const broker = await start();
    const raw = await client(broker.url);
    expect(broker.overview().connections).toHaveLength(1);
    await raw.call(0, "ConnectionClose", { replyCode: 200, replyText: "", classId: 0, methodId: 0 });
    await raw.dropped();
    await until(() => broker.overview().connections.length === 0);
    const unfinished = connect(broker.port, broker.host);
    await once(unfinished, "connect");
    expect(broker.overview().connections).toEqual([]);
    unfinished.destroy();
  });
});

/** Turn after turn; the test's own time limit ends it. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe("an alarm", () => {
  it("stops reading a connection at its first publish, and handles everything in order afterwards", async () => {
    const broker = await start();
    const [publisher, other] = [await client(broker.url), await client(broker.url)];
    await declare(other, "q");
    broker.setAlarm("x".repeat(300));
    publisher.publish(1, { routingKey: "q" }, {}, "a");
    publisher.publish(1, { routingKey: "q" }, {}, "b");
    publisher.method(1, "QueuePurge", { queue: "q" });
    publisher.publish(1, { routingKey: "q" }, {}, "c");
    const { reason } = await publisher.expect("ConnectionBlocked");
    expect(reason).toBe(`${"x".repeat(252)}...`);
    await caughtUp(other);
    const blocked = () => broker.overview().connections.map((connection) => connection.blocked);
    expect(broker.overview().queues).toMatchObject([{ ready: 0 }]);
    expect(blocked()).toEqual([true, false]);
    broker.setAlarm(undefined);
    expect(blocked()).toEqual([false, false]);
    await publisher.expect("ConnectionUnblocked");
    expect(await publisher.expect("QueuePurgeOk", 1)).toMatchObject({ messageCount: 2 });
    await caughtUp(publisher);
    expect(broker.overview().queues).toMatchObject([{ ready: 1, published: 3 }]);
  });

  it("does not prevent the close of a connection", async () => {
    const broker = await start();
    const publisher = await client(broker.url);
    await declare(publisher, "q");
    broker.setAlarm("low");
    publisher.publish(1, { routingKey: "q" }, {}, "a");
    await publisher.expect("ConnectionBlocked");
    broker.closeConnections("enough");
    // Nothing more is said to it, and nothing done of what it had sent.
    broker.setAlarm(undefined);
    expect(await publisher.refusal("connection")).toMatchObject({ code: 320, text: "CONNECTION_FORCED - enough" });
    await publisher.dropped();
    expect(broker.overview().queues).toMatchObject([{ ready: 0 }]);
  });
});

describe("virtual hosts", () => {
  it("have a default type for queues, and refuse an unknown type", async () => {
    const broker = await start();
    broker.addVirtualHost("x", { defaultQueueType: "quorum" });
    const inside = await client(broker.virtualHostUrl("x"));
    await declare(inside, "plain", { durable: true });
    await declare(inside, "typed", { durable: true, arguments: { "x-queue-type": "classic" } });
    await declare(inside, "passing", { durable: false, exclusive: true });
    await declare(inside, "fleeting", { durable: true, autoDelete: true });
    await declare(inside, "plain", { durable: true });
    const types = broker.overview().queues.map(({ name, type }) => [name, type]);
    expect(Object.fromEntries(types)).toEqual({
      plain: "quorum",
      typed: "classic",
      passing: "classic",
      fleeting: "classic",
    });
    const wrong = { defaultQueueType: "stream" } as unknown as { defaultQueueType: "quorum" };
    expect(() => broker.addVirtualHost("y", wrong)).toThrow(expect.objectContaining({ code: "ERR_BROKER_OPTIONS" }));
  });

  it("are removed with their connections, queues, timers and permissions", async () => {
    const clock = createVirtualClock();
    const broker = await start({ clock, consumerTimeoutSeconds: 60 });
    broker.addVirtualHost("x");
    broker.addVirtualHost("x");
    const [inside, outside] = [await client(broker.virtualHostUrl("x")), await client(broker.url)];
    await declare(inside, "q", { arguments: { "x-expires": 1000, "x-message-ttl": 500 } });
    await declare(outside, "q");
    await declare(inside, "held", { durable: true, arguments: { "x-queue-type": "quorum" } });
    inside.publish(1, { routingKey: "q" }, {}, "a");
    inside.publish(1, { routingKey: "held" }, {}, "b");
    inside.method(1, "BasicGet", { queue: "held" });
    await inside.message("BasicGetOk", 1);
    expect(clock.pending).toBe(3);
    broker.setPermissions("guest", "x", undefined);
    broker.removeVirtualHost("x");
    expect(clock.pending).toBe(0);
    expect(await inside.refusal("connection")).toMatchObject({
      code: 320,
      text: "CONNECTION_FORCED - vhost 'x' is deleted",
    });
    await inside.dropped();
    await caughtUp(outside);
    expect(broker.overview().queues).toMatchObject([{ virtualHost: "/", name: "q" }]);
    await expect(client(broker.virtualHostUrl("x"))).rejects.toThrow("vhost x not found");
    broker.addVirtualHost("x");
    await declare(await client(broker.virtualHostUrl("x")), "q");
    broker.removeVirtualHost("never there");
  });
});

describe("users", () => {
  const ann = { name: "ann", password: "secret" };

  it("can open the virtual hosts of their permissions, and do what these allow", async () => {
    const broker = await start({ virtualHosts: ["x"] });
    broker.addUser(ann);
    await expect(client(broker.virtualHostUrl("x", ann))).rejects.toThrow("refused for user 'ann'");
    broker.setPermissions("ann", "x", { configure: "^mine\\.", write: "", read: "" });
    const raw = await client(broker.virtualHostUrl("x", ann));
    await declare(raw, "mine.q");
    raw.method(1, "QueueDeclare", { queue: "yours.q" });
    expect(await raw.refusal("channel")).toMatchObject({ code: 403 });
  });

  it("are removed with their connections", async () => {
    const broker = await start();
    broker.addUser(ann);
    broker.setPermissions("ann", "/", { configure: ".*", write: ".*", read: ".*" });
    const [raw, guest] = [await client(broker.virtualHostUrl("/", ann)), await client(broker.url)];
    broker.removeUser("ann");
    expect(await raw.refusal("connection")).toMatchObject({
      code: 320,
      text: "CONNECTION_FORCED - user 'ann' is deleted",
    });
    await caughtUp(guest);
    await expect(client(broker.virtualHostUrl("/", ann))).rejects.toThrow("the end of the connection");
  });
});

describe("stopping", () => {
  it("closes client connections and frees the port, and may be called twice", async () => {
    const broker = await start();
    const [raw, unfinished] = [await client(broker.url), connect(broker.port, broker.host)];
    await once(unfinished, "connect");
    const ended = once(unfinished, "close");
    unfinished.resume();
    const stopping = broker.stop();
    expect(broker.stop()).toBe(stopping);
    await stopping;
    await ended;
    expect(await raw.expect("ConnectionClose")).toMatchObject({
      replyCode: 320,
      replyText: "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'",
    });
    await raw.dropped();
    expect(broker.overview()).toMatchObject({ connections: [], queues: [] });
    const again = await start({ port: broker.port });
    expect(again.port).toBe(broker.port);
    await broker.stop();
    await client(again.url);
  });

  it("leaves no timer behind", async () => {
    const clock = createVirtualClock();
    const broker = await start({ clock, consumerTimeoutSeconds: 60 });
    const raw = await client(broker.url);
    await declare(raw, "expiring", { arguments: { "x-expires": 1000 } });
    await declare(raw, "ttl", { arguments: { "x-message-ttl": 1000 } });
    await declare(raw, "stuck", {
      durable: true,
      arguments: {
        "x-queue-type": "quorum",
        "x-overflow": "reject-publish",
        "x-dead-letter-strategy": "at-least-once",
        "x-dead-letter-exchange": "nowhere",
      },
    });
    for (const routingKey of ["ttl", "stuck", "stuck"]) raw.publish(1, { routingKey }, {}, "a");
    for (let tag = 1; tag <= 2; tag++) {
      raw.method(1, "BasicGet", { queue: "stuck" });
      await raw.message("BasicGetOk", 1);
    }
    raw.method(1, "BasicReject", { deliveryTag: 1, requeue: false });
    await caughtUp(raw);
    // The queue's end, the message's, the next attempt of the dead letter, and the delivery's.
    expect(clock.pending).toBe(4);
    await broker.stop();
    expect(clock.pending).toBe(0);
  });

  it("leaves nothing open that keeps the process alive", async () => {
    const sockets = () => process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP"));
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    await until(() => sockets().length === 0);
    const timersBefore = timers();
    const broker = await startBroker();
    const raw = await RawConnection.open(withVirtualHost(broker.url), { heartbeat: 1 });
    expect(sockets()).toContain("TCPServerWrap");
    await broker.stop();
    await raw.close();
    await until(() => sockets().length === 0);
    expect(timers()).toBeLessThanOrEqual(timersBefore);
  });
});

describe("the log", () => {
  it("writes refusals at debug level, without passwords", async () => {
    const { logger, lines } = await capturingLogger();
    const broker = await start({ logger });
    const raw = await client(broker.url);
    raw.method(1, "QueueDeclare", { queue: "absent", passive: true });
    await raw.refusal("channel");
    await expect(client(broker.virtualHostUrl("/", { name: "guest", password: "hunter2" }))).rejects.toThrow();
    const said = lines.map(({ msg }) => msg).join("\n");
    expect(said).toContain("channel 1: NOT_FOUND - no queue 'absent' in vhost '/'");
    expect(said).toContain("Login was refused");
    expect(said).not.toContain("hunter2");
    expect(lines.every(({ level }) => level === 20)).toBe(true);
  });

  it("warns about a client that sends no supported protocol header, and shows what it sent", async () => {
    const { logger, lines } = await capturingLogger();
    const broker = await start({ logger });
    const socket = connect(broker.port, broker.host);
    socket.write("GET / HTTP/1.1\r\n\r\n");
    socket.resume();
    await once(socket, "close");
    const [line] = lines;
    expect(line).toMatchObject({ level: 40, msg: expect.stringContaining("sent an HTTP request") });
  });
});

// Schedules that run once for all instances, with queues that another tool declares, and with logins of minimal permissions.
import { expect, it } from "vitest";
import { AmqpConnection } from "../../src/amqp-client/connection.ts";
import { resolveConnectionOptions } from "../../src/amqp-client/options.ts";
import { Publisher } from "../../src/amqp-client/publisher.ts";
import { ScheduleBoard } from "../../src/cluster-schedules/schedule-board.ts";
import { ScheduleQueue } from "../../src/cluster-schedules/schedule-queue.ts";
import { schedulesOf } from "../../src/cluster-schedules/service-schedules.ts";
import { DeadLetterBrowser } from "../../src/dead-letters/index.ts";
import {
  type AmqpBrokerOptions,
  type ClusterScheduleContext,
  Service,
  type ServiceClass,
  type ServiceOptions,
  schedule,
} from "../../src/index.ts";
import { createSilentLogger } from "../../src/log/logger.ts";
import {
  connectForeign,
  createVirtualHost,
  describeWithPrivateBroker,
  operator,
  uniqueName,
  until,
} from "../support/broker.ts";
import { exported, importDefinitions, loginFor, refusals } from "../support/declared-elsewhere.ts";
import { failureOf, type RunningServices, start } from "../support/running.ts";

interface Run {
  readonly scheduledAt: string;
  readonly id: string | undefined;
}

/** One schedule that is due at the first start, and then not for a long time. The first `failing` runs throw. */
function reportsOn(
  amqp: ServiceOptions["amqp"],
  ran: Run[],
  { failing = 0, connection = undefined as string | undefined } = {},
) {
  return class Reports extends Service {
    name = "reports";
    override options: ServiceOptions = { amqp };

    @schedule({ cron: "0 0 1 1 *", timezone: "UTC", immediately: true, once: "cluster", connection })
    async send(dueAt: Date, { messageUuid }: ClusterScheduleContext) {
      ran.push({ scheduledAt: dueAt.toISOString(), id: messageUuid });
      if (ran.length <= failing) throw new Error("no paper");
    }
  };
}

/** Like `tomodachi schedule trigger`. */
async function trigger(source: ServiceClass, url: string): Promise<void> {
  const [found] = schedulesOf(new source(), {}, createSilentLogger());
  if (!found?.cluster) throw new Error("there is no schedule");
  const board = new ScheduleBoard(resolveConnectionOptions({ url }, {}), createSilentLogger());
  try {
    await board.open();
    await board.trigger(found, found.cluster, Date.now());
  } finally {
    await board.close();
  }
}

async function replay(queue: string, url: string): Promise<void> {
  const browser = new DeadLetterBrowser(resolveConnectionOptions({ url }, {}), createSilentLogger());
  try {
    await browser.open();
    await until(async () => (await browser.count(queue)) === 1, { what: `a dead letter in ${queue}` });
    const { signal } = new AbortController();
    await browser.work({ queue, action: { kind: "replay" }, signal, matches: () => true });
  } finally {
    await browser.close();
  }
}

async function untilLeased({ run }: RunningServices): Promise<void> {
  const schedules = () => run.health().flatMap(({ transports }) => transports.flatMap((one) => one.schedules ?? []));
  await until(() => schedules().some(({ cluster }) => cluster?.holdsLease), { what: "the lease" });
}

describeWithPrivateBroker("a schedule that runs once for all instances", () => {
  it.each([
    [true, "declare", "reliable"],
    ["verify", "verify", "reliable"],
    [false, "run", "reliable"],
    [true, "declare", "python"],
    [false, "run", "python"],
  ] as const)(
    "works with declare: %j and a login that may %s (topology %s), also for a replay and a takeover",
    { timeout: 120_000 },
    async (declare, purpose, topology) => {
      await using host = await createVirtualHost();
      const needed = exported(reportsOn({ url: host.url, declare, topology }, []));
      if (declare !== true) await importDefinitions(host, needed);
      const url = await loginFor(host, needed, purpose);
      const ran: Run[] = [];
      const Reports = reportsOn({ url, declare, topology }, ran, { failing: 1 });
      await using running = await start(Reports);
      await until(() => ran.length === 1, { what: "the first run" });
      const [first] = ran as [Run];
      expect(first.id).toBe(`reports.send:${first.scheduledAt}`);
      // It failed: a replay runs it again, and it is still the occurrence of its time.
      await replay("reports.send.schedule.dlq", await loginFor(host, needed, "dlq"));
      await until(() => ran.length === 2, { what: "the replay" });
      expect(ran[1]).toEqual(first);
      await trigger(Reports, url);
      await until(() => ran.length === 3, { what: "the triggered run" });
      expect(refusals(running)).toEqual([]);
      expect(await running.stop()).toBe(0);
      await using next = await start(Reports);
      await untilLeased(next);
      // It starts while no instance has the lease, so it also runs at once.
      await until(() => ran.length === 4, { what: "the first run of the next instance" });
      await trigger(Reports, url);
      await until(() => ran.length === 5, { what: "a triggered run in the next instance" });
      expect(refusals(next)).toEqual([]);
      await using foreign = await connectForeign(host.url);
      expect((await foreign.queueInfo("reports.send.schedule.dlq"))?.messageCount).toBe(0);
      expect(new Set(ran.map(({ id }) => id)).size).toBe(4);
    },
  );

  it("reports every missing queue in one error, and changes nothing", async () => {
    await using host = await createVirtualHost();
    const error = await failureOf(reportsOn({ url: host.url, declare: "verify" }, []));
    expect(error).toMatchObject({ code: "ERR_AMQP_TOPOLOGY_MISSING" });
    for (const name of ["reports.send.schedule", "reports.send.schedule.dlq", "reports.send.schedule.last"])
      expect(error.message).toContain(`the queue "${name}"`);
    expect(await operator().listQueues(host.name)).toEqual([]);
  });

  it("uses the connection that it names, with a login for each", { timeout: 120_000 }, async () => {
    await using main = await createVirtualHost();
    await using other = await createVirtualHost();
    const bridge = (legacy: AmqpBrokerOptions, url: string, ran: Run[]) =>
      reportsOn({ url, connections: { legacy } }, ran, { connection: "legacy" });
    const planned = bridge({ url: other.url }, main.url, []);
    const legacy = { url: await loginFor(other, exported(planned, "legacy"), "declare") };
    const ran: Run[] = [];
    const Bridge = bridge(legacy, await loginFor(main, exported(planned), "declare"), ran);
    await using running = await start(Bridge);
    await until(() => ran.length === 1, { what: "the run" });
    expect((await operator().listQueues(main.name)).map(({ name }) => name)).toEqual([]);
    expect((await operator().listQueues(other.name)).map(({ name }) => name)).toContain("reports.send.schedule");
    expect(refusals(running)).toEqual([]);
  });

  it("also publishes if the broker does not allow its login to check the queue of occurrences", async () => {
    await using host = await createVirtualHost();
    await using foreign = await connectForeign(host.url);
    await foreign.channel.assertQueue("reports.send.schedule", { durable: true });
    const user = uniqueName("login");
    await operator().addUser(user, "secret");
    const lease = "^reports\\.send\\.schedule\\.lease$";
    await operator().setPermissions(host.name, { configure: lease, write: "^amq\\.default$", read: "^$" }, user);
    const logger = createSilentLogger();
    const options = resolveConnectionOptions({ url: host.url, username: user, password: "secret" }, {});
    const connection = new AmqpConnection({ options, name: "reports", purpose: "consuming", logger });
    await connection.open();
    try {
      const publisher = new Publisher({
        connection,
        logger,
        maxUnconfirmedMessages: 10,
        maxUnconfirmedBytes: 10_000,
        maxMessageBytes: 10_000,
        publishTimeoutSeconds: 10,
        republishUnknown: true,
      });
      const broker = { consumingConnection: connection, publishing: { publisher } };
      const queue = new ScheduleQueue({
        name: "reports.send",
        queue: "reports.send.schedule",
        service: "reports",
        context: {},
        broker,
      } as unknown as ConstructorParameters<typeof ScheduleQueue>[0]);
      expect(await queue.lease.take()).toBe(true);
      expect(await queue.standing()).toEqual({ isOurs: true, waiting: 0 });
      await publisher.close();
    } finally {
      await connection.close();
    }
  });
});

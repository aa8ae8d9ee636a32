// Schedules that run once for all instances: in one process, with the clock of the test.
import {
  type ClusterScheduleContext,
  defineService,
  type MessageMiddleware,
  on,
  RetryLater,
  type ScheduleOptions,
  Service,
  type ServiceClass,
  schedule,
} from "tomodachi";
import { createVirtualClock, startService, type TestApp, type VirtualClock } from "tomodachi/testing";
import { expect, it } from "vitest";
import { amqpUrl, connectForeign, describeWithBroker, uniqueName, until } from "../support/broker.ts";
import { capturingLogger } from "../support/capturing-logger.ts";
import { createScope, startOnClock } from "../support/running.ts";

const now = Date.UTC(2026, 10, 29, 1, 59, 30);

type App = TestApp<Service, VirtualClock>;
type Options = ScheduleOptions & { once: "cluster" };

/** One more instance of a service, on its own clock. */
async function startInstance(type: ServiceClass, prefix: string, clock: VirtualClock): Promise<App> {
  const { logger } = await capturingLogger();
  return startService(type, { url: amqpUrl ?? "", prefix, clock, logger, timeout: "20s" });
}

/** A service with one schedule; the list gets what was due at each run, with the number of the instance. */
function reports(
  options: Options,
  ran: string[],
  run: (dueAt: Date, context: ClusterScheduleContext) => unknown = () => {},
) {
  return defineService({
    name: "reports",
    handlers: {
      send: on(schedule(options), (dueAt, context) => {
        ran.push(dueAt.toISOString());
        return run(dueAt, context);
      }),
    },
  });
}

const twoAtNight: Options = { cron: "0 2 * * *", timezone: "UTC", once: "cluster" };
const everyMinute: Options = { every: "1m", once: "cluster" };

function clusterOf(app: App) {
  const { transports } = app.service.health();
  return transports.find(({ transport }) => transport === "schedule")?.schedules?.[0];
}

async function publisher(...apps: readonly App[]): Promise<App> {
  return until(() => apps.find((app) => clusterOf(app)?.cluster?.holdsLease), { what: "somebody to hold the lease" });
}

describeWithBroker("a schedule that runs once for all instances", () => {
  it("runs in one instance, with the context of a schedule and of a message", async () => {
    const prefix = `${uniqueName("t")}.`;
    const clock = createVirtualClock({ now });
    const contexts: ClusterScheduleContext[] = [];
    const ran: string[] = [];
    const type = reports(twoAtNight, ran, (_dueAt, context) => contexts.push(context));
    await using app = await startInstance(type, prefix, clock);
    await clock.advance("1m");
    const { data } = await app.handled("send");
    expect(data).toEqual(new Date("2026-11-29T02:00:00Z"));
    expect(ran).toEqual(["2026-11-29T02:00:00.000Z"]);
    const [context] = contexts;
    expect([context?.message, context?.messageUuid, context?.queueName, context?.attempt]).toEqual([
      new Date("2026-11-29T02:00:00Z"),
      "reports.send:2026-11-29T02:00:00.000Z",
      `${prefix}reports.send.schedule`,
      1,
    ]);
    expect({ ...context }).toMatchObject({
      scheduledAt: new Date("2026-11-29T02:00:00Z"),
      firedAt: expect.any(Date),
      nextAt: new Date("2026-11-30T02:00:00Z"),
      schedule: 'cron "0 2 * * *" (UTC)',
    });
    // The confirm of the publish may come after the run.
    const published = () => clusterOf(app)?.cluster?.lastOccurrence?.toISOString() === "2026-11-29T02:00:00.000Z";
    await until(published, { what: "the confirm" });
    expect(clusterOf(app)).toMatchObject({
      handler: "send",
      nextRun: new Date("2026-11-30T02:00:00Z"),
      lastRun: new Date("2026-11-29T02:00:00Z"),
      running: 0,
      skipped: 0,
      cluster: { holdsLease: true, lastOccurrence: new Date("2026-11-29T02:00:00Z"), trouble: undefined },
    });
    expect(app.service.health()).toMatchObject({ healthy: true, reasons: [] });
  });

  it("runs each occurrence once with three instances, and continues while they stop one after another", async () => {
    const prefix = `${uniqueName("t")}.`;
    const ran: string[] = [];
    const clocks = [createVirtualClock({ now }), createVirtualClock({ now }), createVirtualClock({ now })];
    const apps: App[] = [];
    for (const clock of clocks) apps.push(await startInstance(reports(everyMinute, ran), prefix, clock));
    const advance = () => Promise.all(clocks.map((clock) => clock.advance("1m")));
    let minutes = 0;
    while (apps.length > 0) {
      await publisher(...apps);
      for (let round = 0; round < 3; round++) {
        await advance();
        await until(() => ran.length > minutes, { what: "a run" });
        minutes++;
      }
      const holder = await publisher(...apps);
      expect(await holder.stop()).toBe(0);
      apps.splice(apps.indexOf(holder), 1);
      const at = clocks.indexOf(holder.clock);
      clocks.splice(at, 1);
      // The next one asks within five seconds.
      if (apps.length > 0) {
        const asking = setInterval(() => void Promise.all(clocks.map((clock) => clock.advance("5ms"))), 20);
        for (const clock of clocks) await clock.advance("5s");
        await publisher(...apps);
        clearInterval(asking);
      }
    }
    expect(new Set(ran).size).toBe(ran.length);
    expect(ran.length).toBe(9);
  });

  it("is retried and dead-lettered like any message", async () => {
    const prefix = `${uniqueName("t")}.`;
    const clock = createVirtualClock({ now });
    const attempts: number[] = [];
    const type = reports({ ...twoAtNight, retry: { quick: 1 } } as Options, [], (_dueAt, { attempt }) => {
      attempts.push(attempt);
      throw new RangeError("no paper");
    });
    await using app = await startInstance(type, prefix, clock);
    await clock.advance("1m");
    await clock.advance("1m");
    const [dead] = await app.deadLetters("send", { count: 1 });
    expect(attempts).toEqual([1, 2]);
    expect(dead).toMatchObject({ data: new Date("2026-11-29T02:00:00Z") });
    expect(clusterOf(app)).toMatchObject({ lastError: "no paper" });
  });

  it("dead-letters a message that is not an occurrence, and recognises a duplicate occurrence", async () => {
    const prefix = `${uniqueName("t")}.`;
    const clock = createVirtualClock({ now });
    const ran: string[] = [];
    await using app = await startInstance(reports(twoAtNight, ran), prefix, clock);
    await using foreign = await connectForeign();
    const queue = `${prefix}reports.send.schedule`;
    await foreign.publish("", queue, "who am I");
    await clock.advance("1m");
    const copy = JSON.stringify({ schedule: "reports.send", scheduledAt: "2026-11-29T02:00:00.000Z" });
    await foreign.publish("", queue, copy);
    await foreign.publish("", queue, JSON.stringify({ schedule: "reports.send", scheduledAt: "2026-11-29T02:00:01Z" }));
    const dead = await app.deadLetters("send", { count: 1 });
    expect(dead.length).toBe(1);
    await app.idle();
    expect(ran).toEqual(["2026-11-29T02:00:00.000Z", "2026-11-29T02:00:01.000Z"]);
  });

  it.each([
    ["skip", []],
    ["last", ["2026-12-02T02:00:00.000Z"]],
    ["all", ["2026-11-30T02:00:00.000Z", "2026-12-01T02:00:00.000Z", "2026-12-02T02:00:00.000Z"]],
  ] as const)("handles an outage of all instances: missed is %s", async (missed, expected) => {
    const prefix = `${uniqueName("t")}.`;
    const ran: string[] = [];
    const options = { ...twoAtNight, missed } as Options;
    const first = createVirtualClock({ now });
    await (async () => {
      await using app = await startInstance(reports(options, ran), prefix, first);
      await first.advance("1m");
      await app.handled("send");
    })();
    ran.length = 0;
    const later = createVirtualClock({ now: now + 3 * 86_400_000 + 3_600_000 });
    await using app = await startInstance(reports(options, ran), prefix, later);
    await publisher(app);
    await app.idle();
    expect(ran).toEqual(expected);
  });

  it("starts again after a change, and when the clock of another instance was wrong", async () => {
    const prefix = `${uniqueName("t")}.`;
    const ran: string[] = [];
    const far = createVirtualClock({ now: now + 86_400_000 * 365 });
    await (async () => {
      await using app = await startInstance(reports(twoAtNight, ran), prefix, far);
      await far.advance("1m");
      await app.handled("send");
    })();
    ran.length = 0;
    const clock = createVirtualClock({ now });
    await (async () => {
      await using app = await startInstance(reports(twoAtNight, ran), prefix, clock);
      await publisher(app);
      await clock.advance("1m");
      await app.idle();
      expect(ran).toEqual(["2026-11-29T02:00:00.000Z"]);
    })();
    // Just before three it is changed to be due at half past two and at half past three: the first was before the change.
    const third = createVirtualClock({ now: now + 3_600_000 - 300_000 });
    const changed: Options = { cron: "30 2,3 * * *", timezone: "UTC", once: "cluster" };
    await using app = await startInstance(reports(changed, ran), prefix, third);
    await publisher(app);
    await app.idle();
    expect(ran.length).toBe(1);
    await third.advance("36m");
    expect(ran.at(-1)).toBe("2026-11-29T03:30:00.000Z");
  });

  it("runs at once if requested, only in the first instance", async () => {
    const prefix = `${uniqueName("t")}.`;
    const ran: string[] = [];
    const options = { ...twoAtNight, immediately: true } as Options;
    await using one = await startInstance(reports(options, ran), prefix, createVirtualClock({ now }));
    await one.handled("send");
    await using two = await startInstance(reports(options, ran), prefix, createVirtualClock({ now }));
    await two.idle();
    await one.stop();
    await two.clock.advance("5s");
    await publisher(two);
    await two.idle();
    expect(ran).toEqual(["2026-11-29T01:59:30.000Z"]);
  });

  it("skips occurrences while an earlier one waits, and never runs two at once", async () => {
    const scope = createScope();
    // No app: the clock does not wait for a run that lasts.
    const clock = createVirtualClock({ now });
    const ran: string[] = [];
    const gates: (() => void)[] = [];
    const Reports = defineService({
      name: "reports",
      options: scope.options(),
      handlers: {
        send: on(schedule(everyMinute), (dueAt) => {
          ran.push(dueAt.toISOString());
          return new Promise<void>((resolve) => gates.push(resolve));
        }),
      },
    });
    await using running = await startOnClock(clock, Reports);
    await using foreign = await connectForeign();
    const cluster = () => {
      const transports = running.run.health().flatMap((service) => service.transports);
      return transports.find(({ transport }) => transport === "schedule")?.schedules?.[0];
    };
    const handedOn = (last: string) =>
      until(() => cluster()?.cluster?.lastOccurrence?.toISOString() === last, { what: `the occurrence of ${last}` });
    await until(() => cluster()?.cluster?.holdsLease, { what: "the lease" });
    for (const minute of ["00", "01", "02", "03"]) {
      await clock.advance("1m");
      await handedOn(`2026-11-29T02:${minute}:00.000Z`);
    }
    expect((await foreign.queueInfo(`${scope.prefix}reports.send.schedule`))?.messageCount).toBe(1);
    expect(gates.length).toBe(1);
    expect(cluster()).toMatchObject({ running: 1, skipped: 2 });
    gates[0]?.();
    await until(() => gates.length === 2, { what: "the one that waited" });
    gates[1]?.();
    await until(() => cluster()?.running === 0, { what: "its end" });
    expect(ran).toEqual(["2026-11-29T02:00:00.000Z", "2026-11-29T02:01:00.000Z"]);
    expect(running.log.map(({ msg }) => msg)).toContain(
      "an occurrence is skipped, because an earlier one still waits for its run",
    );
  });

  it("has a pause for one instance, which leaves the occurrence in the queue", async () => {
    const prefix = `${uniqueName("t")}.`;
    const clock = createVirtualClock({ now });
    const ran: string[] = [];
    await using app = await startInstance(reports(twoAtNight, ran), prefix, clock);
    await publisher(app);
    await app.service.drain("send");
    await clock.advance("1m");
    expect(ran).toEqual([]);
    expect(clusterOf(app)?.paused?.reason).toBe("paused by service.drain()");
    app.service.resume("send");
    await app.handled("send");
    expect(ran).toEqual(["2026-11-29T02:00:00.000Z"]);
  });

  it("supports RetryLater, and waits on the broker for it", async () => {
    const prefix = `${uniqueName("t")}.`;
    const clock = createVirtualClock({ now });
    const type = reports(twoAtNight, [], () => {
      throw new RetryLater("1h");
    });
    await using app = await startInstance(type, prefix, clock);
    await publisher(app);
    await clock.advance("1m");
    await app.handled("send", { outcome: "any" });
    expect(await app.idle()).toEqual({ parked: 1 });
  });

  it("uses its own middleware, not that of messages", async () => {
    const prefix = `${uniqueName("t")}.`;
    const clock = createVirtualClock({ now });
    const seen: unknown[] = [];
    class Reports extends Service {
      name = "reports";
      override messageMiddleware = [() => Promise.reject(new Error("not for schedules"))];
      override options = {
        schedule: {
          middleware: [
            (async (next, { context }) => {
              seen.push((context as ClusterScheduleContext).schedule);
              return next();
            }) as MessageMiddleware,
          ],
        },
      };
      @schedule(twoAtNight) send(dueAt: Date) {
        seen.push(dueAt);
      }
    }
    await using app = await startInstance(Reports, prefix, clock);
    await clock.advance("1m");
    await app.handled("send");
    expect(seen).toEqual(['cron "0 2 * * *" (UTC)', new Date("2026-11-29T02:00:00Z")]);
  });

  it("declares its queues again when a client deletes them", async () => {
    const prefix = `${uniqueName("t")}.`;
    const clock = createVirtualClock({ now });
    const ran: string[] = [];
    await using app = await startInstance(reports(everyMinute, ran), prefix, clock);
    await publisher(app);
    await using foreign = await connectForeign();
    await foreign.deleteQueue(`${prefix}reports.send.schedule.last`);
    await foreign.deleteQueue(`${prefix}reports.send.schedule`);
    await clock.advance("1m");
    await until(() => ran.length > 0, { what: "a run all the same" });
    // It may be written after the run.
    const isWritten = async (): Promise<boolean> =>
      (await foreign.queueInfo(`${prefix}reports.send.schedule.last`))?.messageCount === 1;
    await until(isWritten, { what: "the last occurrence" });
  });
});

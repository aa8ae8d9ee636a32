// Schedules in a service: the whole way from the decorator to the stop.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  amqp,
  amqpPublish,
  daily,
  defineOptions,
  defineService,
  heartbeat,
  hourly,
  memoryDeduplicationStore,
  minutely,
  monthly,
  on,
  type ScheduleContext,
  Service,
  type ServiceClass,
  schedule,
} from "tomodachi";
import { createVirtualClock, startService } from "tomodachi/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { amqpUrl, describeWithBroker } from "../support/broker.ts";
import { capturingLogger } from "../support/capturing-logger.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const now = Date.UTC(2026, 2, 28, 12); // The night after, Stockholm changes to daylight saving time.

class Reports extends Service {
  name = "reports";
  override options = defineOptions({ schedule: { timezone: "Europe/Stockholm" } });
  readonly ran: string[] = [];

  @daily onDaily(dueAt: Date) {
    this.ran.push(`daily ${dueAt.toISOString()}`);
  }
  @hourly onHourly() {}
  @monthly onMonthly(dueAt: Date) {
    this.ran.push(`monthly ${dueAt.toISOString()}`);
  }
  @schedule({ cron: "30 2 * * *" }) atNight(dueAt: Date, { nextAt }: ScheduleContext) {
    this.ran.push(`night ${dueAt.toISOString()}, next ${nextAt?.toISOString()}`);
  }
}

describe("schedules of a service", () => {
  it("run by the virtual clock, over a change of daylight saving and the end of a month", async () => {
    const clock = createVirtualClock({ now });
    await using app = await startService(Reports, { clock });
    await clock.advance("4d");
    expect(app.service.ran).toEqual([
      "daily 2026-03-28T23:00:00.000Z",
      "night 2026-03-29T01:00:00.000Z, next 2026-03-30T00:30:00.000Z",
      "daily 2026-03-29T22:00:00.000Z",
      "night 2026-03-30T00:30:00.000Z, next 2026-03-31T00:30:00.000Z",
      "daily 2026-03-30T22:00:00.000Z",
      "night 2026-03-31T00:30:00.000Z, next 2026-04-01T00:30:00.000Z",
      "monthly 2026-03-31T22:00:00.000Z",
      "daily 2026-03-31T22:00:00.000Z",
      "night 2026-04-01T00:30:00.000Z, next 2026-04-02T00:30:00.000Z",
    ]);
    expect(app.runs("onHourly")).toHaveLength(96);
  });

  it("can be the only handlers of a service, and reach the testing kit like messages", async () => {
    const clock = createVirtualClock({ now });
    await using app = await startService(
      defineService({
        name: "beats",
        handlers: {
          onBeat: on([heartbeat, minutely], (dueAt, { scheduledAt, firedAt }) => {
            expect(dueAt).toEqual(scheduledAt);
            expect(firedAt).toEqual(scheduledAt);
          }),
        },
      }),
      { clock },
    );
    const first = app.handled("onBeat");
    await clock.advance("1s");
    expect((await first).data).toEqual(new Date(now + 1000));
    await clock.advance("59s");
    expect(app.runs("onBeat")).toHaveLength(61);
    expect(app.service.health()).toMatchObject({
      healthy: true,
      transports: [{ schedules: [{ handler: "onBeat" }, {}] }],
    });
  });

  it("continue after a run that fails or takes too long, with middleware around each", async () => {
    const clock = createVirtualClock({ now });
    const { logger, lines } = await capturingLogger();
    const seen: string[] = [];
    let calls = 0;
    const type = defineService({
      name: "beats",
      options: {
        schedule: {
          timeoutSeconds: 3,
          middleware: [
            (next, { context, message }) => {
              seen.push(`${(message as Date).getTime() - now} ${(context as ScheduleContext).schedule}`);
              return next();
            },
          ],
        },
      },
      handlers: {
        onBeat: on(schedule({ every: "2s" }), (_dueAt, { signal }) => {
          calls++;
          if (calls === 1) throw new RangeError("the first one fails");
          if (calls > 2) return undefined;
          return new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason as Error));
          });
        }),
      },
    });
    await using _app = await startService(type, { clock, logger });
    await clock.advance("12s");
    expect(seen).toEqual(["2000 every 2s", "4000 every 2s", "8000 every 2s", "10000 every 2s", "12000 every 2s"]);
    const said = lines
      .filter(({ level }) => level >= 40)
      .map(({ msg, err }) => [msg, (err as Error | undefined)?.message]);
    expect(said).toEqual([
      ["the run failed: the first one fails; the next one is due at 2026-03-28T12:00:04.000Z", "the first one fails"],
      ["a scheduled run is skipped, because an earlier run has not ended", undefined],
      [expect.stringMatching(/^the run failed: .*; the next one is due at /), expect.stringContaining("(3)")],
    ]);
  });

  it("do not start before the whole service has started", async () => {
    const clock = createVirtualClock({ now });
    const order: string[] = [];
    const type = defineService({
      name: "beats",
      async startedService() {
        await clock.advance("5s");
        order.push("started");
      },
      handlers: {
        onBeat: on(schedule({ every: "1s", immediately: true }), (dueAt) => order.push(dueAt.toISOString())),
      },
    });
    await using _app = await startService(type, { clock });
    await clock.advance("1s");
    expect(order).toEqual(["started", "2026-03-28T12:00:05.000Z", "2026-03-28T12:00:06.000Z"]);
  });

  it("report every problem in one error", async () => {
    const type = defineService({
      name: "beats",
      handlers: {
        a: on(schedule({ every: "fortnight" }), () => {}),
        b: on(schedule({ cron: "0 0 31 2 *" }), () => {}),
        c: on(schedule({ at: "soon" }), () => {}),
      },
    });
    const error = (await startService(type).catch((thrown: unknown) => thrown)) as Error;
    expect(error).toMatchObject({ code: "ERR_CONFIGURATION" });
    for (const place of ["beats.a", "beats.b", "beats.c"]) expect(error.message).toContain(place);
  });
});

describeWithBroker("beside AMQP,", () => {
  it("a message with the due time as its id is handled once for all instances", async () => {
    const clock = createVirtualClock({ now });
    const store = memoryDeduplicationStore();
    const handled: string[] = [];
    const create = (): ServiceClass =>
      defineService({
        name: "reports",
        options: { amqp: { deduplicationStore: store } },
        handlers: {
          due: on(schedule({ cron: "0 * * * *", timezone: "UTC" }), async function (dueAt) {
            const messageId = `reports:${dueAt.toISOString()}`;
            await amqpPublish(this, dueAt.toISOString(), { routingKey: "reports.due", messageId });
          }),
          send: on(amqp("reports.due", { deduplicate: "messageId" }), (dueAt) => handled.push(String(dueAt))),
        },
      });
    await using first = await startService(create(), { url: amqpUrl, clock, timeout: "20s" });
    await using second = await startService(create(), { url: amqpUrl, prefix: first.prefix, clock, timeout: "20s" });
    await clock.advance("2h");
    await Promise.all([first.idle(), second.idle()]);
    expect([first.runs("due"), second.runs("due")].map(({ length }) => length)).toEqual([2, 2]);
    expect(handled.sort()).toEqual(["2026-03-28T13:00:00.000Z", "2026-03-28T14:00:00.000Z"]);
  });

  it("can publish messages for another handler", async () => {
    const clock = createVirtualClock({ now });
    const type = defineService({
      name: "reports",
      handlers: {
        send: on(schedule({ every: "1h" }), async function (dueAt) {
          await amqpPublish(this, dueAt.toISOString(), { routingKey: "report.due" });
        }),
        onDue: on(amqp("report.due"), () => {}),
      },
    });
    await using app = await startService(type, { url: amqpUrl, clock, timeout: "20s" });
    const got = app.handled("onDue");
    await clock.advance("1h");
    expect((await got).data).toBe("2026-03-28T13:00:00.000Z");
  });
});

describe("a process", () => {
  function run(code: string): { readonly output: string; readonly status: number | null } {
    // Inside the repository, so that "tomodachi" is the package itself.
    const folder = mkdtempSync(join(root, ".schedule-check-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, "main.mjs"), code);
    const env = { PATH: process.env["PATH"] };
    const { stdout, stderr, status } = spawnSync(process.execPath, ["main.mjs"], {
      cwd: folder,
      encoding: "utf8",
      env,
    });
    return { output: stdout + stderr, status };
  }

  it("runs while a service has only schedules, and ends when it is stopped", () => {
    const { output, status } = run(`
      import { defineService, exit, on, runServices, schedule } from "tomodachi";
      let runs = 0;
      const tick = on(schedule({ every: "100ms" }), () => { if (++runs === 3) exit(4); });
      const run = await runServices([defineService({ name: "ticks", handlers: { tick } })]);
      process.exitCode = await run.ended;
      console.log("runs", runs);
    `);
    expect(output).toContain("runs 3");
    expect(status).toBe(4);
  });

  it("loads croner only for a service with a schedule", () => {
    const loaded = (handler: string): string =>
      run(`
        import { createRequire } from "node:module";
        import { amqp, defineService, on, runServices, schedule } from "tomodachi";
        const handlers = { handler: on(${handler}, () => {}) };
        const service = defineService({ name: "some", handlers, options: { amqp: { port: 1, connectTimeoutSeconds: 0.01 } } });
        await runServices([service]).then((run) => run.stop(), () => {});
        console.log("loaded", Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes("/croner/")));
      `).output;
    expect(loaded('schedule({ cron: "@daily" })')).toContain("loaded true");
    expect(loaded('amqp("a")')).toContain("loaded false");
  });
});

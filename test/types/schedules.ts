/** Schedules: what an option may be, and what a handler gets. */
import {
  type AmqpContext,
  amqp,
  type ClusterScheduleContext,
  daily,
  defineOptions,
  defineService,
  heartbeat,
  type MessageContext,
  on,
  type ScheduleContext,
  type ScheduleOptions,
  Service,
  schedule,
} from "tomodachi";

export class Reports extends Service {
  name = "reports";
  override options = defineOptions({
    schedule: { timezone: "UTC", timeoutSeconds: 5, middleware: [(next) => next()] },
  });

  @schedule({ every: "30s" }) none() {}
  @schedule({ every: "mondays", timezone: "UTC", immediately: true }) async one(dueAt: Date) {
    dueAt.getTime();
  }
  @schedule({ cron: "@daily", overlap: true }) both(dueAt: Date, { nextAt, scheduledAt, logger }: ScheduleContext) {
    logger.info([nextAt?.getTime(), scheduledAt.getTime(), dueAt.getTime()]);
  }
  @schedule({ at: new Date() }) general(_dueAt: Date, { signal }: MessageContext) {
    return signal.aborted;
  }
  @heartbeat @daily several() {}
  @heartbeat @amqp("a") also(_data: unknown) {}

  @schedule({ every: "30s", once: "cluster", missed: "all", retry: { delays: ["5s"] } })
  cluster(_dueAt: Date, { attempt, scheduledAt }: ClusterScheduleContext) {
    return scheduledAt.getTime() + attempt;
  }
  @schedule({ cron: "@daily", once: "cluster", name: "old-name" }) asSchedule(
    _dueAt: Date,
    _context: ScheduleContext,
  ) {}
  @schedule({ cron: "@daily", once: "cluster" }) asMessage(_dueAt: Date, _context: AmqpContext) {}

  // @ts-expect-error only a schedule that runs once for all instances is a message
  @schedule({ every: "30s" }) noMessage(_dueAt: Date, _context: ClusterScheduleContext) {}
  // @ts-expect-error it means nothing without once
  @schedule({ every: "30s", missed: "all" }) noOnce() {}
  // @ts-expect-error a slip in a value
  @schedule({ every: "30s", once: "clutser" }) onceSlip() {}
  // @ts-expect-error a slip in a name
  @schedule({ every: "30s", once: "cluster", mised: "all" }) missedSlip() {}
  // @ts-expect-error what was due is a Date
  @schedule({ every: "30s" }) wrongData(_dueAt: string) {}
  // @ts-expect-error a schedule has no routing key
  @heartbeat wrongContext(_dueAt: Date, _context: AmqpContext) {}
  // @ts-expect-error only one of them
  @schedule({ every: "30s", cron: "@daily" }) two() {}
  // @ts-expect-error one of them must be given
  @schedule({ immediately: true }) noTime() {}
  // @ts-expect-error a slip in a name
  @schedule({ every: "30s", imediately: true }) slip() {}
  // @ts-expect-error Python's name
  @schedule({ interval: "30s" }) python() {}
}

export const defined = defineService({
  name: "reports",
  handlers: { tick: on([heartbeat, schedule({ at: "09:00" })], (dueAt, { firedAt }) => dueAt > firedAt) },
});
// @ts-expect-error what was due is a Date
export const wrong = on(heartbeat, (_dueAt: string) => {});
// @ts-expect-error a zone is a string
export const zone = defineOptions({ schedule: { timezone: 1 } });

const given: ScheduleOptions = { cron: "0 9 * * *", timezone: "Europe/Stockholm" };
export const passedOn = schedule(given);

const cluster: ScheduleOptions & { once: "cluster" } = { cron: "0 9 * * *", once: "cluster" };
export const clusterOn = on(schedule(cluster), (dueAt, { attempt, firedAt }) => [dueAt.getTime(), attempt, firedAt]);

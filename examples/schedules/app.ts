// A service with schedules. It needs no broker: `tomodachi run examples/schedules/app.ts`.
import { daily, defineOptions, heartbeat, type ScheduleContext, Service, schedule } from "tomodachi";

export class Clockwork extends Service {
  name = "clockwork";
  override options = defineOptions({ schedule: { timezone: "Europe/Stockholm" } });
  #beats = 0;

  @heartbeat
  async beat(): Promise<void> {
    this.#beats++;
    this.logger.info(`beat ${this.#beats}`);
  }

  // Slow runs do not pile up: times that are due during a run are skipped.
  @schedule({ every: "500ms", immediately: true, timeoutSeconds: 10 })
  async refresh(_dueAt: Date, { logger, nextAt }: ScheduleContext): Promise<void> {
    logger.info(`refreshed, next at ${nextAt?.toISOString()}`);
  }

  @schedule({ cron: "0 9 * * 1-5" })
  async remind(dueAt: Date, { logger, signal }: ScheduleContext): Promise<void> {
    signal.throwIfAborted();
    logger.info(`it is nine o'clock in Stockholm, and ${dueAt.toISOString()} in UTC`);
  }

  @daily
  async cleanUp(): Promise<void> {
    this.#beats = 0;
  }
}

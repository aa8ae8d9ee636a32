// Python: examples/basic_examples/scheduler_example.py
import { hourly, minutely, Service, schedule } from "tomodachi";

export class SchedulerService extends Service {
  name = "example-scheduler-service";

  @schedule({ every: "every second" })
  async everySecond() {
    this.logger.info("Heartbeat");
  }

  @minutely // @schedule({ every: "minutely" })
  async everyMinute() {
    this.logger.info("Heartbeat (every minute)");
  }

  @hourly // @schedule({ every: "hourly" })
  async everyHour() {
    this.logger.info("Heartbeat (every hour)");
  }

  @schedule({ cron: "*/2 * * * *" })
  async everySecondMinute() {
    this.logger.info("Heartbeat (every 2nd minute)");
  }

  @schedule({ cron: "1-59/2 8-18 * * mon-fri" })
  async workHours() {
    this.logger.info("Heartbeat (every odd minute between 8-18 on weekdays)");
  }

  @schedule({ cron: "30 5 * jan,mar Ltue" }) // the last Tuesday of January and March at 05:30
  async advancedCronNotation() {
    this.logger.info("Heartbeat (the last Tuesday of January and March at 05:30 AM)");
  }

  @schedule({ at: "22:15:30" })
  async asTimestamp() {
    this.logger.info("Heartbeat (22:15:30)");
  }

  @schedule({ at: "00:00:00", timezone: "Europe/Stockholm" })
  async midnightInSweden() {
    this.logger.info("Heartbeat (midnight in Sweden)");
  }

  @schedule({ every: 20 })
  async everyTwentySeconds() {
    this.logger.info("Every 20 seconds");
  }

  @schedule({ every: "20s", immediately: true })
  async everyTwentySecondsAndImmediately() {
    this.logger.info("Every 20 seconds and immediately");
  }
}

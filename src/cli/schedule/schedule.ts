/** `tomodachi schedule`: lists the schedules of services, or starts one now. */

import {
  type ClusterPlace,
  ScheduleBoard,
  type ScheduleState,
  type ServiceSchedule,
  schedulesOf,
} from "../../cluster-schedules/index.ts";
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../log/logger.ts";
import { printable } from "../../util/printable.ts";
import { errorLine } from "../common/final-line.ts";
import { Progress } from "../common/progress.ts";
import { environmentToAsk } from "../common/run-surroundings.ts";
import { columnsOf, writeLines } from "../common/write-lines.ts";
import { withServices } from "../loading/with-services.ts";
import type { ScheduleSettings } from "./schedule-arguments.ts";
import { chooseSchedule } from "./schedule-choice.ts";
import { jsonOf, scheduleTable } from "./schedule-table.ts";

const waiting = new Progress(process.stderr);

/** Returns the exit code; undefined if another copy of the package took over the process. */
export function runSchedule(settings: ScheduleSettings): Promise<number | undefined> {
  return withServices(settings, async (services, logger) => {
    const environment = environmentToAsk(services, settings.url, process.env);
    const schedules = services.flatMap((service) => schedulesOf(service, environment, logger));
    if (settings.schedule === undefined) return list(schedules, settings, logger);
    return trigger(chooseSchedule(schedules, settings.schedule), settings, logger);
  });
}

async function list(
  schedules: readonly ServiceSchedule[],
  { json }: ScheduleSettings,
  logger: Logger,
): Promise<number> {
  const now = Date.now();
  const { states, failed } = await look(schedules, logger);
  const listed = schedules.map((schedule) => ({
    schedule,
    next: schedule.nextAfter(now),
    state: states.get(schedule),
  }));
  if (json) for (const line of listed.map(jsonOf)) sayJson(line);
  else if (schedules.length === 0) writeLines(["These services have no schedules."]);
  else writeLines(scheduleTable(listed, columnsOf()));
  return failed ? 1 : 0;
}

/** Asks each broker over one connection. A broker that does not answer is reported, and the others are still asked. */
async function look(
  schedules: readonly ServiceSchedule[],
  logger: Logger,
): Promise<{ readonly states: ReadonlyMap<ServiceSchedule, ScheduleState>; readonly failed: boolean }> {
  const states = new Map<ServiceSchedule, ScheduleState>();
  let failed = false;
  for (const { connection, together } of brokersOf(schedules)) {
    const board = new ScheduleBoard(connection, logger);
    try {
      await waiting.during("Connecting to the broker ...", board.open());
      for (const { schedule, place } of together) states.set(schedule, await board.look(place));
    } catch (error) {
      failed = true;
      const what = together.map(({ schedule }) => schedule.name).join(", ");
      process.stderr.write(errorLine(`${what}: ${messageOf(error)}`, error));
    } finally {
      await board.close();
    }
  }
  return { states, failed };
}

interface AskedBroker {
  readonly connection: ClusterPlace["connection"];
  readonly together: { readonly schedule: ServiceSchedule; readonly place: ClusterPlace }[];
}

/** The schedules, grouped by the broker of their queues. */
function brokersOf(schedules: readonly ServiceSchedule[]): readonly AskedBroker[] {
  const brokers = new Map<string, AskedBroker>();
  for (const schedule of schedules) {
    const { cluster: place } = schedule;
    if (!place) continue;
    const { connection } = place;
    const key = JSON.stringify(connection);
    const broker = brokers.get(key) ?? { connection, together: [] };
    brokers.set(key, broker);
    broker.together.push({ schedule, place });
  }
  return [...brokers.values()];
}

async function trigger(
  { schedule, place }: ReturnType<typeof chooseSchedule>,
  { json }: ScheduleSettings,
  logger: Logger,
): Promise<number> {
  const board = new ScheduleBoard(place.connection, logger);
  try {
    await waiting.during("Connecting to the broker ...", board.open());
    const id = await board.trigger(schedule, place, Date.now());
    const { instances } = await board.look(place);
    if (json) sayJson(JSON.stringify({ schedule: schedule.name, id, queue: place.queue, instances }));
    else {
      const who = instances === 0 ? "No instance of the service runs: it waits in" : "It is in";
      writeLines([`${schedule.name} is started as ${id}. ${who} the queue "${place.queue}".`]);
    }
    return 0;
  } finally {
    await board.close();
  }
}

function sayJson(line: string): void {
  process.stdout.write(`${printable(line)}\n`);
}

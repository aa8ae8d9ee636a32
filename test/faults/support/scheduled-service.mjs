// A service with a schedule that runs once for all instances; it appends to a file what it runs, with the process that does.
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { defineService, on, schedule } from "tomodachi";

const { FAULT_PREFIX: prefix, FAULT_RUN_LOG: runLog, FAULT_EVERY: every = "500ms", FAULT_MISSED: missed } = process.env;

/** One write to a file opened for appending is not torn when other processes append too. */
function note(word, dueAt) {
  appendFileSync(runLog, `${word} ${dueAt.toISOString()} ${process.pid}\n`);
}

export default defineService({
  name: "scheduled",
  options: { amqp: { queueNamePrefix: prefix, heartbeat: 1 } },
  handlers: {
    tick: on(schedule({ every, once: "cluster", missed }), async (dueAt) => {
      note("began", dueAt);
      await sleep(20);
      note("ended", dueAt);
    }),
  },
});

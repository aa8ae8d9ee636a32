// A service whose handler appends to a file when it begins and when it ends: its record survives the process, however that ends.
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { amqp, defineService, JsonBase, on, Requeue } from "tomodachi";

const { FAULT_PREFIX: prefix, FAULT_RUN_LOG: runLog, FAULT_PREFETCH: prefetch = "100" } = process.env;

const requeued = new Set();

/** One write to a file opened for appending is not torn by other writers. */
function note(word, id) {
  appendFileSync(runLog, `${word} ${id} ${process.pid}\n`);
}

export default defineService({
  name: `counting-${prefix}`,
  messageEnvelope: JsonBase,
  options: { amqp: { routingKeyPrefix: prefix, queueNamePrefix: prefix, prefetch: Number(prefetch) } },
  handlers: {
    count: on(amqp("work", { queueName: "work", timeoutSeconds: 60 }), async (job) => {
      note("began", job.id);
      if (job.kills) process.kill(process.pid, "SIGKILL");
      if (job.shiftsClock) globalThis.shiftClock(job.shiftsClock);
      if (job.fails) throw new Error(`not ${job.id}`);
      if (job.requeues && !requeued.has(job.id)) {
        requeued.add(job.id);
        throw new Requeue();
      }
      await sleep(job.ms);
      note("ended", job.id);
    }),
  },
});

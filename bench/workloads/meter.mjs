// What every measured process shares: counts its messages, and takes the CPU and wall time of those after the warm-up.

/** Settings from bench/measure.ts: queue, routingKey, outKey, prefetch, inFlight, warmUp, messages, bytes, rssAt. */
export const settings = JSON.parse(process.env.BENCH_SETTINGS);

const { warmUp, messages, rssAt = [] } = settings;
const total = warmUp + messages;
const seen = new Uint8Array(total);
const rss = {};
let count = 0;
let cpu;
let startedAt;
let result;
let finish;

/** Resolves with the result once every message was counted. */
export const finished = new Promise((resolve) => {
  finish = resolve;
});

/** Counts a message by its id, 0 to total - 1; each id must come once. */
export function tick(id) {
  seen[id]++;
  count++;
  if (rssAt.includes(count)) rss[count] = process.memoryUsage.rss();
  if (count === warmUp) {
    cpu = process.cpuUsage();
    startedAt = performance.now();
  } else if (count === total) {
    const seconds = (performance.now() - startedAt) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    result = { cpuMicros: (user + system) / messages, perSecond: messages / seconds, rss };
    finish();
  }
}

/** Prints the result, after a look at whether each message came exactly once; call it when everything is closed. */
export function report() {
  const wrong = seen.findIndex((times) => times !== 1);
  if (count !== total || wrong !== -1) {
    throw new Error(
      `${count} of ${total} messages were handled; the first wrong one is ${wrong} (${seen[wrong]} times)`,
    );
  }
  process.stdout.write(`${JSON.stringify({ handled: count, ...result })}\n`);
}

/** Keeps `inFlight` publishes unconfirmed until all are confirmed. */
export async function publishAll(publish) {
  let next = 0;
  const lane = async () => {
    while (next < total) {
      const id = next++;
      await publish(id);
      tick(id);
    }
  };
  await Promise.all(Array.from({ length: settings.inFlight }, lane));
}

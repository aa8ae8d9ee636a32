// What every measured process shares: counts its messages and takes CPU, wall time, memory and delays of the event loop.
import { monitorEventLoopDelay } from "node:perf_hooks";

/** Settings from bench/jobs.ts: queue, routingKey, outKey, prefetch, inFlight, warmUp, messages, bytes, rssAt, rssParts, messageUuid. */
export const settings = JSON.parse(process.env.BENCH_SETTINGS);

const { warmUp, messages, rssAt = [], rssParts = 0 } = settings;
const total = warmUp + messages;
const seen = new Uint8Array(total);
const rss = {};
/** Readings of the memory in each part, some hundred of them. */
const parts = Array.from({ length: rssParts }, () => []);
const readEvery = Math.ceil(total / 400);
const delays = [];
const loop = monitorEventLoopDelay({ resolution: 1 });
let count = 0;
/** "cold": everything since the libraries are loaded, connecting included. "warm": what comes after the warm-up. */
const cold = { cpu: process.cpuUsage(), startedAt: performance.now() };
let warm;
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
  if (count === 1) loop.enable();
  if (rssAt.includes(count)) rss[count] = process.memoryUsage.rss();
  if (rssParts > 0 && count % readEvery === 0) {
    parts[Math.ceil((count / total) * rssParts) - 1].push(process.memoryUsage.rss());
  }
  if (count === warmUp) warm = { cpu: process.cpuUsage(), startedAt: performance.now() };
  if (count === total) {
    loop.disable();
    const loopP99Ms = loop.percentile(99) / 1e6;
    parts.forEach((readings, part) => {
      rss[(total / rssParts) * (part + 1)] = readings.sort((a, b) => a - b)[readings.length >> 1];
    });
    result = { cold: figures(cold, total), warm: figures(warm ?? cold, messages), rss, loopP99Ms, ...latency() };
    finish();
  }
}

/** Takes the delay of a message that was sent at this time, in milliseconds since 1970. */
export function delivered(sentAt) {
  delays.push(performance.timeOrigin + performance.now() - sentAt);
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

function figures({ cpu, startedAt }, count) {
  const { user, system } = process.cpuUsage(cpu);
  return { cpuMicros: (user + system) / count, perSecond: count / ((performance.now() - startedAt) / 1000) };
}

function latency() {
  if (delays.length === 0) return {};
  const sorted = delays.slice(warmUp).sort((a, b) => a - b);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  return { latencyMs: { p50: at(0.5), p99: at(0.99) } };
}

// What a measured start prints: first that it is ready, then what the process takes in memory when it has been idle for a while.

export function saysReady() {
  process.stdout.write("ready\n");
  const { idleMs } = JSON.parse(process.env.BENCH_SETTINGS);
  if (idleMs === undefined) return;
  setTimeout(() => {
    process.stdout.write(`${process.memoryUsage.rss()}\n`, () => process.exit());
  }, idleMs);
}

// What the measured servers share: the answer, and the CPU time between two requests of the driver.
let begun = process.cpuUsage();

export const order = (id) => ({
  id,
  items: [
    { sku: "bread", price: 250 },
    { sku: "milk", price: 120 },
  ],
  total: 370,
});

/** `/begin`: from here on it is measured. */
export function begin() {
  begun = process.cpuUsage();
  return { pid: process.pid };
}

/** `/end`: microseconds of CPU since then, and the memory. */
export function end() {
  const { user, system } = process.cpuUsage(begun);
  return { cpuMicros: user + system, rss: process.memoryUsage.rss() };
}

/** Reports its address to the driver. */
export function listening(port) {
  process.stdout.write(`${port}\n`);
}

// A profile is written at the exit.
process.on("SIGTERM", () => process.exit(0));

// Makes each process that loads it stall at random moments, as on a machine that is busy with something else:
// NODE_OPTIONS="--import $PWD/test/support/stalls.mjs" npx vitest run <files>. A test that fails then depends on the speed of the machine.
const { STALLS: given = "100,500,100,1200" } = process.env;
/** Between two stalls, and the length of a stall, in milliseconds. */
const [minGap, maxGap, minLength, maxLength] = given.split(",").map(Number);
const cell = new Int32Array(new SharedArrayBuffer(4));
const later = setTimeout;

function between(least, most) {
  return least + Math.random() * (most - least);
}

/** The process waits without using the CPU. Timers that are due then run before what has arrived is read. */
function stall() {
  Atomics.wait(cell, 0, 0, between(minLength, maxLength));
  plan();
}

function plan() {
  later(stall, between(minGap, maxGap)).unref();
}

// The main process of vitest only collects results.
if (!process.argv.some((word) => /vitest\.mjs$|bin\/(?:npx|npm|vitest)/.test(word))) plan();

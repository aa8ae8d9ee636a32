/** `tomodachi run --pause-signal`, as a process. */
import { afterEach, expect, it } from "vitest";
import { TemporaryProject } from "./temporary-project.ts";

const service = `import { defineService, on, schedule } from "tomodachi";
export default defineService({
  name: "clock",
  handlers: { tick: on(schedule({ every: "1h" }), () => {}) },
});
`;
const projects: TemporaryProject[] = [];

afterEach(() => {
  for (const made of projects.splice(0)) made.remove();
});

function project(): TemporaryProject {
  const made = new TemporaryProject({ "app.mjs": service });
  projects.push(made);
  return made;
}

it.skipIf(process.platform === "win32")("pauses at a signal, resumes at the next, and stops while paused", async () => {
  const started = project().start(["run", "app.mjs", "--pause-signal", "SIGUSR2"]);
  await started.seen("service started");
  started.child.kill("SIGUSR2");
  await started.seen("paused by SIGUSR2");
  started.child.kill("SIGUSR2");
  await started.seen("resumed by SIGUSR2");
  started.child.kill("SIGUSR2");
  started.child.kill("SIGTERM");
  expect((await started.ended).code).toBe(0);
});

it.skipIf(process.platform === "win32")("ignores the signal without the option", async () => {
  const started = project().start(["run", "app.mjs"]);
  await started.seen("service started");
  started.child.kill("SIGUSR2");
  // What Node does with it: the process ends.
  expect((await started.ended).code).not.toBe(0);
  expect(started.written()).not.toContain("paused");
});

// The port of the console: where it is taken, and where the run cannot have it.
import { createServer, type Server } from "node:net";
import { afterEach, expect, it } from "vitest";
import { LogLines } from "../../src/console/run/log-lines.ts";
import { consoleOfRun } from "../../src/console/run-console.ts";
import { createLogger, defineService, type ServiceRun } from "../../src/index.ts";
import { runServicesAnd } from "../../src/run-services.ts";

const token = "a-token-for-tests-0123456789";
const taken: Server[] = [];
const runs: ServiceRun[] = [];

afterEach(async () => {
  for (const run of runs.splice(0)) await run.stop();
  for (const server of taken.splice(0)) await new Promise((resolve) => server.close(resolve));
});

async function takePort(): Promise<number> {
  const server = createServer((socket) => socket.destroy());
  taken.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as { readonly port: number }).port;
}

interface Opened {
  readonly address: string | undefined;
  readonly log: string;
}

async function open(
  port: number,
  {
    anyPort,
    isAsked,
    portBefore,
  }: { readonly anyPort: boolean; readonly isAsked: boolean; readonly portBefore?: number },
): Promise<Opened> {
  let address: string | undefined;
  const lines: string[] = [];
  const logger = await createLogger({ destination: { write: (line: string) => void lines.push(line) } });
  const part = consoleOfRun({
    ...{ port, anyPort, isAsked, portBefore, token },
    version: "1.2.3",
    logLines: new LogLines(),
    loaded: { files: [], testFolder: "/", redact: undefined },
    opened: (given) => {
      address = given;
    },
  });
  const service = defineService({ name: "idle", handlers: {}, startedService() {} });
  runs.push(await runServicesAnd([part], [service], { logger, environment: {} }));
  return { address, log: lines.join("") };
}

it("the console port is another one if the default is taken, and the next run finds it automatically", async () => {
  const port = await takePort();
  const { address } = await open(port, { anyPort: true, isAsked: false });
  expect(address).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:\\d+/#${token}$`));
  await runs.pop()?.stop();
  // A run that was started again is where its page expects it.
  expect((await open(port, { anyPort: true, isAsked: false })).address).toBe(address);
});

it("the console port stays the same after a restart, also when the default one is free again", async () => {
  const port = await takePort();
  const { address = "" } = await open(port, { anyPort: true, isAsked: false });
  await runs.pop()?.stop();
  for (const server of taken.splice(0)) await new Promise((resolve) => server.close(resolve));
  const portBefore = Number(new URL(address).port);
  expect((await open(port, { anyPort: true, isAsked: false, portBefore })).address).toBe(address);
  await runs.pop()?.stop();
  // The previous port may be in use in the meantime.
  const others = await takePort();
  const { address: last = "" } = await open(0, { anyPort: false, isAsked: true, portBefore: others });
  expect(Number(new URL(last).port)).not.toBe(others);
});

it("a console that cannot open does not fail the start unless it was requested", async () => {
  const port = await takePort();
  const { address, log } = await open(port, { anyPort: false, isAsked: false });
  expect(address).toBeUndefined();
  expect(log).toContain(`The console cannot listen on 127.0.0.1:${port}: another program has it.`);
  expect(log).toContain("The services run without it.");
  expect(runs.at(-1)?.state).toBe("running");
  await expect(open(port, { anyPort: false, isAsked: true })).rejects.toMatchObject({ code: "ERR_CONSOLE_PORT" });
});

// `tomodachi run --watch`: restarts on changes, and loses nothing, on RabbitMQ and on the embedded broker.
import { afterEach, describe, expect, it, vi } from "vitest";
import { amqpUrl, connectForeign, describeWithBroker, uniqueName, until } from "../support/broker.ts";
import { freePort } from "./free-port.ts";
import { type Started, TemporaryProject } from "./temporary-project.ts";

/** Logs each message with the word of its file; a message "slow" takes a while. */
function app(word: string, prefix: string, more = ""): string {
  return `import { Service, amqp, exit } from "tomodachi";
import { word } from "./lib.ts";
${more}
export class App extends Service {
  name = "app";
  options = { amqp: { queueNamePrefix: "${prefix}.", routingKeyPrefix: "${prefix}." } };
  @amqp("word") async onWord(text: string) {
    console.log("BEGIN", text);
    if (text === "slow") await new Promise((resolve) => setTimeout(resolve, 1500));
    console.log("END", text, "${word}", word, process.env.GREETING);
  }
}
`;
}

// Up to six starts of two processes.
vi.setConfig({ testTimeout: 180_000 });

const esm = { "package.json": '{ "type": "module" }', "lib.ts": 'export const word = "lib1";' };
const projects: TemporaryProject[] = [];
const running: Started[] = [];

afterEach(async () => {
  for (const started of running.splice(0)) {
    started.child.kill("SIGTERM");
    await started.ended;
  }
  for (const project of projects.splice(0)) project.remove();
});

function project(files: Readonly<Record<string, string>>): TemporaryProject {
  const made = new TemporaryProject({ ...esm, ...files });
  projects.push(made);
  return made;
}

function watch(
  place: TemporaryProject,
  environment: Readonly<Record<string, string>>,
  ...words: readonly string[]
): Started {
  const started = place.start(["run", "app.ts", "--watch", ...words], { environment });
  running.push(started);
  return started;
}

/** Resolves when a line was written this many times. */
async function times(started: Started, text: string, count: number): Promise<void> {
  const isThere = (): boolean => started.written().split(text).length > count;
  if (isThere()) return;
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (!isThere()) return;
      started.child.stdout?.off("data", look);
      started.child.stderr?.off("data", look);
      resolve();
    };
    started.child.stdout?.on("data", look);
    started.child.stderr?.on("data", look);
    look();
  });
}

function suite(
  access: () => Promise<{
    readonly environment: Record<string, string>;
    readonly url: string;
    readonly words: readonly string[];
  }>,
): void {
  it("restarts for a file that a service file imports, after the old code has handled the messages in flight", async () => {
    const { environment, url, words } = await access();
    const prefix = uniqueName("watch");
    const place = project({ "app.ts": app("v1", prefix) });
    const started = watch(place, environment, ...words);
    await started.seen("Ready. A changed file restarts the services");
    await using foreign = await connectForeign(url);
    await foreign.publish("amq.topic", `${prefix}.word`, Buffer.from("slow"));
    await started.seen("BEGIN slow");
    place.write({ "lib.ts": 'export const word = "lib2";' });
    await started.seen("lib.ts changed: restarting.");
    // It comes during the restart: the old process still has it, or it waits in the queue for the new one.
    await foreign.publish("amq.topic", `${prefix}.word`, Buffer.from("meanwhile"));
    await started.seen("END slow v1 lib1");
    await started.seen("END meanwhile v1 lib");
    await started.seen("Ready again, ");
    await foreign.publish("amq.topic", `${prefix}.word`, Buffer.from("after"));
    await started.seen("END after v1 lib2");
    for (const word of ["slow", "meanwhile"]) expect(started.written().split(`BEGIN ${word}`)).toHaveLength(2);
    place.write({ "app.ts": app("v2", prefix) });
    await times(started, "Ready again, ", 2);
    await foreign.publish("amq.topic", `${prefix}.word`, Buffer.from("third"));
    await started.seen("END third v2 lib2");
    // What cannot be loaded stops nothing.
    place.write({ "lib.ts": "const broken = (;" });
    await started.seen("The services keep running as they were before the change. Waiting for a change.");
    await foreign.publish("amq.topic", `${prefix}.word`, Buffer.from("fourth"));
    await started.seen("END fourth v2 lib2");
    place.write({ "lib.ts": 'export const word = "lib3";' });
    await times(started, "Ready again, ", 3);
    await foreign.publish("amq.topic", `${prefix}.word`, Buffer.from("fifth"));
    await started.seen("END fifth v2 lib3");
    started.child.kill("SIGTERM");
    expect((await started.ended).code).toBe(0);
    // The embedded broker has ended with the run.
    if (words.length > 0) return;
    for (const suffix of ["", ".dlq"]) await foreign.deleteQueue(`${prefix}.app.onWord:word${suffix}`);
  });
}

describeWithBroker("on RabbitMQ", () =>
  suite(async () => ({ environment: { TOMODACHI_AMQP_URL: amqpUrl ?? "" }, url: amqpUrl ?? "", words: [] })),
);

describe("on the embedded broker, which continues to run", () => {
  suite(async () => {
    const port = await freePort();
    return {
      environment: { TOMODACHI_BROKER_PORT: String(port) },
      url: `amqp://guest:guest@127.0.0.1:${port}`,
      words: ["--broker", "auto"],
    };
  });
});

describe("changes", () => {
  const broker = async (): Promise<Record<string, string>> => ({ TOMODACHI_BROKER_PORT: String(await freePort()) });
  const embedded = ["--broker", "embedded"];
  const says = `import { Service } from "tomodachi";
import { word } from "./lib.ts";
export class App extends Service { name = "app"; startedService() { console.log("UP", word, process.env.GREETING); } }
`;

  it("of .env and of JSON count, those of tests and of ignored folders do not", async () => {
    const place = project({ "app.ts": says, "data/a.json": "1", ".env": "GREETING=one\n" });
    const started = watch(place, await broker(), ...embedded, "--watch-ignore", "data", "--watch-ending", "sql");
    await started.seen("UP lib1 one");
    await started.seen("Ready.");
    place.write({ "data/a.json": "2", "app.test.ts": "1", "notes.md": "1", ".env": "GREETING=two\n" });
    await started.seen("UP lib1 two");
    await times(started, "Ready again", 1);
    expect(started.written()).toContain("\n.env changed: restarting.");
    place.write({ "config/new.json": "{}" });
    await times(started, "Ready again", 2);
    expect(started.written()).toContain("new.json changed: restarting.");
    place.write({ "config/query.sql": "select 1" });
    await times(started, "Ready again", 3);
    // Written again as it is.
    place.write({ "config/query.sql": "select 1", "lib.ts": 'export const word = "lib2";' });
    await started.seen("UP lib2 two");
    expect(started.written()).toContain("\nlib.ts changed: restarting.");
  });

  it("with a syntax error show file, line and code, and the next save continues", async () => {
    const place = project({ "app.ts": says });
    const started = watch(place, await broker(), ...embedded);
    await started.seen("Ready.");
    place.write({ "lib.ts": 'export const word = "lib2";\nconst broken = (;\nexport const more = 1;\n' });
    await started.seen("Waiting for a change.");
    expect(started.written()).toContain('lib.ts:2:17: Unexpected ";"');
    expect(started.written()).toMatch(
      / {4}1 \| export const word = "lib2";\n.*> 2 \| const broken = \(;\n.*\| {17}\^\n/,
    );
    place.write({ "lib.ts": 'import { other } from "./other.ts";\nexport const word = other;\n' });
    await times(started, "Waiting for a change.", 2);
    expect(started.written()).toContain("there is no such file");
    place.write({ "other.ts": 'export const other = "found";' });
    await started.seen("UP found");
  });

  it("that a person saves quickly one after another are all loaded in the end", async () => {
    const place = project({ "app.ts": says });
    const started = watch(place, await broker(), ...embedded);
    await started.seen("Ready.");
    const isSlowed = (): boolean => started.written().includes("lib.ts changed right after each of the last starts");
    // On a slow machine a save may come late after a start, and the count begins again.
    for (let save = 1; !isSlowed(); save++) {
      place.write({ "lib.ts": `export const word = "save${save}";` });
      const isDone = (): boolean => isSlowed() || started.written().split("Ready again").length > save;
      await until(isDone, { timeoutMs: 20_000, what: `save ${save} to be loaded, or to wait` });
    }
    place.write({ "lib.ts": 'export const word = "the last";' });
    await started.seen("UP the last");
  });

  it("that the service makes itself at its start cause no loop", async () => {
    const writes = `import { writeFileSync } from "node:fs";
${says.replace("console.log", 'writeFileSync("state.json", String(Date.now())); console.log')}`;
    const place = project({ "app.ts": writes });
    const started = watch(place, await broker(), ...embedded);
    await started.seen("state.json changed right after each of the last starts");
    place.write({ "lib.ts": 'export const word = "lib2";' });
    await started.seen("UP lib2");
  });

  it("after a crash start it again, and no second Ctrl+C is needed", async () => {
    const crashes = says.replace(
      "console.log(",
      'setTimeout(() => { throw new Error("crashed here"); }, 10); console.log(',
    );
    const place = project({ "app.ts": crashes });
    const started = watch(place, await broker(), ...embedded);
    await started.seen("Waiting for a change.");
    expect(started.written()).toContain("crashed here");
    place.write({ "app.ts": says, "lib.ts": 'export const word = "fixed";' });
    await started.seen("UP fixed");
    started.child.kill("SIGINT");
    expect((await started.ended).code).toBe(0);
  });

  it("of a service that ends itself are not awaited", async () => {
    const ends = says
      .replace("console.log(", "setTimeout(() => exit(0), 10); console.log(")
      .replace("{ Service }", "{ Service, exit }");
    const started = watch(project({ "app.ts": ends }), await broker(), ...embedded);
    expect((await started.ended).code).toBe(0);
  });
});

describe("without --watch", () => {
  it("a run without a terminal is one process, and --no-watch does the same with a terminal", async () => {
    const place = project({
      "app.ts": `import { Service, exit } from "tomodachi";
export class App extends Service { name = "app"; startedService() { console.log("CHANNEL", process.connected === true); exit(0); } }`,
    });
    expect((await place.run(["run", "app.ts"])).stdout).toContain("CHANNEL false");
    expect((await place.run(["run", "app.ts", "--no-watch"])).stdout).toContain("CHANNEL false");
    expect((await place.run(["run", "app.ts", "--watch"])).stdout).toContain("CHANNEL true");
  });
});

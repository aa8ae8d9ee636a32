// `.env` and `tomodachi config`: which value counts, and where it is said to come from.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { probe, TemporaryProject } from "./temporary-project.ts";

const service = `import { amqp, defineService, on } from "tomodachi";
export default defineService({
  name: "orders",
  options: {
    terminationGracePeriodSeconds: 9,
    amqp: { prefetch: 50, exchangeName: "amq.topic", password: "geheim", connections: { legacy: { url: "amqp://old:geheim2@old.example/shop" } } },
  },
  handlers: { onPaid: on(amqp("order.paid"), () => {}) },
});
`;

const showsEnvironment = probe("shown").replace(
  "exit(0)",
  'console.log("GREETING", process.env.GREETING, process.env.BOTH); exit(0)',
);

const projects: TemporaryProject[] = [];
afterEach(() => {
  for (const project of projects.splice(0)) project.remove();
});

function project(files: Readonly<Record<string, string>>): TemporaryProject {
  const made = new TemporaryProject(files);
  projects.push(made);
  return made;
}

interface Shown {
  readonly option: string;
  readonly value: unknown;
  readonly from: string;
  readonly name: string | null;
}

async function shown(
  place: TemporaryProject,
  words: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<(option: string) => Omit<Shown, "option"> | undefined> {
  const { stdout, stderr, code } = await place.run(["config", "service.mjs", "--json", ...words], { environment });
  expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
  expect(stdout).not.toContain("geheim");
  const { run, services } = JSON.parse(stdout) as {
    readonly run: Shown[];
    readonly services: { readonly values: Shown[] }[];
  };
  const all = [...run, ...(services[0]?.values ?? [])];
  return (option) => {
    const found = all.find((one) => one.option === option);
    return found && { value: found.value, from: found.from, name: found.name };
  };
}

describe(".env", () => {
  it("is read in development, and the real environment overrides it", async () => {
    const place = project({ "app.mjs": showsEnvironment, ".env": 'GREETING="from the file"\nBOTH=file\n' });
    const { stdout, code } = await place.run(["run", "app.mjs"], { environment: { BOTH: "real" } });
    expect(stdout).toContain("GREETING from the file real");
    expect(stdout).toContain("  .env sets GREETING\n");
    expect(code).toBe(0);
  });

  it.each([
    ["--production", ["--production"], {}],
    ["TOMODACHI_PRODUCTION", [], { TOMODACHI_PRODUCTION: "yes" }],
    ["NODE_ENV", [], { NODE_ENV: "production" }],
    ["Kubernetes", [], { KUBERNETES_SERVICE_HOST: "10.0.0.1" }],
  ])("is not read with the sign of production that is %s", async (_what, words, environment) => {
    const place = project({ "app.mjs": showsEnvironment, ".env": "GREETING=file\n" });
    const { stdout } = await place.run(["run", "app.mjs", ...words], { environment });
    expect(stdout).toContain("GREETING undefined undefined");
  });

  it("may contain the variables of the command line, and a wrong one is named", async () => {
    const place = project({ "app.mjs": probe("shown"), ".env": "TOMODACHI_LOGGER=json\n" });
    expect((await place.run(["run", "app.mjs"])).stderr).toContain('"msg":"service stopped"');
    place.write({ ".env": "TOMODACHI_LOG_LEVEL=loud\n" });
    const wrong = await place.run(["run", "app.mjs"]);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('TOMODACHI_LOG_LEVEL cannot be "loud"');
  });

  it("may be a folder, like Python's environments", async () => {
    const place = project({ "app.mjs": probe("shown") });
    mkdirSync(join(place.folder, ".env"));
    expect((await place.run(["run", "app.mjs"])).code).toBe(0);
  });
});

describe("tomodachi config", () => {
  it("shows for each value whether it comes from code, the environment, .env, an option, or the default", async () => {
    const place = project({
      "service.mjs": service,
      ".env": "TOMODACHI_AMQP_USERNAME=shop\nTOMODACHI_AMQP_HOST=file.example\n",
    });
    const of = await shown(place, ["--operations-port", "9464", "-l", "warn"], {
      TOMODACHI_AMQP_HOST: "real.example",
      TOMODACHI_TELEMETRY: "off",
    });
    expect(of("options.amqp.hosts")).toEqual({
      value: ["real.example:5672"],
      from: "environment",
      name: "TOMODACHI_AMQP_HOST",
    });
    expect(of("options.amqp.username")).toEqual({ value: "shop", from: ".env", name: "TOMODACHI_AMQP_USERNAME" });
    expect(of("options.amqp.password")).toEqual({ value: "***", from: "code", name: null });
    expect(of("options.amqp.prefetch")).toEqual({ value: 50, from: "code", name: null });
    // Said in the code, and the same as the default.
    expect(of("options.amqp.exchangeName")).toEqual({ value: "amq.topic", from: "code", name: null });
    expect(of("options.amqp.vhost")).toEqual({ value: "/", from: "default", name: null });
    expect(of("options.terminationGracePeriodSeconds")).toEqual({ value: 9, from: "code", name: null });
    expect(of("options.telemetry")).toEqual({ value: "off", from: "environment", name: "TOMODACHI_TELEMETRY" });
    expect(of("options.operations.port")).toEqual({ value: 9464, from: "flag", name: "--operations-port" });
    expect(of("options.operations.host")).toEqual({ value: "127.0.0.1", from: "default", name: null });
    expect(of("options.amqp.connections.legacy.hosts")).toEqual({
      value: ["old.example:5672"],
      from: "code",
      name: null,
    });
    expect(of("options.amqp.connections.legacy.password")).toMatchObject({ value: "***" });
    expect(of("--log-level")).toEqual({ value: "warn", from: "flag", name: "--log-level" });
    expect(of("--logger")).toEqual({ value: "console", from: "default", name: null });
  });

  it("shows every option of run, and the port of the embedded broker by its variable", async () => {
    const place = project({ "service.mjs": service });
    const words = ["config", "service.mjs", "--json", "--no-watch", "--watch-ending", "sql", "--watch-ending", "hbs"];
    const { stdout, stderr } = await place.run([...words, "--console-port", "4700", "--redact", "./redact.mjs"], {
      environment: { TOMODACHI_BROKER_PORT: "5673" },
    });
    expect(stderr).toBe("");
    const { run } = JSON.parse(stdout) as { readonly run: Shown[] };
    const { stdout: help } = await place.run(["run", "--help"]);
    const listed = [...help.matchAll(/^ {2}(?:-\w, | {4})(--[a-z-]+)/gm)].map(([, option]) => option);
    expect(run.map(({ option }) => option).sort()).toEqual([...listed, "TOMODACHI_BROKER_PORT"].sort());
    expect(run).toEqual(
      expect.arrayContaining([
        { option: "TOMODACHI_BROKER_PORT", value: 5673, from: "environment", name: "TOMODACHI_BROKER_PORT" },
        { option: "--watch", value: false, from: "flag", name: "--no-watch" },
        { option: "--watch-ending", value: ["sql", "hbs"], from: "flag", name: "--watch-ending" },
        { option: "--watch-ignore", value: null, from: "default", name: null },
        { option: "--console", value: true, from: "flag", name: "--console-port" },
        { option: "--console-port", value: 4700, from: "flag", name: "--console-port" },
        { option: "--redact", value: "./redact.mjs", from: "flag", name: "--redact" },
      ]),
    );
    const production = await place.run(["config", "service.mjs", "--production"], {
      environment: { TOMODACHI_CONSOLE: "on" },
    });
    expect(production.stdout).not.toMatch(/--(console|watch|redact)/);
  });

  it("prefers --broker to everything, and hides its password", async () => {
    const of = await shown(project({ "service.mjs": service }), ["--broker", "amqp://me:geheim3@flag.example/v"], {
      TOMODACHI_AMQP_URL: "amqp://x:geheim@real.example",
    });
    expect(of("options.amqp.hosts")).toEqual({ value: ["flag.example:5672"], from: "flag", name: "--broker" });
    expect(of("options.amqp.vhost")).toEqual({ value: "v", from: "flag", name: "--broker" });
    expect(of("options.amqp.password")).toEqual({ value: "***", from: "flag", name: "--broker" });
    expect(of("--broker")).toEqual({ value: "amqp://me:***@flag.example/v", from: "flag", name: "--broker" });
  });

  it.each(["auto", "embedded"])("accepts --broker %s, as a run does", async (broker) => {
    const of = await shown(project({ "service.mjs": service }), ["--broker", broker]);
    expect(of("--broker")).toEqual({ value: broker, from: "flag", name: "--broker" });
  });

  it("shows values as a user writes them", async () => {
    const of = await shown(project({ "service.mjs": service }));
    expect(of("options.amqp.declare")).toEqual({ value: true, from: "default", name: null });
    const { stdout } = await project({ "service.mjs": service }).run(["config", "service.mjs"]);
    expect(stdout).toMatch(/^ {2}options\.amqp\.routingKeyPrefix +"" +default$/m);
  });

  it("prints a table, without defaults on request", async () => {
    const place = project({ "service.mjs": service });
    const { stdout, code } = await place.run(["config", "service.mjs", "--changed"], {
      environment: { TOMODACHI_AMQP_VHOST: "shop" },
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^tomodachi run\n {2}all defaults\n\norders\n/);
    expect(stdout).toMatch(/^ {2}options\.amqp\.vhost +shop +environment TOMODACHI_AMQP_VHOST$/m);
    expect(stdout).toMatch(/^ {2}options\.amqp\.prefetch +50 +code$/m);
    expect(stdout).not.toContain("default\n");
    const all = await place.run(["config", "service.mjs"]);
    expect(all.stdout).toMatch(/^ {2}options\.amqp\.globalPrefetchCount +400 +default$/m);
  });

  it("reports the same problems as a start, and a missing service", async () => {
    const place = project({ "service.mjs": service.replace("prefetch: 50", "prefetsch: 50") });
    const wrong = await place.run(["config", "service.mjs"]);
    expect(wrong).toMatchObject({ code: 1, stdout: "" });
    expect(wrong.stderr).toContain("prefetsch");
    expect((await place.run(["config", "nowhere.mjs"])).code).toBe(1);
    expect((await place.run(["config"])).stderr).toContain("`tomodachi config` needs a file or a folder.");
  });
});

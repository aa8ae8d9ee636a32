import { describe, expect, it } from "vitest";
import { hasCode } from "../errors.ts";
import { parseArguments } from "./arguments.ts";
import type { Command } from "./command.ts";
import { usageMessage } from "./common/end-process.ts";
import type { BrokerSettings, RunSettings } from "./run/run-arguments.ts";

function settings(words: string, environment: Record<string, string> = {}): RunSettings {
  const command: Command = parseArguments(words.split(" "), environment);
  if (command.kind !== "run") throw new Error(`${words} is ${command.kind}`);
  return command.settings;
}

function brokerSettings(words: string, environment: Record<string, string> = {}): BrokerSettings {
  const command: Command = parseArguments(words.split(" "), environment);
  if (command.kind !== "broker") throw new Error(`${words} is ${command.kind}`);
  return command.settings;
}

function refusal(words: string, environment: Record<string, string> = {}): string {
  try {
    parseArguments(words.split(" "), environment);
  } catch (error) {
    if (hasCode(error, "ERR_USAGE")) return usageMessage(error);
    throw error;
  }
  throw new Error(`${words} was accepted`);
}

describe("parseArguments", () => {
  it("uses the defaults of development", () => {
    expect(settings("run service/")).toEqual({
      paths: ["service/"],
      production: false,
      broker: { kind: "unsaid" },
      brokerPort: 5672,
      telemetry: undefined,
      development: {
        page: { asked: undefined, port: undefined, redact: undefined },
        watch: { asked: undefined, ignored: [], endings: [] },
      },
      logLevel: "info",
      logForm: "console",
    });
  });

  it.each(["run", "start", "go"])("accepts %s", (word) => {
    expect(settings(`${word} a.ts b.ts`).paths).toEqual(["a.ts", "b.ts"]);
  });

  it("accepts options anywhere after the command", () => {
    const given = settings("run -l debug a.ts --logger=disabled b.ts --production --no-watch");
    expect(given).toMatchObject({ paths: ["a.ts", "b.ts"], production: true, logLevel: "debug", logForm: "disabled" });
  });

  it("logs JSON in production by default", () => {
    expect(settings("run a --production").logForm).toBe("json");
    expect(settings("run a --production --logger console").logForm).toBe("console");
  });

  it("uses a variable if the option is missing, and the option if both are set", () => {
    const environment = { TOMODACHI_PRODUCTION: "1", TOMODACHI_LOG_LEVEL: "Error", TOMODACHI_LOGGER: "console" };
    expect(settings("run a", environment)).toMatchObject({ production: true, logLevel: "error", logForm: "console" });
    expect(settings("run a -l trace", environment).logLevel).toBe("trace");
  });

  it("turns telemetry on or off, by its option or its variable", () => {
    expect(settings("run a --telemetry off", { TOMODACHI_TELEMETRY: "on" }).telemetry).toBe("off");
    expect(settings("run a", { TOMODACHI_TELEMETRY: "True" }).telemetry).toBe("on");
    expect(refusal("run a --telemetry maybe")).toContain('--telemetry cannot be "maybe". Known values: ');
    expect(refusal("run a --telemetry")).toContain("--telemetry has no value");
  });

  it.each(["", "0", "no", "none", "false", "False"])("accepts TOMODACHI_PRODUCTION=%j as off", (value) => {
    expect(settings("run a", { TOMODACHI_PRODUCTION: value }).production).toBe(false);
  });

  it("accepts Python's names of log levels", () => {
    expect(settings("run a -l warning").logLevel).toBe("warn");
    expect(settings("run a -l CRITICAL").logLevel).toBe("fatal");
  });

  it("shows help for nothing and for --help, and the version for its three spellings", () => {
    expect(parseArguments([], {})).toEqual({ kind: "help" });
    for (const words of [["--help"], ["-h"], ["help"], ["help", "--help"]]) {
      expect(parseArguments(words, {})).toEqual({ kind: "help" });
    }
    for (const word of ["--version", "-v", "-V"]) expect(parseArguments([word], {})).toEqual({ kind: "version" });
  });

  it("names an unknown option and the similar one", () => {
    expect(refusal("run a --prodution")).toContain('no option "--prodution". Did you mean `--production`?');
    expect(refusal("run a -x")).toContain('no option "-x". See `tomodachi run --help`');
    const older = 'no option "--olderthan". Did you mean `--older-than`? See `tomodachi dlq list --help`';
    expect(refusal("dlq list a --olderthan 3d")).toContain(older);
  });

  it("lists the values if one is wrong or missing, and names the variable", () => {
    expect(refusal("run a --log-level loud")).toContain('cannot be "loud". Known values: trace, debug, info, warn,');
    expect(refusal("run a --logger")).toContain("--logger has no value. Known values: console, json, disabled.");
    expect(refusal("run a", { TOMODACHI_LOGGER: "xml" })).toContain('TOMODACHI_LOGGER cannot be "xml"');
  });

  it("accepts one signal for pauses, by option and by variable", () => {
    expect(settings("run a").pauseSignal).toBeUndefined();
    expect(settings("run a --pause-signal SIGUSR2").pauseSignal).toBe("SIGUSR2");
    expect(settings("run a", { TOMODACHI_PAUSE_SIGNAL: "sigusr2" }).pauseSignal).toBe("SIGUSR2");
    expect(refusal("run a --pause-signal SIGUSR1")).toContain('cannot be "SIGUSR1". Known values: SIGUSR2.');
  });

  it("names every unknown option, each once", () => {
    const text = refusal("run a --prodution --colour -x --colour");
    expect(text.split("\n")).toEqual([
      'There is no option "--prodution". Did you mean `--production`?',
      'There is no option "--colour".',
      'There is no option "-x". See `tomodachi run --help`.',
    ]);
  });

  it("suggests only options of the command", () => {
    expect(refusal("migrate from-python a --uid x")).toContain("Did you mean `--uuid`?");
    expect(refusal("dlq list a --uid x")).toContain("Did you mean `--id`?");
  });

  it.each(["dlq purge a --yes=false", "dlq purge a --dry-run=no", "dlq list a --json=0"])(
    "refuses a value that would be ignored: %s",
    (words) => {
      expect(refusal(words)).toMatch(/--[a-z-]+ takes no value, but "\w+" was given/);
    },
  );

  it.each(["dlq show a --error A --error B", "dlq move a --to b --to c", "migrate from-python a --uuid b --uuid c"])(
    "refuses an option that is given twice, if the first would be ignored: %s",
    (words) => {
      expect(refusal(words)).toContain("may be given once, but it was given 2 times");
    },
  );

  it("uses the last value of an option that a script may set as well", () => {
    expect(settings("run a --log-level info -l debug").logLevel).toBe("debug");
  });

  it("refuses a value of TOMODACHI_PRODUCTION that does not mean on or off", () => {
    const environment = { TOMODACHI_PRODUCTION: "prodution" };
    expect(refusal("run a", environment)).toContain('TOMODACHI_PRODUCTION cannot be "prodution". Known values: true');
  });

  it("shows the help of a command by each of its names, and refuses an unknown command", () => {
    expect(parseArguments(["run", "--help"], {})).toEqual({ kind: "help", of: "run" });
    expect(parseArguments(["start", "service/", "-h"], {})).toEqual({ kind: "help", of: "run" });
    expect(parseArguments(["help", "migrate"], {})).toEqual({ kind: "help", of: "migrate" });
    expect(parseArguments(["dlq", "replay", "--help"], {})).toEqual({ kind: "help", of: "dlq", action: "replay" });
    expect(parseArguments(["help", "dlq", "replay"], {})).toEqual({ kind: "help", of: "dlq", action: "replay" });
    expect(parseArguments(["dlq", "service/", "--help"], {})).toEqual({ kind: "help", of: "dlq" });
    expect(refusal("help brokr")).toContain("Did you mean `tomodachi broker`?");
    expect(refusal("brokr --help")).toContain("Did you mean `tomodachi broker`?");
  });

  it("points to the help of the command that was typed", () => {
    expect(refusal("run a --operations-port x")).toContain("See `tomodachi run --help`.");
    expect(refusal("broker --port x")).toContain("See `tomodachi broker --help`.");
    expect(refusal("migrate to-python")).toContain("See `tomodachi migrate --help`.");
    expect(refusal("dlq list a --log-level loud")).toContain("See `tomodachi dlq list --help`.");
    expect(refusal("dlq lst a")).toContain("See `tomodachi dlq --help`.");
    expect(refusal("rnu")).toContain("See `tomodachi --help`.");
  });

  it("suggests the similar value", () => {
    expect(refusal("run a --log-level wran")).toContain('cannot be "wran". Did you mean "warn"? Known values: ');
    expect(refusal("run a --nowatch")).toContain("Did you mean `--no-watch`?");
  });

  it("names an unknown command, and suggests `run` before a path", () => {
    expect(refusal("rum a")).toContain('no command "rum". Did you mean `tomodachi run`?');
    expect(refusal("service/app.ts")).toContain("Did you mean `tomodachi run service/app.ts`?");
    expect(refusal("--production")).toContain("There is no command.");
  });

  it("refuses `run` without a file", () => {
    expect(refusal("run")).toContain("needs a file or a folder");
  });

  it("names the command of an option that belongs to another command, and a misspelled one", () => {
    expect(refusal("run a --port 1")).toContain(
      "--port is not an option of `tomodachi run` but of `tomodachi broker`.",
    );
    expect(refusal("broker --production")).toContain("not an option of `tomodachi broker` but of `tomodachi run`");
    expect(refusal("brokr")).toContain("Did you mean `tomodachi broker`?");
    expect(refusal("toString")).toContain('There is no command "toString".');
  });
});

describe("--broker", () => {
  it.each([
    ["auto", { kind: "auto" }],
    ["EMBEDDED", { kind: "embedded" }],
    ["amqp://a:b@rabbit:5673/shop", { kind: "url", url: "amqp://a:b@rabbit:5673/shop" }],
    ["amqps://rabbit", { kind: "url", url: "amqps://rabbit" }],
  ])("accepts %s, also from TOMODACHI_BROKER", (word, broker) => {
    expect(settings(`run a --broker ${word}`).broker).toEqual(broker);
    expect(settings("run a", { TOMODACHI_BROKER: word }).broker).toEqual(broker);
    expect(settings(`run a --broker ${word}`, { TOMODACHI_BROKER: "nonsense" }).broker).toEqual(broker);
  });

  it("refuses any other value, and shows nothing that may contain a password", () => {
    const known = "Known values: auto, embedded, amqp://username:password@host:port/vhost.";
    expect(refusal("run a --broker atuo")).toContain(`--broker cannot be "atuo". ${known}`);
    expect(refusal("run a --broker")).toContain("--broker has no value.");
    for (const url of [
      "http://u:geheim@rabbit",
      "amqp://",
      "amqp://u:geheim@",
      "amqp:///geheim",
      "u:geheim@rabbit/x",
    ]) {
      expect(refusal("run a", { TOMODACHI_BROKER: url })).toContain("TOMODACHI_BROKER is not an AMQP URL.");
      expect(refusal("run a", { TOMODACHI_BROKER: url })).not.toContain("geheim");
    }
  });

  it.each([
    ["run a --broker embedded --production", {}, "--production is on"],
    ["run a --broker embedded", { NODE_ENV: "production" }, 'NODE_ENV is "production"'],
    ["run a --broker embedded", { KUBERNETES_SERVICE_HOST: "10.0.0.1" }, "this runs in Kubernetes"],
  ])("refuses the embedded broker in production: %s %j", (words, environment, sign) => {
    expect(refusal(words, environment)).toContain(`that broker is for development, and ${sign}.`);
  });

  it("accepts auto in production, where it has no effect", () => {
    expect(settings("run a --broker auto --production").broker).toEqual({ kind: "auto" });
  });
});

describe("broker", () => {
  it("listens on RabbitMQ's port of the loopback address by default", () => {
    const given = { port: 5672, host: "127.0.0.1", logLevel: "info", logForm: "console" };
    expect(brokerSettings("broker")).toEqual(given);
  });

  it("accepts port and address, and the port from its variable, which `run` uses too", () => {
    expect(brokerSettings("broker --port 0 --host ::1")).toMatchObject({ port: 0, host: "::1" });
    expect(brokerSettings("broker", { TOMODACHI_BROKER_PORT: "5673" }).port).toBe(5673);
    expect(brokerSettings("broker --port 1", { TOMODACHI_BROKER_PORT: "5673" }).port).toBe(1);
    expect(settings("run a", { TOMODACHI_BROKER_PORT: "5673" }).brokerPort).toBe(5673);
  });

  it.each(["65536", "-1", "1.5", "x", "5672x", "1e3"])("refuses the port %s", (port) => {
    expect(refusal("broker", { TOMODACHI_BROKER_PORT: port })).toContain(
      `TOMODACHI_BROKER_PORT cannot be "${port}": a port must be a whole number, 0 to 65535.`,
    );
  });

  it("refuses any free port for `run`, because no other service would find it", () => {
    expect(refusal("run a", { TOMODACHI_BROKER_PORT: "0" })).toContain("1 to 65535");
  });

  it("refuses files, and options without a value", () => {
    expect(refusal("broker service/")).toContain("runs no files");
    expect(refusal("broker service/")).toContain("Try `tomodachi run service/`.");
    expect(refusal("broker --port")).toContain("--port has no value");
    expect(refusal("broker --host")).toContain("--host has no value");
  });
});

describe("--watch", () => {
  it("accepts folders and endings", () => {
    const words = "run a --watch --watch-ignore data --watch-ignore tmp --watch-ending sql";
    expect(settings(words).development.watch).toEqual({ asked: true, ignored: ["data", "tmp"], endings: ["sql"] });
    expect(settings("run a --no-watch").development.watch.asked).toBe(false);
  });

  it("is refused in production, together with --no-watch, and without a value", () => {
    expect(refusal("run a --watch --production")).toContain("--watch is for development, and --production is on.");
    expect(refusal("run a --watch", { NODE_ENV: "production" })).toContain('NODE_ENV is "production"');
    expect(refusal("run a --watch --no-watch")).toContain("were given together");
    expect(refusal("run a --watch-ending")).toContain("--watch-ending has no value");
  });
});

describe("tomodachi topology", () => {
  const of = (...words: readonly string[]) => parseArguments(["topology", ...words], {});

  it("accepts files, a format, a purpose and a login", () => {
    expect(of("a.ts", "b/", "--format", "json")).toMatchObject({
      settings: { paths: ["a.ts", "b/"], format: "json", permissions: undefined, publishesTo: [], logLevel: "error" },
    });
    const given = ["--permissions", "run", "--user", "orders", "--publishes-to", "x", "--publishes-to", "y"];
    expect(of("a.ts", ...given)).toMatchObject({
      settings: { format: "table", permissions: "run", user: "orders", publishesTo: ["x", "y"] },
    });
  });

  it.each([
    [[], "needs a file or a folder"],
    [["a.ts", "--format", "jsn"], "Did you mean `--format json`?"],
    [["a.ts", "--format", "yaml"], "Known values: table, json, commands, terraform."],
    [["a.ts", "--format"], "--format has no value"],
    [["a.ts", "--permissions", "runn"], "Did you mean `--permissions run`?"],
    [["a.ts", "--user", "me"], "needs that option: add --permissions run"],
    [["a.ts", "--publishes-to"], "--publishes-to has no value"],
    [["a.ts", "--formt", "json"], "Did you mean `--format`?"],
    [["a.ts", "--queue", "q"], "--queue is not an option of `tomodachi topology` but of `tomodachi dlq`"],
  ])("refuses %j", (words, text) => {
    expect(() => of(...words)).toThrow(text);
  });

  it("has its own help", () => {
    expect(of("--help")).toEqual({ kind: "help", of: "topology" });
  });
});

import { describe, expect, it } from "vitest";
import { hasCode } from "../errors.ts";
import { type Command, parseArguments, type RunSettings, usageText } from "./arguments.ts";

function settings(words: string, environment: Record<string, string> = {}): RunSettings {
  const command: Command = parseArguments(words.split(" "), environment);
  if (command.kind !== "run") throw new Error(`${words} is ${command.kind}`);
  return command.settings;
}

function refusal(words: string, environment: Record<string, string> = {}): string {
  try {
    parseArguments(words.split(" "), environment);
  } catch (error) {
    if (hasCode(error, "ERR_USAGE")) return (error as Error).message;
    throw error;
  }
  throw new Error(`${words} was accepted`);
}

describe("parseArguments", () => {
  it("runs with the defaults of development", () => {
    expect(settings("run service/")).toEqual({
      paths: ["service/"],
      production: false,
      logLevel: "info",
      logForm: "console",
    });
  });

  it.each(["run", "start", "go"])("knows %s", (word) => {
    expect(settings(`${word} a.ts b.ts`).paths).toEqual(["a.ts", "b.ts"]);
  });

  it("takes options anywhere after the command", () => {
    const given = settings("run -l debug a.ts --logger=disabled b.ts --production --no-watch");
    expect(given).toEqual({ paths: ["a.ts", "b.ts"], production: true, logLevel: "debug", logForm: "disabled" });
  });

  it("logs JSON in production, unless told otherwise", () => {
    expect(settings("run a --production").logForm).toBe("json");
    expect(settings("run a --production --logger console").logForm).toBe("console");
  });

  it("takes a variable where an option is not given, and the option where both are", () => {
    const environment = { TOMODACHI_PRODUCTION: "1", TOMODACHI_LOG_LEVEL: "Error", TOMODACHI_LOGGER: "console" };
    expect(settings("run a", environment)).toMatchObject({ production: true, logLevel: "error", logForm: "console" });
    expect(settings("run a -l trace", environment).logLevel).toBe("trace");
  });

  it.each(["", "0", "no", "none", "false", "False"])("takes TOMODACHI_PRODUCTION=%j for off", (value) => {
    expect(settings("run a", { TOMODACHI_PRODUCTION: value }).production).toBe(false);
  });

  it("knows Python's names of levels", () => {
    expect(settings("run a -l warning").logLevel).toBe("warn");
    expect(settings("run a -l CRITICAL").logLevel).toBe("fatal");
  });

  it("shows help for nothing and for --help, and the version for its three spellings", () => {
    expect(parseArguments([], {})).toEqual({ kind: "help" });
    for (const word of ["--help", "-h"]) expect(parseArguments(["run", word], {})).toEqual({ kind: "help" });
    for (const word of ["--version", "-v", "-V"]) expect(parseArguments([word], {})).toEqual({ kind: "version" });
  });

  it("names an unknown option and what was meant", () => {
    expect(refusal("run a --prodution")).toContain('no option "--prodution". Did you mean `--production`?');
    expect(refusal("run a -x")).toContain('no option "-x". See `tomodachi --help`');
  });

  it("lists the values where one is wrong or missing, and names the variable", () => {
    expect(refusal("run a --log-level loud")).toContain('cannot be "loud". Known values: trace, debug, info, warn,');
    expect(refusal("run a --logger")).toContain("--logger has no value. Known values: console, json, disabled.");
    expect(refusal("run a", { TOMODACHI_LOGGER: "xml" })).toContain('TOMODACHI_LOGGER cannot be "xml"');
  });

  it("names an unknown command, and puts `run` before a path", () => {
    expect(refusal("rum a")).toContain('no command "rum". Did you mean `tomodachi run`?');
    expect(refusal("service/app.ts")).toContain("Did you mean `tomodachi run service/app.ts`?");
    expect(refusal("--production")).toContain("There is no command.");
  });

  it("refuses `run` without a file", () => {
    expect(refusal("run")).toContain("needs a file or a folder");
  });
});

describe("usageText", () => {
  it("names every option with its variable, and leaves out what does nothing", () => {
    const text = usageText();
    for (const word of ["--production", "TOMODACHI_LOG_LEVEL", "TOMODACHI_LOGGER", "-l,"]) expect(text).toContain(word);
    expect(text).not.toContain("watch");
  });
});

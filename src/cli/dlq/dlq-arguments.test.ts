import { describe, expect, it } from "vitest";
import { hasCode } from "../../errors.ts";
import { parseArguments } from "../arguments.ts";
import type { DlqSettings } from "./dlq-arguments.ts";

function settings(words: string, environment: Record<string, string> = {}): DlqSettings {
  const command = parseArguments(["dlq", ...words.split(" ")], environment);
  if (command.kind !== "dlq") throw new Error(`${words} is ${command.kind}`);
  return command.settings;
}

function refusal(words: string): string {
  try {
    parseArguments(["dlq", ...words.split(" ").filter(Boolean)], {});
  } catch (error) {
    if (hasCode(error, "ERR_USAGE")) return (error as Error).message;
    throw error;
  }
  throw new Error(`${words} was accepted`);
}

describe("the arguments of tomodachi dlq", () => {
  it("need only an action and services", () => {
    expect(settings("list service/ other.ts")).toEqual({
      action: "list",
      paths: ["service/", "other.ts"],
      queues: [],
      filter: {},
      limit: undefined,
      change: {
        to: undefined,
        perSecond: undefined,
        dryRun: false,
        yes: false,
        edit: false,
        output: undefined,
        file: undefined,
      },
      json: false,
      url: undefined,
      logLevel: "error",
    });
  });

  it("accept a connection of services; a broker on the command line replaces that of the default connection", () => {
    expect(settings("list s --connection legacy").connection).toBe("legacy");
    expect(settings("list s").connection).toBeUndefined();
    expect(settings("list s --broker amqp://b").connection).toBe("default");
    expect(settings("list s", { TOMODACHI_BROKER: "amqp://b" }).connection).toBeUndefined();
    expect(() => settings("list s --broker amqp://b --connection legacy")).toThrow("options.amqp.connections");
    expect(() => settings("list -q a --connection legacy")).toThrow("it needs service files");
  });

  it("accept queues and ids several times", () => {
    const { queues, filter } = settings("show -q a.dlq --queue b --id 1 --id=2");
    expect(queues).toEqual(["a.dlq", "b"]);
    expect(filter.ids).toEqual(["1", "2"]);
  });

  it.each([
    ["1500ms", 1500],
    ["90s", 90_000],
    ["5m", 300_000],
    ["1.5h", 5_400_000],
    ["2D", 172_800_000],
    ["1w", 604_800_000],
  ])("accept an age of %s", (text, ms) => {
    const { filter } = settings(`purge s --older-than ${text} --newer-than ${text}`);
    expect(filter).toMatchObject({ olderThanMs: ms, newerThanMs: ms });
  });

  it.each([
    ["20", 20],
    ["20/s", 20],
    ["0.5/s", 0.5],
  ])("accept a rate of %s", (text, perSecond) => {
    expect(settings(`replay s --rate ${text}`).change.perSecond).toBe(perSecond);
  });

  it("show ten messages of a queue, unless a number or an id is given", () => {
    expect(settings("show s").limit).toBe(10);
    expect(settings("show s --limit 3").limit).toBe(3);
    expect(settings("show s --id x").limit).toBeUndefined();
    expect(settings("replay s").limit).toBeUndefined();
  });

  it("accept a broker's URL, and ignore the variable that only run uses", () => {
    const url = "amqp://me:secret@rabbit/prod";
    expect(settings(`list s --broker ${url}`).url).toBe(url);
    expect(settings("list s", { TOMODACHI_BROKER: url }).url).toBe(url);
    expect(settings("list s", { TOMODACHI_BROKER: "auto" }).url).toBeUndefined();
  });

  it.each([
    ["", "needs an action. Known: list, show, replay, move, purge, export, import"],
    ["replai s", "Did you mean `tomodachi dlq replay`?"],
    ["list", "AMQP cannot list them, so name service files or a queue"],
    ["list -q a*", '--queue "a*" is a pattern, but AMQP cannot list queues'],
    ["list -q", "--queue has no value"],
    ["show s --id", "--id has no value"],
    ["move s", "needs --to <queue>"],
    ["replay s --to x", "--to is not an option of `tomodachi dlq replay` but of move, import"],
    ["replay s --yes", "--yes is not an option of `tomodachi dlq replay` but of purge"],
    ["list s --limit 5", "--limit is not an option of `tomodachi dlq list`"],
    ["list s --older-than 5", '--older-than cannot be "5"'],
    ["list s --older-than", "--older-than has no value"],
    ["show s --limit 0", '--limit cannot be "0"'],
    ["purge s --rate 0", '--rate cannot be "0"'],
    ["purge s --rate fast", '--rate cannot be "fast"'],
    ["list s --broker embedded", "--broker embedded is for `tomodachi run`"],
    ["import", "needs a file; - is standard input"],
    ["import a b", 'takes one file, and "b" was given as well'],
    ["import a --error x", "--error is not an option of `tomodachi dlq import` but of list, show"],
    ["import a --queue x", "--queue is not an option of `tomodachi dlq import`"],
    ["export s --json", "--json is not an option of `tomodachi dlq export`"],
    ["export s --output", "--output has no value"],
    ["move s --to x --edit", "--edit is not an option of `tomodachi dlq move` but of replay"],
    ["replay s --edit --dry-run", "cannot be used together"],
    ["list s --queu x", "Did you mean `--queue`?"],
    ["list s --port 5", "--port is not an option of `tomodachi dlq` but of `tomodachi broker`"],
  ])("%j is refused, and the message says how to fix it", (words, message) => {
    expect(refusal(words)).toContain(message);
  });

  it("of an import are a file, and the target of its messages", () => {
    expect(settings("import dead.ndjson --to other")).toMatchObject({
      paths: [],
      change: { to: "other", file: "dead.ndjson" },
    });
    expect(settings("import -")).toMatchObject({ change: { file: "-" } });
    expect(settings("export s -o dead.ndjson --error X")).toMatchObject({
      change: { output: "dead.ndjson", file: undefined },
    });
  });

  it("are refused by other commands", () => {
    expect(() => parseArguments(["run", "s", "--dry-run"], {})).toThrow("is not an option of `tomodachi run` but of");
  });
});

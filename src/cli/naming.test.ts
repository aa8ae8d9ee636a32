/** Services and brokers are named in the same way in every command. */
import { describe, expect, it } from "vitest";
import { parseArguments } from "./arguments.ts";
import { usageMessage } from "./common/end-process.ts";
import { commandNames } from "./options/option.ts";
import { options } from "./options/option-table.ts";
import { commandUsageText } from "./usage-text.ts";

/** Commands with a definition do not show their settings, so their arguments are examined. */
function accepts(words: string): string {
  try {
    return parseArguments(words.split(" "), {}).kind;
  } catch (error) {
    return usageMessage(error);
  }
}

const url = "amqp://guest@broker.example/";

describe("services", () => {
  it.each([
    ["dlq list service/", "dlq list --service service/"],
    ["dlq list a.ts b.ts", "dlq list -s a.ts --service b.ts"],
    ["dlq list a.ts b.ts", "dlq list a.ts --service b.ts"],
    ["run service/", "run --service service/"],
    ["topology service/", "topology --service service/"],
    ["schedule list service/", "schedule list --service service/"],
    ["schedule trigger bill service/", "schedule trigger bill --service service/"],
    ["migrate from-python service/", "migrate from-python --service service/"],
  ])("%s is the same as %s", (words, other) => {
    expect(parseArguments(words.split(" "), {})).toEqual(parseArguments(other.split(" "), {}));
  });

  it.each(["config", "describe", "doctor", "console", "record"])("%s takes words and --service", (command) => {
    expect(accepts(`${command} service/`)).toBe("defined");
    expect(accepts(`${command} --service service/`)).toBe("defined");
  });

  it.each(["trace a.b --service service/", "trace a.b service/", "publish a.b {} -s a.ts -s b.ts", "tail -s service/"])(
    "%s is accepted",
    (words) => expect(accepts(words)).toBe("defined"),
  );

  it.each([
    [
      "trace --service service/",
      "needs a routing key and a service. Try `tomodachi trace order.42.paid --service service/`",
    ],
    ["schedule trigger --service service/", "needs the name of a schedule and a service"],
    ["dlq --service service/", "needs an action"],
    ["dlq import a.ndjson --service service/", "--service is not an option of `tomodachi dlq import`"],
    ["describe --service", "--service has no value"],
    ["broker --service service/", "--service is not an option of `tomodachi broker`"],
    ["publish a.b {} service/", "name services with --service"],
  ])("%s is refused: %s", (words, why) => expect(accepts(words)).toContain(why));
});

describe("the broker", () => {
  const asking = commandNames.filter((name) => options["broker"]?.of?.includes(name));

  it("is --broker in the help of every command that talks to one, and in no help --url", () => {
    expect(asking.length).toBeGreaterThan(9);
    for (const name of asking.filter((one) => one !== "config")) {
      expect(commandUsageText(name)).toMatch(/--broker <(url|broker)>/);
      expect(commandUsageText(name)).not.toContain("--url");
    }
  });

  it("is --url as well, the older name", () => {
    const words = ["dlq", "list", "service/"];
    expect(parseArguments([...words, "--url", url], {})).toEqual(parseArguments([...words, "--broker", url], {}));
    for (const command of ["doctor", "trace a.b", "console service/", "publish a.b", "tail a"]) {
      expect(accepts(`${command.replace("trace a.b", "trace a.b s/")} --url ${url}`)).toBe("defined");
    }
    expect(accepts("topology service/ --url amqp://a")).toContain("--broker is not an option of `tomodachi topology`");
  });

  it("is named by its URL, and a run starts the embedded one", () => {
    expect(accepts("doctor --broker embedded")).toContain("--broker embedded is for `tomodachi run`");
    expect(accepts("doctor --broker localhost")).toContain("--broker is not an AMQP URL. Try");
  });
});

describe("the help of an action of dlq", () => {
  it.each(["list", "show", "replay", "move", "purge", "export", "import"])("%s has its own options only", (action) => {
    const text = commandUsageText("dlq", action);
    expect(text).toMatch(new RegExp(`^Usage: tomodachi dlq ${action} <`));
    expect(text.includes("--dry-run")).toBe(["replay", "move", "purge", "import"].includes(action));
    expect(text.includes("--queue <name>")).toBe(action !== "import");
    expect(text).toMatch(new RegExp(`Examples:\n {2}tomodachi dlq ${action} `));
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
  });
});

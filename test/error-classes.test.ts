/** One tree of errors: every class extends TomodachiError, and every one that a user can catch is exported. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import * as broker from "../src/amqp-broker/index.ts";
import * as main from "../src/index.ts";
import * as testing from "../src/testing/index.ts";

const source = fileURLToPath(new URL("../src", import.meta.url));

/** Classes that no user's code gets to see, each with the reason. */
const internal: Readonly<Record<string, string>> = {
  FrameError: "the codec; a client or the broker turns it into an error of its own",
  ContentTooLargeError: "the codec, likewise",
  ReplyError: "stands in the embedded broker's log alone",
  UsageError: "the command line; it ends the process",
  LoadError: "the command line; it ends the process",
  ConsoleError: "the console; its page shows it to the person",
  DeadLetterFileError: "the command line; it ends the process",
  DeadLetterNotThereError: "the command line; it ends the process",
  PortTakenError: "the command line; it ends the process",
  QueueNotThereError: "the command line; it ends the process",
  ScheduleChoiceError: "the command line; it ends the process",
  RefusedMessage: "the client of a web socket reads it in the close frame; middleware goes by its code",
  DeliveryLimitError: "stands in the headers of a dead letter and in an error reply",
};

const parents = new Map<string, string>();
for (const path of readdirSync(source, { recursive: true, encoding: "utf8" })) {
  // The page of the console runs in a browser and cannot load the errors of the package.
  if (!path.endsWith(".ts") || path.endsWith(".test.ts") || path.startsWith(join("console", "page"))) continue;
  const text = readFileSync(join(source, path), "utf8");
  for (const [, name = "", parent = ""] of text.matchAll(/class (\w+)(?:<[^>]*>)? extends (\w+)/g))
    parents.set(name, parent);
}

function isOfTree(name: string): boolean {
  const parent = parents.get(name);
  return parent === "TomodachiError" || (parent !== undefined && isOfTree(parent));
}

it("every error class is exported, or is internal with a reason", () => {
  const classes = [...parents.keys()].filter(isOfTree);
  expect(classes.length).toBeGreaterThan(20);
  const exported = { ...broker, ...testing, ...main };
  expect(classes.filter((name) => !(name in exported) && !(name in internal))).toEqual([]);
  expect(Object.keys(internal).filter((name) => !classes.includes(name))).toEqual([]);
});

// UnfitHeader never leaves the check of a message, which turns it into an AmqpPublishError; NoManagementAnswer becomes a finding of the doctor.
it("no class extends Error directly, except the root and those that stay in their room", () => {
  const own = [...parents].filter(([, parent]) => /^(Error|TypeError|RangeError)$/.test(parent));
  expect(own.map(([name]) => name).sort()).toEqual(["NoManagementAnswer", "TomodachiError", "UnfitHeader"]);
});

it("every AMQP error is an AmqpError", () => {
  const { AmqpChannelError, AmqpConnectionError, AmqpPublishError, AmqpRemoteError, AmqpRequestError } = main;
  for (const type of [AmqpChannelError, AmqpConnectionError, AmqpPublishError, AmqpRemoteError, AmqpRequestError])
    expect(type.prototype, type.name).toBeInstanceOf(main.AmqpError);
});

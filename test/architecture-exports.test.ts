/** The exports of the package: an imported name has one meaning. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../src", import.meta.url));
const faces = ["index.ts", "amqp-broker/index.ts", "envelopes/protobuf/index.ts", "envelopes/cloudevents/index.ts"];
const all = [...faces, "testing/index.ts"].map((face) => join(root, face));

/** Exported name to the file that defines it, through the faces of rooms. */
function exportsOf(face: string): Map<string, string> {
  const found = new Map<string, string>();
  const statement = /export (?:type )?\{([^}]*)\} from "([^"]+)"/g;
  for (const [, names = "", from = ""] of readFileSync(face, "utf8").matchAll(statement)) {
    const file = join(dirname(face), from);
    const inner = file.endsWith("index.ts") ? exportsOf(file) : undefined;
    for (const part of names.split(",")) {
      const [own = "", renamed = own] = part
        .trim()
        .replace(/^type /, "")
        .split(" as ");
      if (own !== "") found.set(renamed, inner?.get(own) ?? `${file}#${own}`);
    }
  }
  return found;
}

it("exported names never have two meanings", () => {
  const meanings = new Map<string, Set<string>>();
  for (const face of all) {
    expect(existsSync(face), face).toBe(true);
    for (const [name, definition] of exportsOf(face)) {
      meanings.set(name, (meanings.get(name) ?? new Set()).add(definition));
    }
  }
  expect(meanings.get("DeadLetter")?.size).toBe(1);
  expect([...meanings].filter(([, definitions]) => definitions.size > 1)).toEqual([]);
});

/** Fields of the options that a user writes: those of every interface in the file of an exported one. */
function publicFields(): { readonly place: string; readonly name: string; readonly type: string }[] {
  const exported = all.flatMap((face) => [...exportsOf(face)]);
  const files = exported
    .filter(([name]) => /Options$|Window$|^HandlerRun$/.test(name))
    .map(([, at]) => at.split("#")[0]);
  // Parts of exported options that no face names.
  const parts = ["amqp-client/options.ts", "service/service-options.ts", "transports/amqp/options/handling-options.ts"];
  files.push(...parts.map((part) => join(root, part)));
  return [...new Set(files)].flatMap((file = "") => {
    const interfaces = readFileSync(file, "utf8").matchAll(/^(?:export )?interface (\w+)[^{]*\{\n([\s\S]*?)^\}/gm);
    return [...interfaces]
      .filter(
        ([, name = ""]) => !/^Resolved|Plan$|Policy$|Trigger$|Parts$|Settings$|^BatchCompany$|^Question$/.test(name),
      )
      .flatMap(([, owner, body = ""]) =>
        [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??: ([^;]+);/gm)].map(([, name = "", type = ""]) => ({
          place: `${owner}.${name}`,
          name,
          type: type.replace(" | undefined", ""),
        })),
      );
  });
}

const ofTime =
  /seconds$|ms$|^(timeout|delay|delays|jitter|wait|expiration|heartbeat|every|age|interval|window|.*ttl)$/i;
/** Options that look like a time but are not. */
const noTimes = ["PublishOptions.wait", "VirtualClockOptions.now", "WebSocketSchema.params"];

it("exported names of times have one form: a name in Seconds is a number, any other a Duration, none ends in Ms", () => {
  const times = publicFields().filter(
    ({ place, name, type }) => ofTime.test(name) && type !== "undefined" && !noTimes.includes(place),
  );
  const found = times.map(({ place }) => place);
  expect(found).toEqual(
    expect.arrayContaining([
      "AmqpBrokerOptions.consumerTimeoutSeconds",
      "AmqpHandlingOptions.queueTtl",
      "BatchOptions.wait",
      "ConnectionOptions.heartbeat",
      "HandlerRun.timeoutSeconds",
      "PublishOptions.expiration",
      "RetryOptions.delays",
      "WaitOptions.timeout",
    ]),
  );
  const wrong = times.filter(({ name, type }) =>
    name.endsWith("Seconds") ? type !== "number" : !/^(readonly )?Duration\b/.test(type),
  );
  expect(wrong).toEqual([]);
});

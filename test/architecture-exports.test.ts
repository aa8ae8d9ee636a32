/** The faces of the package: a name that a user imports stands for one thing. */
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

it("never give one name to two things", () => {
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

// The headers of the framework are named in one file of the source: what writes or reads one takes its name from there.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const source = fileURLToPath(new URL("../src/", import.meta.url));

it("names of the framework's headers are in no string outside names/headers.ts", () => {
  const found = readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && !file.endsWith("names/headers.ts"))
    .filter((file) =>
      /["'`]x-tomodachi-/.test(readFileSync(source + file, "utf8").replaceAll(/^ *(\*|\/\*\*|\/\/).*$/gm, "")),
    );
  expect(found).toEqual([]);
});

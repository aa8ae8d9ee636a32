/** The packages that the guide on OpenTelemetry installs are all that its files import: npm finds others by chance, pnpm does not. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), "utf8");

const guide = read("docs/guides/opentelemetry.md");
const installed = Array.from(guide.matchAll(/^npm install --save-dev (.+)$/gm), ([, names = ""]) =>
  names.split(" "),
).flat();

/** Of one file, without those of Node and of the file's own folder. */
function imported(code: string): readonly string[] {
  const named = Array.from(code.matchAll(/(?:from |register\()"([^"]+)"/g), ([, name = ""]) => name);
  const packages = named.filter((name) => !name.startsWith("node:") && !name.startsWith("."));
  return packages.map((name) =>
    name
      .split("/")
      .slice(0, name.startsWith("@") ? 2 : 1)
      .join("/"),
  );
}

it.each([
  ["the file for an OTLP receiver", /^```js\n([\s\S]*?)^```$/m.exec(guide)?.[1] ?? ""],
  ["the file of the example", read("examples/opentelemetry/telemetry.mjs")],
])("%s imports only what the guide installs", (_what, code) => {
  const names = imported(code);
  expect(names.length).toBeGreaterThan(2);
  expect(names.filter((name) => !installed.includes(name))).toEqual([]);
});

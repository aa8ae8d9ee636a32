// All areas of the suite: every file in cases/ exports one, named as its file.
import { readdirSync } from "node:fs";
import type { ConformanceArea } from "./conformance-case.ts";

/** In alphabetical order. Throws where a file exports no area, or one of another name. */
export async function loadAreas(): Promise<readonly ConformanceArea[]> {
  const folder = new URL("./cases/", import.meta.url);
  const names = readdirSync(folder)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.slice(0, -3))
    .sort();
  return Promise.all(names.map(async (name) => areaOf(name, await import(new URL(`${name}.ts`, folder).href))));
}

function areaOf(name: string, module: Readonly<Record<string, unknown>>): ConformanceArea {
  for (const exported of Object.values(module)) {
    if (isArea(exported) && exported.name === name) return exported;
  }
  throw new Error(`test/conformance/cases/${name}.ts exports no area named "${name}".`);
}

function isArea(value: unknown): value is ConformanceArea {
  return typeof value === "object" && value !== null && "name" in value && "cases" in value;
}

/** A service that does not use HTTP loads nothing of it: neither the transport nor what it needs of Node. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { packageFolder } from "../cli/temporary-project.ts";

const compiled = join(packageFolder, "dist/index.js");

/** Starts a service in a process of its own, and returns which of these modules of Node it loaded. */
function loadedBy(service: string): readonly string[] {
  if (!existsSync(compiled)) throw new Error("dist/ is missing: npm run build");
  const program = `
    const before = new Set(process.moduleLoadList);
    const { createLogger, defineService, http, on, runServices } = await import(${JSON.stringify(pathToFileURL(compiled).href)});
    const run = await runServices([defineService(${service})], { logger: await createLogger({ form: "disabled" }) });
    await run.stop();
    const ofHttp = ["http", "tls", "stream/web", "zlib", "http2", "https"];
    const loaded = process.moduleLoadList.filter((name) => !before.has(name));
    console.log(JSON.stringify(ofHttp.filter((name) => loaded.includes("NativeModule " + name))));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    cwd: packageFolder,
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as readonly string[];
}

describe("a start", () => {
  it("loads nothing for HTTP if the service has no HTTP handler", () => {
    expect(loadedBy('{ name: "plain", handlers: {}, startService() {} }')).toEqual([]);
  });

  it("loads it if the service has one", () => {
    const handlers = '{ home: on(http("GET", "/"), () => "home") }';
    expect(loadedBy(`{ name: "web", options: { http: { port: 0 } }, handlers: ${handlers} }`)).toContain("http");
  });
});

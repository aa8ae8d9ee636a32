/** `tomodachi run`, as a process: which projects and files run, in which form, in one copy of the package. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { packageFolder, probe, TemporaryProject } from "./temporary-project.ts";

const esm = { "package.json": '{ "type": "module" }' };
const projects: TemporaryProject[] = [];

function project(files: Readonly<Record<string, string>>): TemporaryProject {
  const made = new TemporaryProject(files);
  projects.push(made);
  return made;
}

beforeAll(() => {
  const options = { cwd: packageFolder, shell: process.platform === "win32" };
  if (!existsSync(join(packageFolder, "dist/cli/main.js"))) spawnSync("npm", ["run", "build"], options);
});
afterEach(() => {
  for (const made of projects.splice(0)) made.remove();
});

describe("projects", () => {
  it("runs standard decorators in an ESM project", async () => {
    const decorated = `function mark(_method: unknown, context: ClassMethodDecoratorContext) { console.log("kind", context.kind); }
${probe("esm").replace("startedService", "@mark startedService")}`;
    const { code, stdout } = await project({ ...esm, "service/app.ts": decorated }).run(["run", "service/"]);
    expect(stdout).toContain("kind method");
    expect(stdout).toContain("esm is itself: true");
    expect(code).toBe(0);
  });

  it.each([
    ['without "type": "module"', { "package.json": "{}" }],
    ["without a package.json", {}],
  ])("runs TypeScript in a project %s", async (_what, files) => {
    const made = project({ ...files, "app.ts": `import { dep } from "./dep";\nconsole.log(dep);\n${probe("cjs", 3)}` });
    made.write({ "dep.ts": 'export const dep: string = "dependency";' });
    const { code, stdout } = await made.run(["run", "app.ts"]);
    expect(stdout).toContain("dependency");
    expect(stdout).toContain("cjs is itself: true");
    expect(code).toBe(3);
  });

  it.each([
    ["an ESM", esm],
    ["a CommonJS", { "package.json": "{}" }],
  ])("runs legacy decorators and paths of the project's own tsconfig in %s project", async (_what, files) => {
    const legacy = { experimentalDecorators: true, paths: { "@own/*": ["./lib/*"] } };
    const made = project({
      ...files,
      "tsconfig.json": '{ "compilerOptions": { "experimentalDecorators": false } }',
      "sub/tsconfig.json": JSON.stringify({ compilerOptions: legacy }),
      "sub/lib/word.ts": 'export const word = "aliased";',
      "sub/service/app.ts": `import { word } from "@own/word";
console.log(word);
function mark(_prototype: object, method: string) { console.log("method", method); }
${probe("legacy").replace("startedService", "@mark startedService")}`,
    });
    const { code, stdout } = await made.run(["run", "sub/service"]);
    expect(stdout).toContain("aliased");
    expect(stdout).toContain("method startedService");
    expect(stdout).toContain("legacy is itself: true");
    expect(code).toBe(0);
  });

  it("runs .mts, .cts and .mjs in any folder, by their absolute path and without their ending", async () => {
    const made = project({ "a.mts": probe("a"), "b.cts": probe("b"), "c.mjs": probe("c") });
    for (const [name, path] of [
      ["a", "a.mts"],
      ["b", join(made.folder, "b.cts")],
      ["c", "c"],
    ] as const) {
      const { code, stdout } = await made.run(["run", path]);
      expect(stdout).toContain(`${name} is itself: true`);
      expect(code).toBe(0);
    }
  });

  it("runs defineService on plain Node, as ESM and as CommonJS", async () => {
    const define = `defineService({ name: "d", startedService() { console.log("itself:", getService("d") === this); exit(5); } });`;
    const made = project({
      "esm.mjs": `import { defineService, exit, getService } from "tomodachi";\nexport default ${define}`,
      "common.cjs": `const { defineService, exit, getService } = require("tomodachi");\nmodule.exports = ${define}`,
    });
    for (const path of ["esm.mjs", "common.cjs"]) {
      const { code, stdout, stderr } = await made.run(["run", path]);
      expect(stdout).toContain("itself: true");
      expect(stderr).not.toContain("Warning");
      expect(code).toBe(5);
    }
  });

  it("runs several files in one process, but no class twice and no class that is only a base", async () => {
    const body = (name: string): string => `name = "${name}"; startedService() { console.log("up", this.name); }`;
    const made = project({
      ...esm,
      "base.ts": `import { Service } from "tomodachi";\nexport class Base extends Service { ${body("base")} }`,
      "one.ts": `import { Base } from "./base.ts";\nexport * from "./base.ts";\nexport class One extends Base { ${body("one")} }`,
      "two.ts": `export { One } from "./one.ts";\n${probe("two")}`,
    });
    const { code, stdout } = await made.run(["run", "one.ts", "two.ts", "./one.ts"]);
    expect(stdout.match(/up \w+/g)).toEqual(["up one"]);
    expect(stdout).toContain("two is itself: true");
    expect(code).toBe(0);
  });

  it("uses the copy of the package that the service imports", async () => {
    const made = project({ ...esm, "app.ts": probe("local") });
    const global = join(made.folder, "global/tomodachi");
    mkdirSync(global, { recursive: true });
    for (const part of ["dist", "package.json"])
      cpSync(join(packageFolder, part), join(global, part), { recursive: true });
    symlinkSync(join(packageFolder, "node_modules"), join(global, "node_modules"), "junction");
    const main = join(global, "dist/cli/main.js");
    const { code, stdout, stderr } = await made.run(["run", "app.ts", "-l", "debug"], { main });
    expect(stderr).toContain("Handing over to tomodachi");
    expect(stdout).toContain("local is itself: true");
    expect(code).toBe(0);
  });
});

describe("output", () => {
  it("shows files and how to stop in development, and only JSON lines in production", async () => {
    const made = project({ ...esm, "app.ts": probe("shown").replace(/exit\(0\)/, "setTimeout(exit, 50)") });
    const development = await made.run(["run", "app"]);
    expect(development.stdout).toMatch(/^tomodachi \d+\.\d+\.\d+ {2}Node\.js \S+, process \d+\n {2}app\.ts\n/);
    expect(development.stdout).toContain("Ready. Ctrl+C stops gracefully.");
    expect(development.stderr).toContain("INFO: shown: service started");
    const production = await made.run(["run", "app"], { environment: { TOMODACHI_PRODUCTION: "1" } });
    expect(production.stdout).toBe("shown is itself: true\n");
    const lines = production.stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { readonly msg: string });
    expect(lines.map(({ msg }) => msg)).toEqual(["service started", "service stopping", "service stopped"]);
  });

  it("writes all of a large output before it ends", async () => {
    const made = project({
      ...esm,
      "app.ts": probe("large").replace("exit(0)", 'console.log("x".repeat(1e6)); exit(0)'),
    });
    expect((await made.run(["run", "app"])).stdout.length).toBeGreaterThan(1e6);
  });

  it("continues when a reader closes the pipe", async () => {
    const made = project({ ...esm, "app.ts": probe("alone").replace("exit(0)", "setTimeout(() => exit(6), 300)") });
    const started = made.start(["run", "app"]);
    started.child.stdout?.destroy();
    expect((await started.ended).code).toBe(6);
  });
});

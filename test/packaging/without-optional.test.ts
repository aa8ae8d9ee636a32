/** What `npm install --omit=optional` leaves: compiled services run, and an error names what is missing for the rest. */
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageFolder, probe, TemporaryProject } from "../cli/temporary-project.ts";

let project: TemporaryProject;
let main: string;

/** Packages that stay: those the lock file marks neither as optional nor as needed for development only. */
function keptPackages(): string[] {
  const { packages } = JSON.parse(readFileSync(join(packageFolder, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, { dev?: boolean; optional?: boolean; devOptional?: boolean }>>;
  };
  const kept = Object.entries(packages).filter(([, entry]) => !entry.dev && !entry.optional && !entry.devOptional);
  return kept.map(([path]) => path).filter((path) => path.lastIndexOf("node_modules/") === 0);
}

beforeAll(() => {
  if (!existsSync(join(packageFolder, "dist/index.js"))) throw new Error("dist/ is missing: npm run build");
  project = new TemporaryProject({ "package.json": '{ "type": "module" }' }, { linked: false });
  const copy = join(project.folder, "node_modules/tomodachi");
  main = join(copy, "dist/cli/main.js");
  for (const part of ["dist", "package.json"]) cpSync(join(packageFolder, part), join(copy, part), { recursive: true });
  for (const path of keptPackages()) {
    mkdirSync(dirname(join(project.folder, path)), { recursive: true });
    symlinkSync(join(packageFolder, path), join(project.folder, path), "junction");
  }
  project.write({ "dist/app.js": probe("compiled"), "src/app.ts": probe("source") });
});
afterAll(() => project.remove());

describe("without optional packages", () => {
  it("has neither tsx nor pino-pretty", () => {
    for (const name of ["tsx", "pino-pretty", "esbuild"]) expect(keptPackages()).not.toContain(`node_modules/${name}`);
    expect(keptPackages()).toContain("node_modules/pino");
  });

  it("runs compiled files with --production", async () => {
    const { code, stdout, stderr } = await project.run(["run", "dist/", "--production"], { main });
    expect(stdout).toBe("compiled is itself: true\n");
    expect(stderr).not.toContain("pino-pretty");
    expect(code).toBe(0);
  });

  it("runs compiled files in development too, and says why it logs JSON", async () => {
    const { code, stderr } = await project.run(["run", "dist/"], { main });
    const [first = ""] = stderr.split("\n");
    expect(JSON.parse(first)).toMatchObject({ level: 40, msg: expect.stringContaining("`npm install pino-pretty`") });
    expect(code).toBe(0);
  });

  it("refuses TypeScript with the command that installs tsx", async () => {
    const { code, stderr } = await project.run(["run", "src/", "--production"], { main });
    expect(JSON.parse(stderr)).toMatchObject({
      code: "ERR_SERVICE_IMPORT",
      msg: expect.stringMatching(/src\/app\.ts is TypeScript.*`npm install --save-dev tsx`.*--omit=optional/),
    });
    expect(code).toBe(1);
  });

  it("refuses the console form of a program's own logger by name", async () => {
    project.write({
      "logger.mjs": `import { createLogger } from "tomodachi";
await createLogger({ form: "console" }).catch((error) => console.log(error.code, error.message));
import { exit, Service } from "tomodachi";
export class App extends Service { name = "app"; startedService() { exit(); } }`,
    });
    const { stdout } = await project.run(["run", "logger.mjs", "--production"], { main });
    expect(stdout).toMatch(/^ERR_LOG_FORM .*`npm install pino-pretty`/);
  });
});

/** `tomodachi new`: what it writes type-checks, passes its test, compiles and runs, with the package as it is packed. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { freePort } from "./free-port.ts";
import { packageFolder, TemporaryProject } from "./temporary-project.ts";

const place = new TemporaryProject({}, { linked: false });
let tarball = "";

beforeAll(() => {
  if (!existsSync(join(packageFolder, "dist/index.js"))) throw new Error("dist/ is missing: npm run build");
  const { stdout } = spawnSync("npm", ["pack", "--ignore-scripts", "--pack-destination", place.folder], {
    cwd: packageFolder,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  tarball = stdout.trim().split("\n").at(-1) ?? "";
});
afterAll(() => place.remove());

/** As npm would, without a network: the packed package, and for the others what this repository has installed. */
function install(folder: string): void {
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "tomodachi"), { recursive: true });
  spawnSync("tar", ["-xzf", join(folder, tarball), "-C", join(modules, "tomodachi"), "--strip-components=1"]);
  for (const entry of readdirSync(join(packageFolder, "node_modules"))) {
    if (!entry.startsWith("."))
      symlinkSync(join(packageFolder, "node_modules", entry), join(modules, entry), "junction");
  }
}

function run(
  folder: string,
  program: string,
  ...words: readonly string[]
): { readonly code: number | null; readonly out: string } {
  const environment = Object.entries(process.env).filter(([name]) => !/^(TOMODACHI|VITEST|NODE_|TEST)/.test(name));
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, "node_modules", program), ...words], {
    cwd: folder,
    encoding: "utf8",
    env: Object.fromEntries(environment),
  });
  return { code: status, out: stdout + stderr };
}

describe.each(["minimal", "contracts", "http"])("the template %s", (template) => {
  const folder = join(place.folder, `${template}-shop`);
  const read = (path: string): string => readFileSync(join(folder, path), "utf8");

  it("is created, and type-checks, passes its test and compiles", async () => {
    const made = await place.run(["new", `${template}-shop`, "-t", template, "--tomodachi", `./${tarball}`]);
    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect(made.stdout).toContain("npm run dev");
    for (const path of [".gitignore", ".dockerignore", ".env.example", ".github/workflows/ci.yaml", "README.md"]) {
      expect(made.stdout).toContain(`  ${path}\n`);
      expect(read(path)).not.toMatch(/\{\{|template-service|TemplateService/);
    }
    install(folder);
    expect(run(folder, "typescript/bin/tsc")).toEqual({ code: 0, out: "" });
    // Other tests run beside this one, and vitest gives a test five seconds.
    const tested = run(folder, "vitest/vitest.mjs", "run", "--testTimeout", "60000");
    expect(tested.out).toMatch(/Tests .*passed/);
    expect(tested.code, tested.out).toBe(0);
    expect(run(folder, "typescript/bin/tsc", "-p", "tsconfig.build.json")).toEqual({ code: 0, out: "" });
  }, 180_000);

  it("runs from source and compiled, and its health check succeeds", async () => {
    const { scripts } = JSON.parse(read("package.json")) as { readonly scripts: Readonly<Record<string, string>> };
    const main = join(folder, "node_modules/tomodachi/dist/cli/main.js");
    const environment = {
      TOMODACHI_BROKER_PORT: String(await freePort()),
      TOMODACHI_OPERATIONS_PORT: String(await freePort()),
      TOMODACHI_HTTP_PORT: String(await freePort()),
    };
    const inFolder = (script = ""): readonly string[] =>
      script
        .replace("tomodachi ", "")
        .replace(/(src|dist)\//, `${template}-shop/$1/`)
        .split(" ");
    const started = place.start([...inFolder(scripts["dev"]), "--broker", "embedded"], { environment, main });
    await started.seen("Ready.");
    const check = /HEALTHCHECK[^\n]*\\\n {2}CMD (\[.*\])/.exec(read("Dockerfile"))?.[1] ?? "[]";
    const [, ...words] = JSON.parse(check) as string[];
    const healthy = words.map((word) => word.replace("9464", environment.TOMODACHI_OPERATIONS_PORT));
    expect(spawnSync(process.execPath, healthy).status).toBe(0);
    // The compiled files, as in the image, on the broker of the other run.
    const url = `amqp://guest:guest@127.0.0.1:${environment.TOMODACHI_BROKER_PORT}`;
    const compiled = place.start(inFolder(scripts["start"]), {
      environment: { TOMODACHI_AMQP_URL: url, TOMODACHI_HTTP_PORT: String(await freePort()) },
      main,
    });
    await compiled.seen("service started");
    for (const { child, ended } of [compiled, started]) {
      child.kill("SIGTERM");
      expect((await ended).code).toBe(0);
    }
    expect(spawnSync(process.execPath, healthy).status).toBe(1);
  }, 120_000);

  it("has a compose file, a workflow and a Dockerfile that match", () => {
    const compose = parse(read("compose.yaml")) as {
      readonly services: Readonly<
        Record<string, { readonly environment?: Readonly<Record<string, string>>; readonly ports?: readonly string[] }>
      >;
    };
    const own = compose.services[`${template}-shop`];
    expect(own?.environment).toEqual({ TOMODACHI_AMQP_URL: "amqp://guest:guest@rabbitmq:5672" });
    expect(own?.ports).toEqual(template === "http" ? ["127.0.0.1:8080:8080"] : undefined);
    const { scripts } = JSON.parse(read("package.json")) as { readonly scripts: Readonly<Record<string, string>> };
    const workflow = parse(read(".github/workflows/ci.yaml")) as {
      readonly jobs: { readonly test: { readonly steps: readonly { readonly run?: string }[] } };
    };
    const commands = workflow.jobs.test.steps.flatMap(({ run: command }) => command ?? []);
    expect(commands).toEqual(["npm ci", "npm run types", "npm test", "npm run build"]);
    for (const command of commands.slice(1)) expect(Object.keys(scripts)).toContain(command.split(" ").at(-1));
    const docker = read("Dockerfile");
    expect(docker).toContain("\nUSER node\n");
    for (const [, names = ""] of docker.matchAll(/^COPY (?!--from)(.*) \.\S*$/gm)) {
      // npm install writes the lock file.
      const sources = names.split(" ").filter((name) => name !== "package-lock.json" && !name.startsWith("./"));
      for (const name of sources) expect(existsSync(join(folder, name)), name).toBe(true);
    }
    const command = /^CMD (\[.*\])$/m.exec(docker)?.[1] ?? "[]";
    expect(existsSync(join(folder, (JSON.parse(command) as string[])[1] ?? ""))).toBe(true);
  });
});

describe("tomodachi new", () => {
  it("overwrites nothing, and writes nothing into a folder with files", async () => {
    const folder = join(place.folder, "taken");
    mkdirSync(folder);
    writeFileSync(join(folder, "README.md"), "mine");
    const { code, stderr } = await place.run(["new", "taken"]);
    expect(code).toBe(1);
    expect(stderr).toContain("already has files (README.md), and tomodachi overwrites no file");
    expect(readdirSync(folder)).toEqual(["README.md"]);
    rmSync(join(folder, "README.md"));
    mkdirSync(join(folder, ".git"));
    expect((await place.run(["new", "taken"])).code).toBe(0);
  });

  it("uses this version by default", async () => {
    const { stdout } = await place.run(["new", "plain", "--folder", "somewhere/else"]);
    expect(stdout).toContain("run `npm pack` in the clone");
    const { dependencies } = JSON.parse(readFileSync(join(place.folder, "somewhere/else/package.json"), "utf8")) as {
      readonly dependencies: Readonly<Record<string, string>>;
    };
    const { version } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")) as {
      readonly version: string;
    };
    expect(dependencies).toEqual({ tomodachi: `^${version}` });
  });

  it.each([
    [["new"], "`tomodachi new` needs the name of a project. Try `tomodachi new orders`."],
    [["new", "OrderDesk"], "Try `tomodachi new order-desk`."],
    [["new", "../x"], "cannot be the name of a project"],
    [["new", "a", "b"], 'takes one name, and "b" was given as well'],
    [["new", "a", "-t", "contract"], "Did you mean `--template contracts`?"],
    [["new", "a", "--tomodachi", "./nothing.tgz"], "there is no such file"],
  ] as const)("refuses %j and says why", async (words, text) => {
    const { code, stderr } = await place.run(words);
    expect(stderr).toContain(text);
    expect(code).toBe(2);
  });
});

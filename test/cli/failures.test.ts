/** `tomodachi run`, as a process: what is said and how the process ends when something is wrong, or when it is stopped. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { probe, TemporaryProject } from "./temporary-project.ts";

const service = (body: string): string =>
  `import { exit, Service } from "tomodachi";\nexport class App extends Service {\n  name = "app";\n${body}\n}\n`;
type Case = readonly [what: string, file: string, source: string | undefined, texts: readonly string[]];
let made: TemporaryProject;

beforeAll(() => {
  made = new TemporaryProject({
    "package.json": '{ "type": "module" }',
    "service/app.ts": probe("app"),
    "orders.js": "export class A {\n  @x y() {}\n}",
  });
});
afterAll(() => made.remove());

describe("wrong usage", () => {
  it.each([
    [["run"], "needs a file or a folder"],
    [["run", "service/", "--prodution"], "Did you mean `--production`?"],
    [["run", "service/", "-l", "loud"], "Known values: trace, debug, info, warn, error, fatal."],
    [["service/"], "Did you mean `tomodachi run service/`?"],
  ])("ends %j with 2 and one line", async (words, text) => {
    const { code, stdout, stderr } = await made.run(words);
    expect(stderr).toContain(text);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });

  const url = "amqp://ada:secret@127.0.0.1:1/";
  it.each([
    [["run", url]],
    [[url]],
    [["broker", url]],
    [["broker", "--host", url]],
    [["run", "service/", "--log-level", url]],
    [["broker", "--port", url]],
    [["dlq", "list", url]],
    [["dlq", url, "service/"]],
    [["run", "service/", `--brokr=${url}`]],
    [["run", "service/", "--broker", url.replace("//", "/")]],
    [["dlq", "list", "service/", "--broker", url]],
  ])("of %j never shows the password of a URL", async (words) => {
    const { code, stdout, stderr } = await made.run(words);
    expect(code).not.toBe(0);
    expect(stderr + stdout).not.toContain("secret");
    expect(stderr + stdout).not.toBe("");
  });

  it("shows help and version on standard output", async () => {
    const help = await made.run([]);
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect(help.stdout).toMatch(/^Usage: tomodachi <command>/);
    expect(await made.run(["--help"])).toEqual(help);
    expect((await made.run(["run", "--help"])).stdout).toMatch(/^Usage: tomodachi run/);
    expect(await made.run(["-V"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^tomodachi \d+\.\d+\.\d+\n$/),
    });
  });
});

describe("environment variables", () => {
  it("of an unknown name that would name the broker stop the start, with the similar name", async () => {
    made.write({ "hears.ts": service('  @amqp("a") on() {}').replace("import {", "import { amqp,") });
    const environment = { TOMODACHI_AMQP_USER: "ada" };
    const { code, stderr } = await made.run(["run", "hears.ts"], { environment });
    expect(stderr).toContain("TOMODACHI_AMQP_USER (did you mean TOMODACHI_AMQP_USERNAME?)");
    expect(code).toBe(1);
  });

  it("of another unknown name cause one warning", async () => {
    const environment = { TOMODACHI_LOGLEVEL: "debug", TOMODACHI_LOOP: "auto" };
    const { stderr } = await made.run(["run", "gone.ts"], { environment });
    const told = "TOMODACHI_LOGLEVEL (did you mean TOMODACHI_LOG_LEVEL?), TOMODACHI_LOOP";
    expect(stderr.match(/WARN.*/)?.[0]).toContain(`Nothing reads the environment variable ${told}`);
    expect(stderr.match(/WARN/g)).toHaveLength(1);
  });

  it("of HTTP are read if HTTP is used, and no warning comes before", async () => {
    const environment = { TOMODACHI_HTTP_HOST: "127.0.0.1", TOMODACHI_HTTP_PORT: "8080" };
    const { stderr } = await made.run(["run", "gone.ts"], { environment });
    expect(stderr).not.toContain("WARN");
  });
});

describe("files that cannot be run", () => {
  const cases: readonly Case[] = [
    ["a missing file", "servise/app.ts", undefined, ["there is no folder", 'Did you mean "service/app.ts"?']],
    ["a syntax error", "a.ts", "const a: number = 1;\nfoo(;\n", ['a.ts:2:5: Unexpected ";"', "2 | foo(;"]],
    ["a syntax error in .mjs", "a.mjs", "\nfoo(;\n", ["a.mjs:2: Unexpected token"]],
    ["a syntax error in .cjs", "a.cjs", "\nfoo(;\n", ["a.cjs:2: Unexpected token"]],
    [
      "decorators in .js",
      "deco.js",
      "class A {\n  @x y() {}\n}",
      ["deco.js:2:", "use a .ts file, or defineService()", 'set "target": "es2022" in tsconfig.json'],
    ],
    [
      "decorators in a compiled file that is imported",
      "compiled.js",
      "export * from './orders.js';",
      ["orders.js:2:", 'set "target": "es2022" in tsconfig.json'],
    ],
    ["a throw", "throws.ts", "\nthrow new TypeError('kaput');", ["TypeError: kaput", "throws.ts:2:7"]],
    ["a thrown text", "text.ts", "throw 'kaput';", ["text.ts failed while it was loaded: threw kaput"]],
    ["a missing package", "pkg.ts", "import '@nope/deep/x';", ['imports "@nope/deep"', "`npm install @nope/deep`"]],
    [
      "a missing package in .cts",
      "b.cts",
      "import x = require('nope');\nx();",
      ["b.cts imports", "`npm install nope`"],
    ],
    ["a missing file import", "rel.ts", "import './nope.ts';", ["rel.ts imports", "there is no such file"]],
    ["a missing export", "b.ts", "import { Nope } from 'tomodachi';\nNope();", ["b.ts:1:", "export named 'Nope'"]],
    ["no service", "none.ts", "export const a = 1, b = 2;", ["No service is exported", "it exports: a, b."]],
    ["a hidden service", "hidden.ts", service("").replace("export ", ""), ["write `export class App`"]],
    ["an empty service", "empty.ts", service(""), ["has no handlers"]],
  ];

  it.each(cases)("explains %s, once and without our stack, and ends with 1", async (_what, file, source, texts) => {
    if (source !== undefined) made.write({ [file]: source });
    const { code, stderr } = await made.run(["run", file]);
    for (const text of texts) expect(stderr).toContain(text);
    expect(stderr).not.toMatch(/dist\/cli|node:internal/);
    expect(stderr.match(/^tomodachi: .* \(ERR_\w+\)$|"level":50/gm)).toHaveLength(1);
    expect(code).toBe(1);
  });

  it("writes the code into JSON lines, also with the logger disabled", async () => {
    const production = await made.run(["run", "gone.ts", "--production"]);
    expect(JSON.parse(production.stderr)).toMatchObject({ level: 50, code: "ERR_SERVICE_FILE" });
    const disabled = await made.run(["run", "gone.ts", "--logger", "disabled"]);
    expect(disabled.stderr).toContain('tomodachi: There is no "gone.ts"');
  });

  it("shows the stack of a start hook that throws", async () => {
    made.write({ "hook.ts": service('  async startService() { throw new Error("no database"); }') });
    const { code, stderr } = await made.run(["run", "hook.ts"]);
    expect(stderr.match(/no database/g)?.length).toBeGreaterThan(0);
    expect(stderr).toContain("hook.ts:4");
    expect(code).toBe(1);
  });
});

describe("the end of the process", () => {
  it("stops on SIGTERM with 0, also if something or nothing keeps the process alive", async () => {
    made.write({
      "held.ts": service(
        "  startedService() { setInterval(() => {}, 1000); }\n  stopService() { console.log('bye'); }",
      ),
      "free.ts": service("  startedService() {}\n  stopService() { console.log('bye'); }"),
    });
    for (const file of ["held.ts", "free.ts"]) {
      const started = made.start(["run", file]);
      await started.seen("Ready.");
      started.child.kill("SIGTERM");
      const { code, stdout } = await started.ended;
      expect(stdout).toContain("bye");
      expect(code).toBe(0);
    }
  });

  it("ends at once on a second signal that comes more than a second later", async () => {
    made.write({ "slow.ts": service("  startedService() {}\n  stoppingService() { return new Promise(() => {}); }") });
    const started = made.start(["run", "slow.ts"]);
    await started.seen("Ready.");
    started.child.kill("SIGTERM");
    await started.seen("SIGTERM: stopping gracefully");
    // Signals within a second count as one, so this one is sent until one counts.
    const again = setInterval(() => started.child.kill("SIGINT"), 200);
    expect((await started.ended).code).toBe(130);
    clearInterval(again);
  });

  it("continues after a rejection without a handler, and logs it", async () => {
    made.write({
      "loose.ts": service(
        "  startedService() { void Promise.reject(new Error('loose end')); setTimeout(() => exit(0), 50); }",
      ),
    });
    const { code, stderr } = await made.run(["run", "loose.ts"]);
    expect(stderr).toContain("nothing awaited it");
    expect(stderr).toContain("loose end");
    expect(code).toBe(0);
  });

  it("stops gracefully with 1 after an uncaught error", async () => {
    const hooks =
      "  startedService() { setTimeout(() => { throw new Error('stray'); }, 10); }\n  stopService() { console.log('bye'); }";
    made.write({ "stray.ts": service(hooks) });
    const { code, stdout, stderr } = await made.run(["run", "stray.ts"]);
    expect(stderr).toContain("FATAL");
    expect(stderr).toContain("stray");
    expect(stdout).toContain("bye");
    expect(code).toBe(1);
  });
});

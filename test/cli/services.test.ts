/** `tomodachi run`, as a process: what a service file may export, and what is said of services that cannot be created. */
import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageFolder, TemporaryProject } from "./temporary-project.ts";

let made: TemporaryProject;

beforeAll(() => {
  made = new TemporaryProject({ "package.json": '{ "type": "module" }' });
});
afterAll(() => made.remove());

const orders = `import { exit, Service } from "tomodachi";
export class Orders extends Service {
  name = "orders";
  constructor(readonly database: string) { super(); }
  startedService() { console.log("orders with", this.database); if (this.database === "last") exit(); }
}
`;

describe("a service with dependencies", () => {
  it.each([
    ["an exported instance", 'export const orders = new Orders("last");'],
    ["an instance as default export", 'export default new Orders("last");'],
    ["a factory", 'export default () => new Orders("last");'],
    ["an async factory", 'export default async () => new Orders(await Promise.resolve("last"));'],
  ])("is run once by %s", async (_what, line) => {
    made.write({ "app.ts": orders + line });
    const { code, stdout } = await made.run(["run", "app.ts"]);
    expect(stdout.match(/orders with \w+/g)).toEqual(["orders with last"]);
    expect(code).toBe(0);
  });

  it("may be one of several from a factory", async () => {
    made.write({ "app.ts": `${orders}export default async () => [new Orders("first"), new Orders("last")];` });
    const { code, stdout } = await made.run(["run", "app.ts"]);
    expect(stdout.match(/orders with \w+/g)).toEqual(["orders with first", "orders with last"]);
    expect(code).toBe(0);
  });

  it("is created by a factory of a CommonJS module", async () => {
    made.write({
      "app.cjs": `const { exit, Service } = require("tomodachi");
module.exports = async () => new (class extends Service {
  name = "common"; startedService() { console.log("up"); exit(); }
})();`,
    });
    expect(await made.run(["run", "app.cjs"])).toMatchObject({ code: 0, stdout: expect.stringContaining("up") });
  });
});

type Case = readonly [what: string, source: string, texts: readonly string[]];

describe("a service that cannot be created", () => {
  const cases: readonly Case[] = [
    [
      "a class with constructor parameters",
      orders,
      ["Orders cannot be created: its constructor takes parameters", "export default async () => new Orders("],
    ],
    [
      "a constructor that throws",
      'import { Service } from "tomodachi";\nexport class App extends Service {\n  name = "app";\n  field = JSON.parse("{");\n}',
      ["App cannot be created: its constructor threw SyntaxError", "app.ts:4"],
    ],
    [
      "a factory that rejects",
      "\nexport default async () => {\n  throw new TypeError('no database');\n};",
      ["The service factory of", "app.ts failed: TypeError: no database", "app.ts:3"],
    ],
    ["a factory that returns nothing", "export default () => {};", ["returned undefined. Return a service"]],
    [
      "a factory that returns a string",
      "export default () => 'orders';",
      ["returned 'orders', which is not a service"],
    ],
    [
      "a base class without a name",
      'import { Service } from "tomodachi";\nexport abstract class Base extends Service {}',
      ["Base has no name", "abstract"],
    ],
    ["a function by name", "export async function createOrders() {}", ["`export default createOrders;`"]],
    ["a promise", "export const orders = Promise.resolve();", ["orders is a promise: export a function instead"]],
  ];

  it.each(cases)("is reported by name: %s", async (_what, source, texts) => {
    made.write({ "app.ts": source });
    const { code, stderr } = await made.run(["run", "app.ts"]);
    for (const text of texts) expect(stderr).toContain(text);
    expect(stderr).not.toMatch(/dist\/cli|node:internal/);
    expect(stderr.match(/^tomodachi: .* \(ERR_\w+\)$/gm)).toHaveLength(1);
    expect(code).toBe(1);
  });

  it("is reported by name: a class of another copy of the package", async () => {
    const library = "node_modules/library";
    made.write({
      [`${library}/package.json`]: '{ "name": "library", "type": "module", "exports": "./index.js" }',
      [`${library}/index.js`]: 'import { Service } from "tomodachi";\nexport class Base extends Service {}',
      "app.ts": 'import { Base } from "library";\nexport class Orders extends Base { name = "orders"; }',
    });
    const copy = join(made.folder, library, "node_modules/tomodachi");
    mkdirSync(copy, { recursive: true });
    for (const part of ["dist", "package.json"])
      cpSync(join(packageFolder, part), join(copy, part), { recursive: true });
    symlinkSync(join(packageFolder, "node_modules"), join(copy, "node_modules"), "junction");
    const { code, stderr } = await made.run(["run", "app.ts"]);
    expect(stderr).toContain("Orders extends a Service that does not belong to this copy of tomodachi");
    expect(stderr).toContain("npm ls tomodachi");
    expect(code).toBe(1);
  });
});

// The layers hold: each rule is seen failing on a small tree made for it, and the real tree passes them all.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { checkLayers, findEmptyPlaces, formatViolation, tableAsMarkdown } from "../scripts/layers.ts";

type Tree = Readonly<Record<string, string>>;

/** What is wrong with a tree, each as `file:line rule`. */
function check(tree: Tree): readonly string[] {
  return inFolder(tree, (root) => checkLayers(root).map(({ file, line, rule }) => `${file}:${line} ${rule}`));
}

function inFolder<T>(tree: Tree, use: (root: string) => T): T {
  const root = mkdtempSync(join(tmpdir(), "tomodachi-layers-"));
  try {
    mkdirSync(join(root, "src"));
    for (const [path, text] of Object.entries(tree)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return use(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Trees of one file each: its content, and the rule that it breaks, if any. */
const single: readonly (readonly [title: string, path: string, text: string, rule: string | undefined])[] = [
  ["a lower room that imports a higher one", "util/a.ts", `import { b } from "../service/b.ts";`, "table"],
  ["a type-only import against the table", "log/a.ts", `import type { B } from "../service/b.ts";`, "table"],
  ["a client that imports the broker", "amqp-client/a.ts", `import "../amqp-broker/b.ts";`, "table"],
  ["a broker that imports the client", "amqp-broker/a.ts", `export { b } from "../amqp-client/b.ts";`, "table"],
  ["a service that knows a transport", "service/a.ts", `const b = () => import("../transports/amqp/b.ts");`, "table"],
  ["a transport that imports another", "transports/amqp/a.ts", `import { b } from "../http/b.ts";`, "table"],
  ["an import type against the table", "util/a.ts", `type B = import("../service/b.ts").B;`, "table"],
  ["an augmentation against the table", "util/a.ts", `declare module "../service/b.ts" { interface B {} }`, "table"],
  ["an import over several lines", "util/a.ts", `import {\n  b,\n} from "../service/b.ts";`, "table"],
  [
    "a command that reaches behind a transport's face",
    "cli/dlq/dlq.ts",
    `import { b } from "../../transports/amqp/b.ts";`,
    "table",
  ],
  ["a public face that reaches behind a face", "index.ts", `export { b } from "./envelopes/b.ts";`, "table"],
  ["an import from outside of src", "util/a.ts", `import { b } from "../../test/support/b.ts";`, "table"],
  ["an unknown room", "misc/a.ts", `export const a = 1;`, "table"],
  ["a lower room of a transport", "transports/amqp/names/a.ts", `import { b } from "../consuming/b.ts";`, "table"],
  ["an inner folder that imports the outer one", "amqp-client/session/a.ts", `import { b } from "../b.ts";`, "table"],
  ["an unknown transport", "transports/carrier-pigeon/a.ts", `export const a = 1;`, "table"],
  ["a face imported by a file that is none", "transports/amqp/a.ts", `import { b } from "./index.ts";`, "face"],
  ["a relative import without its ending", "util/a.ts", `import { b } from "./b";`, "ending"],
  ["a relative import that ends as compiled", "util/a.ts", `import { b } from "./b.js";`, "ending"],
  ["a dependency in a foreign room", "service/a.ts", `import { connect } from "amqplib";`, "dependency"],
  ["a dependency's types in a foreign room", "service/a.ts", `import type { Logger } from "pino";`, "dependency"],
  ["a dependency that nobody owns", "util/a.ts", `import { b } from "@left/pad/sub";`, "dependency"],
  ["a builtin without node:", "util/a.ts", `import { join } from "path";`, "dependency"],
  ["a socket in the wrong file", "amqp-client/a.ts", `import { connect } from "node:net";`, "socket"],
  ["more than types of node:tls in the client", "amqp-client/a.ts", `import { connect } from "node:tls";`, "socket"],
  ["process outside of the command line", "util/a.ts", `export const a = () => process.env;`, "process"],
  ["process taken apart", "util/a.ts", `export const a = () => { const { env } = process; return env; };`, "process"],
  ["globalThis.process", "util/a.ts", `export const a = () => globalThis.process.pid;`, "process"],
  ["node:process", "service/a.ts", `import { env } from "node:process";`, "process"],
  ["console outside of the log", "cli/a.ts", `console.log("x");`, "console"],
  ["console inside of a template", "util/a.ts", `export const a = () => \`x \${console.log(1)}\`;`, "console"],
  ["export *", "util/a.ts", `export * from "./b.ts";`, "export-all"],
  ["export * as", "util/a.ts", `export * as b from "./b.ts";`, "export-all"],
  ["an annotation with any", "util/a.ts", `export const a = (b: any) => b;`, "any"],
  ["any as an argument of a type", "util/a.ts", `export type A = Record<string, any>;`, "any"],
  ["as any", "util/a.ts", `export const a = 1 as any;`, "any"],
  ["any after an arrow", "util/a.ts", `export type A = () => any;`, "any"],
  ["an enum", "util/a.ts", `export enum A { B }`, "enum"],
  ["a const enum", "util/a.ts", `export const enum A { B }`, "enum"],
  ["a check switched off for a line", "util/a.ts", `// @ts-ignore\nexport const a = 1;`, "ts-ignore"],
  ["checks switched off for a file", "util/a.ts", `/* @ts-nocheck */`, "ts-ignore"],
  ["a file that is too long", "util/a.ts", "// line\n".repeat(301), "size"],
  ["let in a module", "util/a.ts", `export let a = 1;`, "module-state"],
  ["a map in a module", "util/a.ts", `const a = new Map<string, () => void>();`, "module-state"],
  ["a typed map in a module", "util/a.ts", `const a: Map<string, () => void> = new Map();`, "module-state"],
  ["an array to be filled in a module", "util/a.ts", `export const a: string[] = [];`, "module-state"],
  ["an object to be filled in a module", "util/a.ts", `export const a = {} as Record<string, number>;`, "module-state"],

  ["an import that the table allows", "service/a.ts", `import { b } from "../util/b.ts";`, undefined],
  ["an import within a room", "transports/amqp/a.ts", `import { b } from "./b.ts";`, undefined],
  [
    "a command that works on queues",
    "cli/dlq/dlq.ts",
    `import { b } from "../../transports/amqp/index.ts";`,
    undefined,
  ],
  ["options of a transport", "options.ts", `import type { A } from "./transports/amqp/index.ts";`, undefined],
  [
    "option types of a transport",
    "options.ts",
    `import type { A } from "./transports/amqp/options/options.ts";`,
    undefined,
  ],
  ["the public face", "index.ts", `export { b } from "./transports/amqp/index.ts";`, undefined],
  ["a dependency in its own room", "log/a.ts", `import { pino } from "pino";`, undefined],
  ["types of node:tls in the client", "amqp-client/a.ts", `import type { TLSSocket } from "node:tls";`, undefined],
  ["inline types of node:tls", "amqp-client/a.ts", `import { type TLSSocket } from "node:tls";`, undefined],
  ["a socket in the broker", "amqp-broker/broker.ts", `import { createServer } from "node:net";`, undefined],
  ["process in the runner", "service/runner-signals.ts", `process.once("SIGTERM", () => {});`, undefined],
  ["process on the command line", "cli/main.ts", `process.stdout.write("x");`, undefined],
  [
    "process and console as members",
    "util/a.ts",
    `export const a = { process: 1, b: c.process.d, console: 2 };`,
    undefined,
  ],
  ["console in the log", "log/a.ts", `console.log("x");`, undefined],
  ["any as a member", "util/a.ts", `export const a = Promise.any([]) ?? { any: 1 };`, undefined],
  [
    "rules only written about",
    "util/a.ts",
    `// any: any, enum A, console.log\nexport const a = "as any; enum A {}";`,
    undefined,
  ],
  [
    "imports only written about",
    "util/a.ts",
    "/* import '../cli/b.ts' */ export const a = `import \"../cli/b.ts\"`;",
    undefined,
  ],
  [
    "quotes in a pattern",
    "util/a.ts",
    `export const a = /["'/]/.test(b) || c / d; // "\nexport const e = "let";`,
    undefined,
  ],
  ["300 lines", "util/a.ts", "// line\n".repeat(300), undefined],
  [
    "let in a function",
    "util/a.ts",
    `export function a() { let b = 1; const c = new Map(); return [b, c]; }`,
    undefined,
  ],
  ["a constant set", "util/a.ts", `const a: ReadonlySet<string> = new Set(["b"]);`, undefined],
  [
    "constant literals",
    "util/a.ts",
    `const a = ["b"];\nconst c = { d: {} };\nconst e: readonly string[] = [];`,
    undefined,
  ],
  ["the one registry", "service/running-services.ts", `const a = new WeakMap<object, string>();`, undefined],
  [
    "a test that uses what it likes",
    "util/a.test.ts",
    `import "vitest";\nimport "../../test/b.ts";\nlet a = process.env;`,
    undefined,
  ],
];

const importing = (files: number, form = "import"): string =>
  Array.from({ length: files }, (_, at) => `${form} { a${at} } from "./a${at}.ts";`).join("\n");
const settings = (members: number, name = "QueueSettings", more = ""): string =>
  `export interface ${name} ${more}{ ${Array.from({ length: members }, (_, at) => `readonly m${at}: { a: 1; b: 2 };`).join(" ")} }`;

describe("the layers", () => {
  for (const [title, path, text, rule] of single.filter((row) => row[3] !== undefined)) {
    it(`refuse ${title}`, () => {
      const found = check({ [`src/${path}`]: text });
      expect(found.map((line) => line.replace(/:\d+/, ""))).toEqual([`src/${path} ${rule}`]);
    });
  }

  for (const [title, path, text] of single.filter((row) => row[3] === undefined)) {
    it(`allow ${title}`, () => expect(check({ [`src/${path}`]: text })).toEqual([]));
  }

  it("refuse a cycle once, also one of types only, and show a line of it", () => {
    const tree = {
      "src/util/a.ts": `// A file.\nimport type { C } from "./c.ts";\nimport { b } from "./b.ts";`,
      "src/util/b.ts": `import type { A } from "./a.ts";`,
      "src/util/c.ts": `export type C = 1;`,
      "src/util/d.ts": `import "./a.ts";`,
    };
    expect(check(tree)).toEqual(["src/util/a.ts:3 cycle"]);
    expect(inFolder(tree, checkLayers)[0]?.what).toBe("util/a.ts -> util/b.ts -> util/a.ts");
  });

  it("count an augmentation as part of a cycle", () => {
    expect(
      check({
        "src/util/a.ts": `import "./b.ts";`,
        "src/util/b.ts": `declare module "./a.ts" { interface A { b: string } }`,
      }),
    ).toEqual(["src/util/a.ts:1 cycle"]);
  });

  it("refuse a cycle of rooms if their files form none", () => {
    const tree = {
      "src/amqp-client/session/a.ts": `import { b } from "../errors.ts";`,
      "src/amqp-client/errors.ts": `import { c } from "./session/c.ts";`,
      "src/amqp-client/session/c.ts": `export const c = 1;`,
    };
    const cycles = inFolder(tree, checkLayers).filter(({ rule }) => rule === "room-cycle");
    expect(cycles.map(({ what }) => what)).toEqual([
      "amqp-client/errors.ts -> amqp-client/session -> amqp-client/errors.ts",
    ]);
  });

  it("refuse a file that imports more than 12 others, including types", () => {
    const tree = {
      "src/util/a.ts": importing(13, "import type"),
      "src/util/b.ts": importing(12),
      "src/util/c.test.ts": importing(13),
      "src/util/index.ts": importing(13, "export"),
    };
    expect(check(tree)).toEqual(["src/util/a.ts:1 imports"]);
  });

  it("refuse settings with more than 10 members, including inherited ones", () => {
    const many = {
      "src/util/a.ts": `// A file.\n${settings(11)}`,
      "src/util/b.ts": [
        settings(4, "MoreSettings", "extends Wide, Pick<Wide, 'm1' | 'm2'> "),
        settings(5, "Wide"),
      ].join("\n"),
      "src/util/c.ts": settings(11, "ResolvedLimits<T extends { a: 1 }>"),
      "src/util/d.ts": [settings(10, "QueuePlan"), settings(30, "QueueOptions")].join("\n"),
    };
    expect(check(many)).toEqual(["src/util/a.ts:2 members", "src/util/b.ts:1 members", "src/util/c.ts:1 members"]);
  });

  it("refuse a name that is exported twice if both can be imported", () => {
    const tree = {
      "src/amqp-broker/a.ts": `export class Session {}`,
      "src/amqp-client/a.ts": `export interface Session {}\nexport function own(): void;\nexport function own(a?: 1): void {}`,
      "src/amqp-client/b.ts": `export class Session {}`,
      "src/amqp-client/index.ts": `export { type Session } from "./a.ts";`,
      "src/amqp-client/a.test.ts": `export class Session {}`,
      "src/amqp-wire/a.ts": `// export function own() {}\nfunction own() {}`,
      "src/util/a.ts": `export const b = "export class Session";\nexport async function own() {}`,
    };
    expect(check(tree)).toEqual(["src/amqp-client/b.ts:1 name", "src/util/a.ts:2 name"]);
  });

  it("report table rows of rooms that do not exist", () => {
    expect(inFolder({ "src/util/a.ts": `export const a = 1;` }, findEmptyPlaces)).toContain("transports/amqp/names");
    expect(findEmptyPlaces(fileURLToPath(new URL("..", import.meta.url)))).toEqual([]);
  });

  it("refuse a run-time dependency that belongs to no room", () => {
    const manifest = JSON.stringify({ dependencies: { pino: "1", express: "1" } }, undefined, 2);
    expect(check({ "package.json": manifest })).toEqual(["package.json:4 dependency"]);
  });

  it("report the place, the rule, the problem and the fix", () => {
    const [first] = inFolder({ "src/util/a.ts": `\nimport { b } from "./b";` }, checkLayers);
    expect(first && formatViolation(first)).toBe(`src/util/a.ts:2  ending  "./b"  end a relative import with .ts`);
  });

  it("print as a table", () => {
    expect(tableAsMarkdown()).toContain("| `amqp-wire` | `errors.ts` |");
  });

  it("are satisfied by this package", () => {
    expect(checkLayers(fileURLToPath(new URL("..", import.meta.url))).map(formatViolation)).toEqual([]);
  });
});
